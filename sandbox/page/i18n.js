// The page's words, in English and simplified Chinese: as was chosen, else as the person speaks, else as the browser.

import { words as en } from "/page/words/en.js";
import { words as zh } from "/page/words/zh.js";

const CHOICE = "lookout.language";
const WORDS = { en, zh };
const LOCALES = { en: "en", zh: "zh-Hans" };

let language = "en";

/** Sets the language for someone who speaks `code` (a User's language_code). */
export function speak(code) {
  const wanted = chosenLanguage() ?? code ?? navigator.language;
  language = wanted.toLowerCase().startsWith("zh") ? "zh" : "en";
  document.documentElement.lang = LOCALES[language];
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  for (const node of document.querySelectorAll("[data-say-label]"))
    node.setAttribute("aria-label", say(node.dataset.sayLabel));
}

/** The language chosen by hand, null when it follows the person. */
export const chosenLanguage = () => localStorage.getItem(CHOICE);

export function chooseLanguage(choice) {
  if (choice) localStorage.setItem(CHOICE, choice);
  else localStorage.removeItem(CHOICE);
}

/** The sentence called `key`, its {names} filled in. */
export function say(key, values = {}) {
  return WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Picks from `{en, zh}`; a plain string is everybody's. */
export function pick(text) {
  return typeof text === "object" && text !== null ? (text[language] ?? text.en ?? "") : (text ?? "");
}

export const currentLanguage = () => language;
export const locale = () => LOCALES[language];
