// What kind of message it is, and how it is named where there is one line for it.

import { say } from "/page/i18n.js";

// An animation carries a document too, and a venue a location: the more telling one comes first.
const KINDS = [
  "text",
  "photo",
  "animation",
  "video",
  "video_note",
  "voice",
  "audio",
  "sticker",
  "document",
  "venue",
  "location",
];

const SERVICE = {
  new_chat_members: (members) => say("service.joined", { names: namesOf(members) }),
  left_chat_member: (member) => say("service.left", { names: nameOf(member) }),
  new_chat_title: (title) => say("service.title", { title }),
  group_chat_created: () => say("service.created"),
  supergroup_chat_created: () => say("service.created"),
  pinned_message: () => say("service.pinned"),
  forum_topic_created: (topic) => say("service.topic", { name: topic.name }),
  migrate_to_chat_id: () => say("service.upgraded"),
  migrate_from_chat_id: () => say("service.upgraded"),
};

/** "photo", "voice", …, or "other" for what the page cannot show. */
export const kindOf = (message) => KINDS.find((kind) => message[kind] !== undefined) ?? "other";

/** The sentence of a message about the chat itself, else null. */
export function serviceText(message) {
  const field = Object.keys(SERVICE).find((name) => message[name] !== undefined);
  return field ? SERVICE[field](message[field]) : null;
}

/** One line for the chat list and for quotes. */
export function summaryOf(message) {
  const kind = kindOf(message);
  return serviceText(message) ?? message.text ?? message.caption ?? message.document?.file_name ?? say(`kind.${kind}`);
}

export const nameOf = (user) => [user.first_name, user.last_name].filter(Boolean).join(" ");

const namesOf = (users) => users.map(nameOf).join(", ");
