// What stands above the conversation: whose it is, what the bot is doing, the note, and the page's own settings.

import { chatAvatar } from "/page/avatar.js";
import { titleOf } from "/page/chats.js";
import { button, element } from "/page/element.js";
import { chooseLanguage, chosenLanguage, pick, say } from "/page/i18n.js";
import { icon } from "/page/icon.js";
import { nameOf } from "/page/kind.js";
import { openMenu } from "/page/menu.js";
import { formatted } from "/page/text.js";
import { chooseTheme, currentTheme, THEMES } from "/page/theme.js";
import { isPrivate } from "/page/world.js";

const THEME_ICONS = { auto: "auto", light: "sun", dark: "moon" };
const LANGUAGES = [
  [null, "language.auto"],
  ["en", "language.en"],
  ["zh", "language.zh"],
];
const HIDDEN = "lookout.note";
const ADDRESS = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)。，；：！？）]/g;

/** Fills `node` with the open chat's title; `doing` is what the bot does there right now, or null. */
export function showHeading(node, world, doing, onback) {
  const chat = world.current;
  const members = isPrivate(chat) ? say("chat.bot") : world.membersOf(chat).map(nameOf).join(", ");
  node.replaceChildren(
    button(say("back"), { class: "icon-button back", "data-testid": "back", onclick: onback }, icon("back")),
    chatAvatar(chat),
    element(
      "div",
      { class: "heading-words" },
      element("h2", { dir: "auto", "data-testid": "chat-title" }, titleOf(chat, world)),
      element("p", { class: doing ? "doing" : "soft", dir: "auto", "data-testid": "chat-state" }, doing ?? members),
    ),
  );
}

/** The note of whoever runs the sandbox; it can be put away, and comes back when it says something else. */
export function showNote(node, world) {
  const text = pick(world.note);
  node.hidden = !text || sessionStorage.getItem(HIDDEN) === text;
  const entities = [...text.matchAll(ADDRESS)].map((found) => ({
    type: "url",
    offset: found.index,
    length: found[0].length,
  }));
  node.replaceChildren(
    icon("lamp"),
    element("p", { dir: "auto" }, formatted(text, entities)),
    button(
      say("close"),
      {
        class: "icon-button",
        "data-testid": "banner-close",
        onclick: () => {
          sessionStorage.setItem(HIDDEN, text);
          node.hidden = true;
        },
      },
      icon("close"),
    ),
  );
}

/** The buttons for theme and language; `onchange()` redraws the page in its new words. */
export function showTools(node, onchange) {
  const theme = button(
    say("theme"),
    {
      class: "icon-button",
      "data-testid": "theme",
      "aria-haspopup": "menu",
      onclick: () =>
        openMenu(
          say("theme"),
          theme,
          THEMES.map((one) => ({
            name: say(`theme.${one}`),
            icon: THEME_ICONS[one],
            checked: one === currentTheme(),
            run: () => {
              chooseTheme(one);
              showTools(node, onchange);
            },
          })),
        ),
    },
    icon(THEME_ICONS[currentTheme()]),
  );
  const language = button(
    say("language"),
    {
      class: "icon-button",
      "data-testid": "language",
      "aria-haspopup": "menu",
      onclick: () =>
        openMenu(
          say("language"),
          language,
          LANGUAGES.map(([one, name]) => ({
            name: say(name),
            checked: one === chosenLanguage(),
            run: () => {
              chooseLanguage(one);
              onchange();
            },
          })),
        ),
    },
    icon("language"),
  );
  node.replaceChildren(theme, language);
}
