// Inline buttons under a message.

import { button, element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { icon } from "/page/icon.js";
import { link } from "/page/text.js";

/** The rows of buttons, or null; `onpress(message, data)` promises to end when the bot has answered. */
export function keyboardOf(message, onpress) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  return element(
    "div",
    { class: "keyboard", "data-testid": "keyboard" },
    rows.map((row) =>
      element(
        "div",
        { class: "keyboard-row" },
        row.map((key) => keyOf(key, message, onpress)),
      ),
    ),
  );
}

function keyOf(key, message, onpress) {
  if (key.url) {
    const anchor = link(key.url, [element("span", { dir: "auto" }, key.text), icon("link")]);
    anchor.classList.add("key");
    return anchor;
  }
  const pressable = key.callback_data !== undefined;
  const node = button(key.text, {
    class: "key",
    dir: "auto",
    "data-testid": "inline-button",
    disabled: !pressable,
    title: pressable ? null : say("key.unsupported"),
  });
  node.addEventListener("click", async () => {
    if (node.getAttribute("aria-busy") === "true") return;
    node.setAttribute("aria-busy", "true");
    await onpress(message, key.callback_data);
    node.removeAttribute("aria-busy");
  });
  return node;
}
