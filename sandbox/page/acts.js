// What a person does to a message that is there: press its buttons, react, edit, delete, walk its live location on.

import { deleteMessage, editMessage, press, react } from "/page/api.js";
import { button, element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { kindOf } from "/page/kind.js";
import { openMenu } from "/page/menu.js";
import { coloured, isMine } from "/page/message.js";
import { isLive } from "/page/place.js";
import { openAlert } from "/page/sheet.js";
import { toast } from "/page/toast.js";

const EMOJIS = ["👍", "❤", "🔥", "👏", "😁", "🤔"];

/** The acts of the person that `world` knows; `composer` and `log` are told what concerns them. */
export function actsOf(world, composer, log) {
  const acts = {
    command: (command) => composer.sendText(command),
    reply: (message) => composer.reply(message),
    edit: (message) => composer.edit(message),
    jump: (id) => log.jump(id) || toast(say("quote.gone")),
    press: (message, data) => told(async () => showAnswer(await press(message, world.person, data))),
    react: (message, emoji) => told(() => react(message, world.person, emoji)),
    move: (message, position) => told(() => editMessage(message, { person: world.person, ...position })),
    stop: (message) => told(() => editMessage(message, { person: world.person, stop_live: true })),
    remove: (message) =>
      told(async () => {
        await deleteMessage(message);
        world.remove(message.chat.id, message.message_id);
      }),
    menu: (message, where) => openMessageMenu(message, where, world, acts),
  };
  return acts;
}

async function told(act) {
  try {
    await act();
  } catch (error) {
    toast(error.message);
  }
}

function showAnswer(answer) {
  if (answer?.text) (answer.show_alert ? openAlert : toast)(answer.text);
  if (answer?.url) window.open(answer.url, "_blank", "noopener");
}

function openMessageMenu(message, where, world, acts) {
  const mine = isMine(message, world);
  const text = message.text ?? message.caption;
  const menu = openMenu(
    say("more"),
    where,
    [
      { name: say("reply"), icon: "reply", run: () => acts.reply(message) },
      text && { name: say("copy"), icon: "copy", run: () => copy(text) },
      mine && text && { name: say("edit"), icon: "edit", run: () => acts.edit(message) },
      mine &&
        kindOf(message) === "location" &&
        isLive(message) && { name: say("place.stop"), icon: "stop", run: () => acts.stop(message) },
      { name: say("delete"), icon: "trash", danger: true, run: () => acts.remove(message) },
    ],
    element(
      "div",
      { class: "menu-emojis" },
      EMOJIS.map((emoji) =>
        button(
          say("reaction.give", { emoji }),
          {
            class: "menu-emoji",
            role: "menuitem",
            onclick: () => {
              menu.hidePopover();
              acts.react(message, given(message, world) === emoji ? null : emoji);
            },
          },
          coloured(emoji),
        ),
      ),
    ),
  );
}

function given(message, world) {
  const all = world.historyOf(message.chat.id).reactionsTo(message.message_id);
  return [...all].find(([, givers]) => givers.has(world.person))?.[0];
}

async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast(say("copied"));
}
