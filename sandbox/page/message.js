// One message, or one album, as a bubble.

import { albumGrid } from "/page/album.js";
import { fileAddress } from "/page/api.js";
import { avatarOf, toneOf } from "/page/avatar.js";
import { hourOf, momentOf, sizeOf } from "/page/clock.js";
import { button, element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { icon } from "/page/icon.js";
import { keyboardOf } from "/page/keyboard.js";
import { kindOf, nameOf, serviceText, summaryOf } from "/page/kind.js";
import { film, photo, sticker } from "/page/picture.js";
import { placeCard } from "/page/place.js";
import { formatted } from "/page/text.js";
import { voicePlayer } from "/page/voice.js";
import { isPrivate } from "/page/world.js";

/** The row for `block`, messages of which all but albums have one; `acts` is what can be done with it (see acts.js). */
export function messageRow(block, world, acts) {
  const [message] = block;
  const service = serviceText(message);
  if (service)
    return element("article", { class: "row service", "data-testid": "service" }, element("span", {}, service));
  const mine = isMine(message, world);
  const group = !isPrivate(message.chat);
  return element(
    "article",
    {
      class: `row ${mine ? "out" : "in"} kind-${kindOf(message)}`,
      tabindex: "-1",
      "aria-label": labelOf(message),
      "data-testid": "message",
      "data-message-id": message.message_id,
      "data-sender": mine ? "me" : message.from?.is_bot ? "bot" : "person",
    },
    group && !mine && message.from && element("div", { class: "row-avatar" }, avatarOf(message.from)),
    element(
      "div",
      { class: "stack" },
      element("div", { class: "line" }, bubble(block, world, acts, group && !mine), tools(message, acts)),
      keyboardOf(message, acts.press),
      reactions(message, world, acts),
    ),
  );
}

export const isMine = (message, world) => message.from?.id === world.person;

function bubble(block, world, acts, named) {
  const [message] = block;
  const captioned = block.find((one) => one.text ?? one.caption);
  const content = contentOf(block, world, acts);
  const bare =
    !captioned &&
    content &&
    ["photo", "video", "animation", "sticker", "video_note", "location", "venue"].includes(kindOf(message));
  return element(
    "div",
    { class: bare ? "bubble bare" : "bubble" },
    named &&
      message.from &&
      element("div", { class: "sender", "data-tone": toneOf(message.from.id), dir: "auto" }, nameOf(message.from)),
    message.forward_origin && element("div", { class: "soft" }, say("forwarded")),
    message.reply_to_message && quote(message, acts),
    content,
    captioned ? words(captioned, acts) : meta(message),
  );
}

function words(message, acts) {
  const text = message.text ?? message.caption;
  const entities = message.entities ?? message.caption_entities;
  return element(
    "div",
    { class: "words", dir: "auto" },
    element("span", { "data-testid": "message-text" }, formatted(text, entities, acts.command)),
    meta(message),
  );
}

/** The hour, and whether a person edited it; a live location that moves is not, and of bots Telegram does not say it. */
export function meta(message) {
  const live = message.location?.live_period !== undefined;
  const edited = message.edit_date && !live && !message.from?.is_bot;
  return element(
    "span",
    { class: "meta", title: momentOf(message.date) },
    edited && element("span", { class: "edited", "data-testid": "edited" }, say("edited")),
    element("time", { datetime: new Date(message.date * 1000).toISOString() }, hourOf(message.date)),
  );
}

const CONTENTS = {
  text: () => null,
  photo: (message, _, __, siblings) => photo(message, siblings),
  video: film,
  animation: film,
  video_note: film,
  voice: (message) => voicePlayer(message.voice),
  audio: (message) => [audioTitle(message.audio), voicePlayer(message.audio)],
  sticker,
  document: (message) => fileCard(message.document),
  location: place,
  venue: place,
  other: () => element("p", { class: "soft" }, say("kind.other")),
};

function contentOf(block, world, acts) {
  const siblings = () => world.historyOf(block[0].chat.id).messages.filter((message) => message.photo);
  if (block.length > 1) return albumGrid(block, siblings);
  return CONTENTS[kindOf(block[0])](block[0], world, acts, siblings);
}

function place(message, world, acts) {
  if (!isMine(message, world)) return placeCard(message);
  return placeCard(message, { onmove: (position) => acts.move(message, position), onstop: () => acts.stop(message) });
}

function audioTitle(audio) {
  const title = [audio.performer, audio.title].filter(Boolean).join(" – ") || audio.file_name;
  return title && element("div", { class: "audio-title", dir: "auto" }, title);
}

function fileCard(document) {
  const name = document.file_name ?? say("kind.document");
  return element(
    "a",
    { class: "file", href: fileAddress(document.file_id), download: name, "data-testid": "file" },
    element("span", { class: "file-icon" }, icon("file")),
    element(
      "span",
      { class: "file-words" },
      element("span", { class: "file-name", dir: "auto" }, name),
      element("span", { class: "soft" }, document.file_size ? sizeOf(document.file_size) : say("kind.document")),
    ),
  );
}

function quote(message, acts) {
  const quoted = message.reply_to_message;
  const image =
    quoted.photo && element("img", { class: "quote-image", src: fileAddress(quoted.photo[0].file_id), alt: "" });
  return element(
    "button",
    {
      type: "button",
      class: "quote",
      "data-testid": "quote",
      "data-tone": toneOf(quoted.from?.id ?? 0),
      onclick: () => acts.jump(quoted.message_id),
    },
    image,
    element(
      "span",
      { class: "quote-words" },
      element("span", { class: "quote-name", dir: "auto" }, quoted.from ? nameOf(quoted.from) : ""),
      element("span", { class: "quote-text", dir: "auto" }, message.quote?.text ?? summaryOf(quoted)),
    ),
  );
}

function tools(message, acts) {
  return element(
    "div",
    { class: "row-tools" },
    button(
      say("reply"),
      { class: "icon-button", "data-testid": "reply", onclick: () => acts.reply(message) },
      icon("reply"),
    ),
    button(
      say("more"),
      {
        class: "icon-button",
        "data-testid": "more",
        "aria-haspopup": "menu",
        onclick: (event) => acts.menu(message, event.currentTarget),
      },
      icon("more"),
    ),
  );
}

function reactions(message, world, acts) {
  const given = world.historyOf(message.chat.id).reactionsTo(message.message_id);
  if (!given.size) return null;
  return element(
    "div",
    { class: "reactions" },
    [...given].map(([emoji, givers]) =>
      button(
        say("reaction.label", { emoji, count: givers.size }),
        {
          class: "reaction",
          "aria-pressed": String(givers.has(world.person)),
          "data-testid": "reaction",
          onclick: () => acts.react(message, givers.has(world.person) ? null : emoji),
        },
        givers.size > 1 ? `${coloured(emoji)} ${givers.size}` : coloured(emoji),
      ),
    ),
  );
}

/** Telegram's heart is the plain character; the variation selector asks for the coloured one. */
export const coloured = (emoji) => (emoji === "❤" ? "❤\ufe0f" : emoji);

const labelOf = (message) => `${message.from ? nameOf(message.from) : ""}, ${momentOf(message.date)}`;
