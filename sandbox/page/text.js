// Formatted text: a Bot API text with its entities becomes DOM nodes. Offsets count UTF-16 units, as JavaScript does.

import { element } from "/page/element.js";
import { say } from "/page/i18n.js";

const SAFE_SCHEMES = new Set(["http:", "https:", "mailto:", "tel:", "tg:"]);

/** The nodes for `text`; `oncommand(command)` is called when a /command in it is clicked. */
export function formatted(text, entities = [], oncommand = null) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return stretch(text, 0, text.length, sorted, oncommand);
}

// The nodes between two offsets; entities that lie inside another become its children.
function stretch(text, from, to, entities, oncommand) {
  const nodes = [];
  let at = from;
  for (let i = 0; i < entities.length; i += 1) {
    const entity = entities[i];
    if (entity.offset < at || entity.offset >= to) continue;
    const end = Math.min(entity.offset + entity.length, to);
    const within = entities.slice(i + 1).filter((one) => one.offset < end);
    if (entity.offset > at) nodes.push(text.slice(at, entity.offset));
    const children = stretch(text, entity.offset, end, within, oncommand);
    nodes.push(styled(entity, text.slice(entity.offset, end), children, oncommand));
    at = end;
  }
  if (at < to) nodes.push(text.slice(at, to));
  return nodes;
}

const STYLES = {
  bold: (_, __, children) => element("strong", {}, children),
  italic: (_, __, children) => element("em", {}, children),
  underline: (_, __, children) => element("u", {}, children),
  strikethrough: (_, __, children) => element("s", {}, children),
  code: (_, __, children) => element("code", {}, children),
  pre: (entity, _, children) =>
    element("pre", { "data-language": entity.language, tabindex: "0" }, element("code", {}, children)),
  blockquote: (_, __, children) => element("blockquote", {}, children),
  expandable_blockquote: (_, __, children) => element("blockquote", {}, children),
  spoiler: (_, __, children) => spoiler(children),
  text_link: (entity, _, children) => link(entity.url, children),
  url: (_, covered, children) => link(/^[a-z]+:/i.test(covered) ? covered : `https://${covered}`, children),
  email: (_, covered, children) => link(`mailto:${covered}`, children),
  phone_number: (_, covered, children) => link(`tel:${covered}`, children),
  mention: (_, __, children) => element("span", { class: "mention" }, children),
  text_mention: (_, __, children) => element("span", { class: "mention" }, children),
  hashtag: (_, __, children) => element("span", { class: "mention" }, children),
  bot_command: (_, covered, children, oncommand) =>
    oncommand
      ? element(
          "button",
          { type: "button", class: "command", "data-testid": "command", onclick: () => oncommand(covered) },
          children,
        )
      : element("span", { class: "mention" }, children),
};

function styled(entity, covered, children, oncommand) {
  const style = STYLES[entity.type];
  return style ? style(entity, covered, children, oncommand) : element("span", {}, children);
}

/** A link that opens beside the page; an address of another kind than the web's stays plain text. */
export function link(address, children) {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || !SAFE_SCHEMES.has(url.protocol)) return element("span", {}, children);
  return element("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, children);
}

function spoiler(children) {
  const inside = element("span", { class: "spoiler-text", "aria-hidden": "true" }, children);
  const cover = element(
    "span",
    { class: "spoiler", role: "button", tabindex: "0", "aria-label": say("spoiler") },
    inside,
  );
  const show = () => {
    cover.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) cover.removeAttribute(name);
    inside.removeAttribute("aria-hidden");
  };
  cover.addEventListener("click", show, { once: true });
  cover.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    show();
  });
  return cover;
}
