// Days, hours and durations as people read them. Bot API dates are in seconds.

import { locale, say } from "/page/i18n.js";

const DAY_MS = 86_400_000;

const format = (date, options) => new Intl.DateTimeFormat(locale(), options).format(date * 1000);

/** "08:12" */
export const hourOf = (date) => format(date, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** The full moment, for titles and screen readers. */
export const momentOf = (date) => format(date, { dateStyle: "medium", timeStyle: "short" });

/** "Today", "Yesterday", else the date. */
export function dayOf(date) {
  const days = Math.round((midnight(Date.now()) - midnight(date * 1000)) / DAY_MS);
  if (days === 0) return say("day.today");
  if (days === 1) return say("day.yesterday");
  const year = new Date(date * 1000).getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return format(date, { day: "numeric", month: "long", year });
}

/** "1:05" */
export function lengthOf(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** "3.2 MB" */
export function sizeOf(bytes) {
  const unit = bytes >= 1e6 ? "megabyte" : bytes >= 1e3 ? "kilobyte" : "byte";
  const value = bytes / { megabyte: 1e6, kilobyte: 1e3, byte: 1 }[unit];
  return new Intl.NumberFormat(locale(), { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(
    value,
  );
}

const midnight = (ms) => new Date(ms).setHours(0, 0, 0, 0);
