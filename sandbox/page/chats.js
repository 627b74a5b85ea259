// The list of chats at the side, and the form for a new group.

import { addChat } from "/page/api.js";
import { chatAvatar } from "/page/avatar.js";
import { dayOf, hourOf } from "/page/clock.js";
import { button, element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { icon } from "/page/icon.js";
import { nameOf, summaryOf } from "/page/kind.js";
import { isMine } from "/page/message.js";
import { openSheet } from "/page/sheet.js";
import { isPrivate } from "/page/world.js";

/** The name of a chat for the person one is: a private one is called like the bot. */
export const titleOf = (chat, world) => (isPrivate(chat) ? nameOf(world.bot) : chat.title);

/** Fills `node`; `onopen(chat id)` is called when one is picked. */
export function showChats(node, world, onopen) {
  const focused = document.activeElement?.dataset?.chat;
  node.replaceChildren(
    ...world.ownChats.map((chat) => element("li", {}, row(chat, world, onopen))),
    element(
      "li",
      {},
      button(
        say("group.new"),
        { class: "chat-add", "data-testid": "new-group", onclick: () => openGroupForm(world, onopen) },
        [element("span", { class: "avatar plain" }, icon("add")), say("group.new")],
      ),
    ),
  );
  if (focused) node.querySelector(`[data-chat="${focused}"]`)?.focus();
}

function row(chat, world, onopen) {
  const { last } = world.historyOf(chat.id);
  const unread = world.unreadIn(chat.id);
  return element(
    "button",
    {
      type: "button",
      class: "chat",
      "aria-current": chat.id === world.chat ? "true" : null,
      "data-testid": "chat",
      "data-chat": chat.id,
      onclick: () => onopen(chat.id),
    },
    chatAvatar(chat),
    element(
      "span",
      { class: "chat-words" },
      element(
        "span",
        { class: "chat-line" },
        element("span", { class: "chat-title", dir: "auto" }, titleOf(chat, world)),
        last && element("time", { class: "soft" }, whenOf(last)),
      ),
      element(
        "span",
        { class: "chat-line" },
        element("span", { class: "chat-last soft", dir: "auto" }, last ? lineOf(last, chat, world) : say("chat.empty")),
        unread > 0 && element("span", { class: "unread", "aria-label": say("chat.unread", { count: unread }) }, unread),
      ),
    ),
  );
}

function lineOf(message, chat, world) {
  const who = isMine(message, world) ? say("you") : isPrivate(chat) ? null : message.from?.first_name;
  return who ? say("chat.line", { who, what: summaryOf(message) }) : summaryOf(message);
}

function whenOf(message) {
  const day = dayOf(message.date);
  return day === say("day.today") ? hourOf(message.date) : day;
}

function openGroupForm(world, onopen) {
  const title = element("input", {
    id: "group-title",
    required: true,
    maxlength: 128,
    dir: "auto",
    "data-testid": "group-title",
  });
  const boxes = [...world.people.values()].map((person) =>
    element("input", { type: "checkbox", value: person.id, checked: true, disabled: person.id === world.person }),
  );
  const trouble = element("p", { class: "problem", role: "alert" });
  const sheet = openSheet(
    say("group.new"),
    { "data-testid": "group-form" },
    element(
      "form",
      {
        class: "form",
        onsubmit: async (event) => {
          event.preventDefault();
          const members = boxes.filter((box) => box.checked).map((box) => Number(box.value));
          try {
            const chat = await addChat({ title: title.value.trim(), members });
            await world.refresh();
            sheet.close();
            onopen(chat.id);
          } catch (error) {
            trouble.textContent = error.message;
          }
        },
      },
      element("div", { class: "form-field" }, element("label", { for: "group-title" }, say("group.title")), title),
      element(
        "fieldset",
        {},
        element("legend", {}, say("group.members")),
        boxes.map((box) =>
          element(
            "label",
            { class: "tray-option" },
            box,
            element("span", { dir: "auto" }, nameOf(world.people.get(Number(box.value)))),
          ),
        ),
      ),
      trouble,
      element(
        "footer",
        { class: "sheet-bottom" },
        element("button", { type: "submit", class: "primary", "data-testid": "group-create" }, say("group.create")),
      ),
    ),
  );
}
