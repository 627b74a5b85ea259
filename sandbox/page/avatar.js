// The round picture of a person, a group or the bot.

import { element } from "/page/element.js";
import { icon } from "/page/icon.js";
import { isPrivate } from "/page/world.js";

const TONES = 7;

/** Names and avatars of one person have one of seven tones. */
export const toneOf = (id) => Math.abs(id) % TONES;

export function avatarOf(user) {
  if (user.is_bot) return botAvatar();
  return element(
    "span",
    { class: "avatar", "data-tone": toneOf(user.id), "aria-hidden": "true" },
    [...user.first_name][0] ?? "?",
  );
}

/** A private chat shows the bot, since that is whom one talks to there. */
export function chatAvatar(chat) {
  if (isPrivate(chat)) return botAvatar();
  return element("span", { class: "avatar", "data-tone": toneOf(chat.id), "aria-hidden": "true" }, icon("people"));
}

const botAvatar = () => element("img", { class: "avatar", src: "/page/mark.svg", alt: "" });
