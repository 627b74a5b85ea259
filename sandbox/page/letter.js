// What one is about to send to a chat, or the message one is about to change.

import { Attachments } from "/page/attachments.js";
import { button, element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { icon } from "/page/icon.js";
import { nameOf, summaryOf } from "/page/kind.js";

/** One for each chat of each person: what is typed stays there when one looks elsewhere. */
export class Letter {
  text = "";
  attachments = new Attachments();
  reply = null;
  editing = null;

  /** The [field, value] pairs of each message to post: one, or as many as the attachments make. */
  parcels(text) {
    const parcels = this.attachments.empty ? [[]] : this.attachments.parcels();
    if (text) parcels[0].push([this.attachments.empty ? "text" : "caption", text]);
    parcels[0].push(...this.replyField());
    return parcels;
  }

  replyField() {
    return this.reply ? [["reply_to", this.reply.message_id]] : [];
  }

  /** Forgets what has arrived; the rest stays as it was. */
  arrived(parcel) {
    for (const [, value] of parcel) this.attachments.remove(value);
    Object.assign(this, { text: "", reply: null });
  }
}

/** The line above the text: what is answered or edited, and the way out; null for a plain letter. */
export function strip({ editing, reply }, onleave) {
  const message = editing ?? reply;
  if (!message) return null;
  const title = editing ? say("editing") : say("replying", { name: message.from ? nameOf(message.from) : "" });
  return element(
    "div",
    { class: "strip", "data-testid": editing ? "editing" : "replying" },
    icon(editing ? "edit" : "reply"),
    element(
      "span",
      { class: "quote-words" },
      element("span", { class: "quote-name", dir: "auto" }, title),
      element("span", { class: "quote-text", dir: "auto" }, summaryOf(message)),
    ),
    button(say("cancel"), { class: "icon-button", onclick: onleave }, icon("close")),
  );
}
