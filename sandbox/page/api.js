// What a person can do in the sandbox: one function for each call of /api that the page makes.

import { say } from "/page/i18n.js";

/** A call that did not work; its message is a sentence for the person. */
export class Refusal extends Error {}

export const getWorld = () => call("/api/world");
export const getMessages = (chat) => call(`/api/chats/${chat}/messages`);
export const addPerson = (person) => call("/api/people", { method: "POST", ...json(person) });
export const addChat = (chat) => call("/api/chats", { method: "POST", ...json(chat) });
export const editMessage = (message, change) => call(pathOf(message), { method: "PATCH", ...json(change) });
export const deleteMessage = (message) => call(pathOf(message), { method: "DELETE" });
export const react = (message, person, emoji) =>
  call(`${pathOf(message)}/reaction`, { method: "POST", ...json({ person, emoji }) });

/** Presses an inline button and waits for the bot's answer, which is null when it gave none. */
export const press = (message, person, data) =>
  call(`${pathOf(message)}/press`, { method: "POST", ...json({ person, data }) }).then((pressed) => pressed.answer);

/** Sends one message (or one album); `fields` are [name, value] pairs, files among them. */
export async function sendMessage(chat, person, fields) {
  const form = new FormData();
  form.append("person", person);
  for (const [name, value] of fields) {
    if (value instanceof File) form.append(name, value, value.name);
    else form.append(name, value);
  }
  const { messages } = await call(`/api/chats/${chat}/messages`, { method: "POST", body: form });
  return messages;
}

/** Where the bytes of a file are. */
export const fileAddress = (fileId) => `/api/files/${encodeURIComponent(fileId)}`;

/** The bytes of a file, as a Blob. */
export async function fetchBlob(address) {
  const response = await reach(address);
  if (!response.ok) throw new Refusal(say("error.status", { status: response.status }));
  return response.blob();
}

const pathOf = (message) => `/api/chats/${message.chat.id}/messages/${message.message_id}`;

const json = (value) => ({ headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });

async function call(path, options) {
  const response = await reach(path, options);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(answer.error ?? say("error.status", { status: response.status }));
  return answer;
}

async function reach(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    throw new Refusal(say("error.offline"), { cause: error });
  }
}
