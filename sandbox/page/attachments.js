// The files that wait in the composer, and how they are divided into messages.

import { sizeOf } from "/page/clock.js";
import { button, element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { icon } from "/page/icon.js";

const ALBUM_LIMIT = 10;
const ALBUMS = [["photo", "video"], ["document"], ["audio"]]; // what Telegram puts together
const PHOTO_TYPES = new Set(["image/jpeg", "image/png", "image/webp", "image/gif"]);

/** Files to be sent; `asFiles` sends pictures byte for byte instead of as photos. */
export class Attachments {
  files = [];
  asFiles = false;

  add(files) {
    this.files.push(...files);
  }

  remove(file) {
    this.files = this.files.filter((one) => one !== file);
  }

  get empty() {
    return this.files.length === 0;
  }

  get hasPictures() {
    return this.files.some((file) => PHOTO_TYPES.has(file.type));
  }

  /** What to send: lists of [field, file], up to ten that go together as an album. */
  parcels() {
    const fields = this.files.map((file) => [fieldFor(file, this.asFiles), file]);
    return ALBUMS.flatMap((kinds) => inAlbums(fields.filter(([field]) => kinds.includes(field))));
  }
}

/** The tray above the text: a thumbnail for each file; `onchange()` is called when one is taken out. */
export function tray(attachments, onchange) {
  if (attachments.empty) return null;
  const items = attachments.files.map((file) =>
    item(file, () => {
      attachments.remove(file);
      onchange();
    }),
  );
  return element(
    "div",
    { class: "tray", role: "group", "aria-label": say("tray.label"), "data-testid": "tray" },
    element("div", { class: "tray-items" }, items),
    attachments.hasPictures && asFilesBox(attachments),
  );
}

function inAlbums(fields) {
  const albums = [];
  for (let at = 0; at < fields.length; at += ALBUM_LIMIT) albums.push(fields.slice(at, at + ALBUM_LIMIT));
  return albums;
}

function item(file, onremove) {
  const face = file.type.startsWith("image/")
    ? picture(file)
    : element(
        "span",
        { class: "tray-file" },
        icon("file"),
        element("span", { dir: "auto" }, file.name),
        element("span", { class: "soft" }, sizeOf(file.size)),
      );
  return element(
    "div",
    { class: "tray-item", "data-testid": "tray-item", "data-file": file.name },
    face,
    button(say("tray.remove", { name: file.name }), { class: "tray-remove", onclick: onremove }, icon("close")),
  );
}

function picture(file) {
  const address = URL.createObjectURL(file);
  const image = element("img", { src: address, alt: file.name });
  for (const over of ["load", "error"])
    image.addEventListener(over, () => URL.revokeObjectURL(address), { once: true });
  return image;
}

function asFilesBox(attachments) {
  const box = element("input", {
    type: "checkbox",
    "data-testid": "as-file",
    checked: attachments.asFiles,
    onchange: () => (attachments.asFiles = box.checked),
  });
  return element("label", { class: "tray-option" }, box, say("tray.asFile"));
}

function fieldFor(file, asFiles) {
  if (asFiles) return "document";
  if (PHOTO_TYPES.has(file.type)) return "photo";
  if (file.type.startsWith("video/")) return "video";
  return file.type.startsWith("audio/") ? "audio" : "document";
}
