// The messages of one chat in the order of their ids, and the reactions to them.

export class History {
  #byId = new Map();
  #reactions = new Map();
  messages = [];

  constructor(messages = []) {
    for (const message of messages) this.put(message);
  }

  get(id) {
    return this.#byId.get(id);
  }

  get last() {
    return this.messages.at(-1);
  }

  /** Adds a message or replaces the one with its id; says whether it is new. */
  put(message) {
    const fresh = !this.#byId.has(message.message_id);
    this.#byId.set(message.message_id, message);
    const at = fresh
      ? this.#placeFor(message.message_id)
      : this.messages.findLastIndex((one) => one.message_id === message.message_id);
    this.messages.splice(at, fresh ? 0 : 1, message);
    return fresh;
  }

  remove(id) {
    if (!this.#byId.delete(id)) return;
    this.#reactions.delete(id);
    this.messages = this.messages.filter((message) => message.message_id !== id);
  }

  /** Emoji to the set of the user ids that gave it. */
  reactionsTo(id) {
    const emojis = new Map();
    for (const { user_id: giver, emoji } of this.#reactions.get(id) ?? []) {
      if (!emojis.has(emoji)) emojis.set(emoji, new Set());
      emojis.get(emoji).add(giver);
    }
    return emojis;
  }

  /** All reactions to a message, as [{user_id, emoji}]. */
  setReactions(id, reactions) {
    this.#reactions.set(id, reactions);
  }

  #placeFor(id) {
    let at = this.messages.length;
    while (at > 0 && this.messages[at - 1].message_id > id) at -= 1;
    return at;
  }
}
