// What the bot is doing right now: the text it is writing, as a bubble that grows, or three dots and a word.

import { element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { meta } from "/page/message.js";
import { formatted } from "/page/text.js";

const DRAFT_MS = 30_000;
const ACTION_MS = 5_000;

/** Draws below the log, outside of it: a screen reader hears the finished message only. */
export class Drafts {
  #going = new Map();

  /** `onchange()` is called after each change of the open chat. */
  constructor(world, node, onchange) {
    Object.assign(this, { world, node, onchange });
  }

  draft(event) {
    this.#keep(event.chat, { text: event.text, entities: event.entities, action: null }, DRAFT_MS);
  }

  action(event) {
    const going = this.#going.get(event.chat);
    if (going?.text) return;
    this.#keep(event.chat, { text: "", action: event.action }, ACTION_MS);
  }

  /** A message of the bot ends what it was writing. */
  end(chat) {
    clearTimeout(this.#going.get(chat)?.timer);
    if (this.#going.delete(chat)) this.show();
  }

  /** "typing…" for the chat's header, else null. */
  wordsFor(chat) {
    const going = this.#going.get(chat);
    if (!going) return null;
    return going.text ? say("action.typing") : actionWords(going.action);
  }

  show() {
    const going = this.#going.get(this.world.chat);
    this.node.replaceChildren(...(going ? [this.#bubble(going)] : []));
    this.onchange();
  }

  #keep(chat, going, life) {
    clearTimeout(this.#going.get(chat)?.timer);
    this.#going.set(chat, { ...going, timer: setTimeout(() => this.end(chat), life) });
    if (chat === this.world.chat) this.show();
  }

  #bubble(going) {
    const dots = element(
      "span",
      { class: "dots", role: "img", "aria-label": actionWords(going.action) },
      element("i"),
      element("i"),
      element("i"),
    );
    const words =
      going.text &&
      element(
        "div",
        { class: "words", dir: "auto" },
        element("span", { "data-testid": "draft-text" }, formatted(going.text, going.entities)),
        element("span", { class: "caret", "aria-hidden": "true" }),
        meta({ date: Date.now() / 1000 }),
      );
    return element(
      "div",
      { class: "row in first last draft", "data-testid": going.text ? "draft" : "typing" },
      element(
        "div",
        { class: "stack" },
        element("div", { class: "line" }, element("div", { class: "bubble" }, words || dots)),
      ),
    );
  }
}

const ACTIONS = new Set(["typing", "upload_photo", "record_voice", "upload_voice", "find_location", "upload_document"]);
const actionWords = (action) => say(`action.${ACTIONS.has(action) ? action : "typing"}`);
