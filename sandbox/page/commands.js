// The bot's commands as a list above the text: opened by its button or by typing "/".

import { element } from "/page/element.js";
import { say } from "/page/i18n.js";

/** Filters while one types; `onpick(text)` gets the chosen command with a space behind it. */
export class CommandList {
  #shown = [];
  #at = 0;

  constructor(text, commands, onpick) {
    Object.assign(this, { text, commands, onpick });
    this.node = element("ul", {
      id: "commands",
      class: "commands",
      role: "listbox",
      "aria-label": say("commands"),
      hidden: true,
      "data-testid": "commands",
    });
    for (const [name, value] of Object.entries({
      "aria-controls": "commands",
      "aria-autocomplete": "list",
      "aria-haspopup": "listbox",
    }))
      text.setAttribute(name, value);
  }

  filter() {
    const typed = /^\/(\w*)$/.exec(this.text.value);
    this.#shown = typed ? this.commands().filter((one) => one.command.startsWith(typed[1].toLowerCase())) : [];
    this.#at = 0;
    this.#draw();
  }

  /** All commands at once, or none. */
  toggle() {
    this.#shown = this.node.hidden ? this.commands() : [];
    this.#at = 0;
    this.#draw();
    this.text.focus();
  }

  /** Takes a key of the text field while the list is open; says whether it was for the list. */
  key(event) {
    if (this.node.hidden) return false;
    const exact = this.#shown.some((one) => `/${one.command}` === this.text.value.trim());
    if (event.key === "ArrowDown") this.#move(1);
    else if (event.key === "ArrowUp") this.#move(-1);
    else if (event.key === "Escape") this.#close();
    else if (event.key === "Tab" || (event.key === "Enter" && !exact)) this.#pick(this.#shown[this.#at]);
    else return false;
    event.preventDefault();
    return true;
  }

  #move(by) {
    this.#at = (this.#at + by + this.#shown.length) % this.#shown.length;
    this.#draw();
  }

  #pick(command) {
    this.#close();
    this.onpick(`/${command.command} `);
  }

  #close() {
    this.#shown = [];
    this.#draw();
  }

  #draw() {
    this.node.hidden = this.#shown.length === 0;
    this.node.replaceChildren(...this.#shown.map((command, at) => this.#option(command, at)));
    const active = this.node.children[this.#at];
    if (active) this.text.setAttribute("aria-activedescendant", active.id);
    else this.text.removeAttribute("aria-activedescendant");
    active?.scrollIntoView({ block: "nearest" });
  }

  #option(command, at) {
    return element(
      "li",
      {
        id: `command-${command.command}`,
        role: "option",
        "aria-selected": String(at === this.#at),
        "data-testid": "command-option",
        onpointerdown: (event) => event.preventDefault(),
        onclick: () => this.#pick(command),
      },
      element("strong", {}, `/${command.command}`),
      element("span", { class: "soft", dir: "auto" }, command.description),
    );
  }
}
