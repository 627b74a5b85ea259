// What an empty chat shows: what Lookout does, and a few things to try.

import { button, element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { icon } from "/page/icon.js";
import { isPrivate } from "/page/world.js";

/** The card for an empty chat. */
export function welcome(world, composer) {
  const tries = [
    ["samples", "welcome.sample", "try-sample", () => composer.openGallery()],
    ["live", "welcome.watch", "try-watch", () => composer.sendText(say("welcome.watch"))],
    ["pin", "welcome.place", "try-place", () => composer.openPlace()],
    ["command", "welcome.help", "try-help", () => composer.sendText("/help")],
  ];
  return element(
    "section",
    { class: "welcome", "data-testid": "welcome" },
    element("img", { src: "/page/mark.svg", alt: "", width: "72", height: "72" }),
    element("h3", {}, say(isPrivate(world.current) ? "welcome.title" : "welcome.group")),
    element("p", {}, say("welcome.text")),
    element(
      "div",
      { class: "welcome-tries" },
      tries.map(([face, words, testid, run]) =>
        button(say(words), { class: "try", "data-testid": testid, onclick: run }, [icon(face), say(words)]),
      ),
    ),
  );
}
