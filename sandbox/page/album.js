// Messages that share a media group are shown as one: pictures in a grid.

import { element } from "/page/element.js";
import { film, photo } from "/page/picture.js";

/** Splits messages into blocks: an album of several, or one alone. */
export function blocksOf(messages) {
  const blocks = [];
  for (const message of messages) {
    const last = blocks.at(-1);
    if (last && belongs(message, last)) last.push(message);
    else blocks.push([message]);
  }
  return blocks;
}

/** Whether a message continues the album that `block` is. */
export function belongs(message, block) {
  return (
    Boolean(message.media_group_id) &&
    message.media_group_id === block[0].media_group_id &&
    isVisual(message) &&
    isVisual(block[0])
  );
}

/** The grid of an album; the number of pictures decides its shape. */
export function albumGrid(messages, siblings) {
  return element(
    "div",
    { class: "album", "data-testid": "album", "data-count": messages.length },
    messages.map((message) =>
      element("div", { class: "album-cell" }, message.photo ? photo(message, siblings) : film(message)),
    ),
  );
}

const isVisual = (message) => Boolean(message.photo ?? message.video);
