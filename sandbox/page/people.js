// Who one is: the switcher between people, and the form for another one.

import { addPerson } from "/page/api.js";
import { avatarOf } from "/page/avatar.js";
import { button, element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { icon } from "/page/icon.js";
import { nameOf } from "/page/kind.js";
import { openMenu } from "/page/menu.js";
import { openSheet } from "/page/sheet.js";

const LANGUAGES = [
  ["en", "English"],
  ["zh-hans", "简体中文"],
  ["de", "Deutsch"],
  ["es", "Español"],
  ["ar", "العربية"],
];

/** Fills `node` with the button that says who one is. */
export function showMe(node, world) {
  const switcher = element(
    "button",
    {
      type: "button",
      class: "me-button",
      "aria-haspopup": "menu",
      "data-testid": "me",
      onclick: () => openPeople(switcher, world),
    },
    avatarOf(world.me),
    element(
      "span",
      { class: "chat-words" },
      element("span", { class: "soft" }, say("me.label")),
      element("span", { class: "chat-title", dir: "auto" }, nameOf(world.me)),
    ),
    icon("up"),
  );
  node.replaceChildren(switcher);
}

function openPeople(where, world) {
  openMenu(say("me.switch"), where, [
    ...[...world.people.values()].map((person) => ({
      name: nameOf(person),
      face: avatarOf(person),
      checked: person.id === world.person,
      run: () => world.be(person.id),
    })),
    {
      name: say("me.add"),
      face: element("span", { class: "avatar plain" }, icon("add")),
      run: () => openPersonForm(world),
    },
  ]);
}

function openPersonForm(world) {
  const name = element("input", {
    id: "person-name",
    required: true,
    maxlength: 64,
    dir: "auto",
    "data-testid": "person-name",
  });
  const language = element(
    "select",
    { id: "person-language", "data-testid": "person-language" },
    LANGUAGES.map(([code, words]) => element("option", { value: code }, words)),
  );
  const trouble = element("p", { class: "problem", role: "alert" });
  const sheet = openSheet(
    say("me.add"),
    { "data-testid": "person-form" },
    element(
      "form",
      {
        class: "form",
        onsubmit: async (event) => {
          event.preventDefault();
          try {
            const person = await addPerson({ first_name: name.value.trim(), language_code: language.value });
            await world.refresh();
            sheet.close();
            world.be(person.id);
          } catch (error) {
            trouble.textContent = error.message;
          }
        },
      },
      element("div", { class: "form-field" }, element("label", { for: "person-name" }, say("me.name")), name),
      element("div", { class: "form-field" }, element("label", { for: "person-language" }, say("language")), language),
      trouble,
      element(
        "footer",
        { class: "sheet-bottom" },
        element("button", { type: "submit", class: "primary", "data-testid": "person-create" }, say("me.create")),
      ),
    ),
  );
}
