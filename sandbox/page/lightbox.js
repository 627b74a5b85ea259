// One picture large, with those around it a key press away.

import { fileAddress } from "/page/api.js";
import { button, element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { icon } from "/page/icon.js";

/** Shows the photo of `message`; arrow keys leaf through `siblings`, messages with photos. */
export function showLightbox(message, siblings) {
  let at = Math.max(0, siblings.indexOf(message));
  const image = element("img", { class: "lightbox-image", "data-testid": "lightbox-image" });
  const caption = element("p", { class: "lightbox-caption", dir: "auto" });
  const download = element(
    "a",
    { class: "round-button", download: "", "aria-label": say("download"), title: say("download") },
    icon("download"),
  );
  const leaf = (by) => {
    at = (at + by + siblings.length) % siblings.length;
    show();
  };
  const several = siblings.length > 1;
  const dialog = element(
    "dialog",
    {
      class: "lightbox",
      "aria-label": say("photo.alt"),
      "data-testid": "lightbox",
      onclick: (event) => event.target === dialog && dialog.close(),
      onclose: () => dialog.remove(),
      onkeydown: (event) =>
        several && event.key === "ArrowLeft" ? leaf(-1) : several && event.key === "ArrowRight" && leaf(1),
    },
    element(
      "div",
      { class: "lightbox-tools" },
      download,
      button(say("close"), { class: "round-button", autofocus: true, onclick: () => dialog.close() }, icon("close")),
    ),
    several &&
      button(say("photo.previous"), { class: "round-button lightbox-previous", onclick: () => leaf(-1) }, icon("left")),
    image,
    several &&
      button(say("photo.next"), { class: "round-button lightbox-next", onclick: () => leaf(1) }, icon("right")),
    caption,
  );

  function show() {
    const { photo, caption: words } = siblings[at];
    const largest = photo.at(-1);
    image.src = download.href = fileAddress(largest.file_id);
    image.width = largest.width;
    image.height = largest.height;
    image.alt = words ?? say("photo.alt");
    caption.textContent = words ?? "";
  }

  show();
  document.body.append(dialog);
  dialog.showModal();
}
