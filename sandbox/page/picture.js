// Pictures and films in a message.

import { fileAddress } from "/page/api.js";
import { button, element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { showLightbox } from "/page/lightbox.js";

const SHOWN_WIDTH = 640;

/** A photo that opens in the lightbox; `siblings` are the messages one can leaf through there. */
export function photo(message, siblings) {
  const size = fitting(message.photo);
  const alt = message.caption ?? say("photo.alt");
  const image = element("img", {
    src: fileAddress(size.file_id),
    alt,
    width: size.width,
    height: size.height,
    loading: "lazy",
    decoding: "async",
  });
  image.addEventListener(
    "error",
    () => image.replaceWith(element("span", { class: "photo-broken" }, say("photo.broken"))),
    { once: true },
  );
  return button(
    say("photo.open"),
    { class: "photo", "data-testid": "photo", onclick: () => showLightbox(message, siblings()) },
    image,
  );
}

/** A film with controls; an animation runs by itself unless motion is unwelcome. */
export function film(message) {
  const animation = message.animation;
  const { file_id: file, width, height, mime_type: type } = animation ?? message.video ?? message.video_note;
  if (type?.startsWith("image/"))
    return element("img", { class: "film", src: fileAddress(file), alt: message.caption ?? say("kind.animation") });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const film = element("video", {
    class: message.video_note ? "film round" : "film",
    src: fileAddress(file),
    width: width || null, // a film whose size nobody said has its own
    height: height || null,
    controls: true,
    playsinline: true,
    preload: "metadata",
    loop: Boolean(animation),
    autoplay: Boolean(animation) && !still,
    "aria-label": say(animation ? "kind.animation" : "kind.video"),
  });
  film.muted = Boolean(animation);
  return film;
}

/** A sticker: a picture without a bubble. */
export function sticker(message) {
  const { file_id: file, emoji = "", is_video: moves } = message.sticker;
  if (moves)
    return element("video", {
      class: "sticker",
      src: fileAddress(file),
      autoplay: true,
      loop: true,
      muted: true,
      playsinline: true,
    });
  return element("img", { class: "sticker", src: fileAddress(file), alt: `${say("kind.sticker")} ${emoji}` });
}

// The smallest size that is wide enough, else the largest.
function fitting(sizes) {
  const byWidth = [...sizes].sort((a, b) => a.width - b.width);
  return byWidth.find((size) => size.width >= SHOWN_WIDTH) ?? byWidth.at(-1);
}
