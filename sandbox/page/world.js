// What the page knows: who is there, which chats, their messages, who one is and which chat is open.
// It changes through the server's events and through the person's choices, and tells the views by events of its own:
// "people" (people, chats or unread counts), "open" (another chat, person or language), "message", "edit", "delete",
// "reaction", "draft", "action", "commands", "note".

import { getMessages, getWorld } from "/page/api.js";
import { History } from "/page/history.js";

const CHOICE = "lookout.person";

export class World extends EventTarget {
  bot = null;
  note = null;
  people = new Map();
  chats = new Map();
  person = null;
  chat = null;
  seq = 0;
  #histories = new Map();
  #unread = new Map();

  /** Reads everything from the server and opens the chat that the address names. */
  async load() {
    await this.#reload();
    this.#histories.clear();
    await this.#readHistories();
    const { person, chat } = addressed();
    this.#become(this.people.has(person) ? person : Number(localStorage.getItem(CHOICE)));
    this.#enter(chat);
  }

  /** Oneself, as a User. */
  get me() {
    return this.people.get(this.person);
  }

  /** The open chat, as a Chat. */
  get current() {
    return this.chats.get(this.chat);
  }

  /** The chats that one is in: the private one first, then groups. */
  get ownChats() {
    return [...this.chats.values()].filter((chat) =>
      isPrivate(chat) ? chat.id === this.person : chat.members.includes(this.person),
    );
  }

  historyOf(chat) {
    if (!this.#histories.has(chat)) this.#histories.set(chat, new History());
    return this.#histories.get(chat);
  }

  unreadIn(chat) {
    return this.#unread.get(chat) ?? 0;
  }

  /** The bot's commands in the language that one's person speaks. */
  get commands() {
    const all = this.bot?.commands ?? {};
    const language = (this.me?.language_code ?? "").split("-")[0];
    return all[language] ?? all[""] ?? [];
  }

  /** Everyone in a chat, the bot too. */
  membersOf(chat) {
    return chat.members.map((id) => (id === this.bot.id ? this.bot : this.people.get(id))).filter(Boolean);
  }

  be(person) {
    this.#become(person);
    this.#enter(this.chat);
  }

  open(chat) {
    this.#enter(chat);
  }

  /** Takes one event of the server. */
  async take(event) {
    const take = TAKES[event.type];
    if (take) await take(this, event);
  }

  /** Takes a message as the server has it now; what is known already changes nothing. */
  put(message) {
    if (holdsPlace(message)) return;
    const known = this.historyOf(message.chat.id).get(message.message_id);
    if (known && JSON.stringify(known) === JSON.stringify(message)) return;
    const fresh = this.historyOf(message.chat.id).put(message);
    if (fresh && message.chat.id !== this.chat) this.#unread.set(message.chat.id, this.unreadIn(message.chat.id) + 1);
    this.tell(fresh ? "message" : "edit", { chat: message.chat.id, message });
    this.tell("people");
  }

  remove(chat, id) {
    if (!this.historyOf(chat).get(id)) return;
    this.historyOf(chat).remove(id);
    this.tell("delete", { chat, id });
    this.tell("people");
  }

  /** Reads people and chats again, keeping what is open. */
  async refresh() {
    await this.#reload();
    await this.#readHistories();
    this.tell("people");
  }

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #become(person) {
    this.person = this.people.has(person) ? person : this.people.keys().next().value;
    localStorage.setItem(CHOICE, this.person);
  }

  #enter(chat) {
    const own = this.ownChats;
    this.chat = (own.find((one) => one.id === chat) ?? own[0])?.id ?? null;
    this.#unread.delete(this.chat);
    history.replaceState(null, "", `#person=${this.person}&chat=${this.chat}`);
    this.tell("open");
    this.tell("people");
  }

  async #reload() {
    const world = await getWorld();
    this.bot = world.bot;
    this.note = world.bot.note;
    this.people = new Map(world.people.map((person) => [person.id, person]));
    this.chats = new Map(world.chats.map((chat) => [chat.id, chat]));
    this.seq = world.seq;
    this.tell("note");
    this.tell("commands");
  }

  async #readHistories() {
    const unread = [...this.chats.keys()].filter((chat) => !this.#histories.has(chat));
    await Promise.all(unread.map(async (chat) => this.#histories.set(chat, await readHistory(chat))));
  }
}

/** Whether a bot's message only holds the place of one to come: its edit is the message, and ends the draft. */
const holdsPlace = (message) => message.from?.is_bot && message.text === "…" && !message.reply_markup;

export const isPrivate = (chat) => chat.type === "private";

/** The person and the chat in the page's address (#person=101&chat=101). */
export function addressed() {
  const address = new URLSearchParams(location.hash.slice(1));
  return { person: Number(address.get("person")), chat: Number(address.get("chat")) };
}

async function readHistory(chat) {
  const { messages, reactions } = await getMessages(chat);
  const history = new History(messages.filter((message) => !holdsPlace(message)));
  for (const [id, given] of Object.entries(reactions)) history.setReactions(Number(id), given);
  return history;
}

const TAKES = {
  message: (world, event) => world.put(event.message),
  edit: (world, event) => world.put(event.message),
  delete: (world, event) => world.remove(event.chat, event.message_id),
  draft: (world, event) => world.tell("draft", event),
  action: (world, event) => world.tell("action", event),
  reaction: (world, event) => {
    world.historyOf(event.chat).setReactions(event.message_id, event.reactions);
    world.tell("reaction", { chat: event.chat, id: event.message_id });
  },
  commands: (world, event) => {
    world.bot.commands = { ...world.bot.commands, [event.language_code ?? ""]: event.commands };
    world.tell("commands");
  },
  world: (world) => world.refresh(),
};
