// A dialog: from the bottom on a phone, in the middle on a wide screen. Esc and a click beside it close it.

import { button, element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { icon } from "/page/icon.js";

/** Opens a sheet with a title and returns its <dialog>, which goes away when it is closed. */
export function openSheet(title, attributes, ...content) {
  const dialog = element(
    "dialog",
    { class: "sheet", "aria-label": title, ...attributes },
    element(
      "div",
      { class: "sheet-inside" },
      element(
        "header",
        { class: "sheet-top" },
        element("h2", {}, title),
        button(say("close"), { class: "icon-button", onclick: () => dialog.close() }, icon("close")),
      ),
      content,
    ),
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Tells something that wants to be acknowledged (a bot's show_alert). */
export function openAlert(text) {
  const dialog = element(
    "dialog",
    { class: "sheet alert", role: "alertdialog", "aria-label": text, "data-testid": "alert" },
    element(
      "div",
      { class: "sheet-inside" },
      element("p", { dir: "auto" }, text),
      button(say("ok"), { class: "primary", autofocus: true, onclick: () => dialog.close() }),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
