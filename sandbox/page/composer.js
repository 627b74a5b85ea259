// Where a message is written: text, files, what it replies to, or the message that is being edited.

import { editMessage, sendMessage } from "/page/api.js";
import { tray } from "/page/attachments.js";
import { CommandList } from "/page/commands.js";
import { button, element } from "/page/element.js";
import { openGallery } from "/page/gallery.js";
import { say } from "/page/i18n.js";
import { icon } from "/page/icon.js";
import { Letter, strip } from "/page/letter.js";
import { openMenu } from "/page/menu.js";
import { isMine } from "/page/message.js";
import { openPlaceForm } from "/page/placeform.js";
import { canRecord, Recorder } from "/page/recorder.js";

const BUSY_AFTER_MS = 250;

export class Composer {
  #letters = new Map();
  #working = Promise.resolve();
  #busy = false;

  constructor(world, node) {
    this.world = world;
    this.node = node;
  }

  get letter() {
    const key = `${this.world.person}/${this.world.chat}`;
    if (!this.#letters.has(key)) this.#letters.set(key, new Letter());
    return this.#letters.get(key);
  }

  /** Builds the composer in the current language for the open chat. */
  show() {
    this.text = element("textarea", {
      id: "composer-text",
      rows: "1",
      dir: "auto",
      placeholder: say("composer.placeholder"),
      "aria-label": say("composer.placeholder"),
      "data-testid": "composer-text",
      enterkeyhint: "send",
      oninput: () => this.#typed(),
      onkeydown: (event) => this.#key(event),
      onpaste: (event) => this.#paste(event),
    });
    this.commands = new CommandList(
      this.text,
      () => this.world.commands,
      (text) => this.#write(text),
    );
    this.above = element("div", { class: "composer-above" });
    this.problem = element("div", { class: "problem", role: "alert", "data-testid": "problem" });
    this.go = button(say("send"), { class: "go", "data-testid": "send", onclick: () => this.#go() }, icon("send"));
    this.files = element("input", {
      type: "file",
      multiple: true,
      hidden: true,
      "data-testid": "file-input",
      onchange: () => this.#chosen(),
    });
    this.node.replaceChildren(
      element(
        "form",
        {
          class: "composer",
          "data-testid": "composer",
          "aria-label": say("composer.label"),
          onsubmit: (event) => event.preventDefault(),
        },
        this.commands.node,
        this.problem,
        element(
          "div",
          { class: "composer-box" },
          this.above,
          element("div", { class: "field" }, this.#buttons(), this.text, this.go),
        ),
        this.files,
      ),
    );
    this.letter.editing = null;
    this.text.value = this.letter.text;
    this.#typed();
    this.#showAbove();
  }

  focus() {
    if (matchMedia("(hover: hover)").matches) this.text.focus({ preventScroll: true });
  }

  attach(files) {
    this.letter.attachments.add(files);
    this.#showAbove();
    this.text.focus();
  }

  reply(message) {
    Object.assign(this.letter, { reply: message, editing: null });
    this.#showAbove();
    this.text.focus();
  }

  edit(message) {
    Object.assign(this.letter, { editing: message, reply: null });
    this.#write(message.text ?? message.caption ?? "");
    this.#showAbove();
  }

  /** Sends a text as it is, leaving what is being written alone. */
  sendText(text) {
    return this.#deliver([[["text", text]]]);
  }

  /** Sends a file as a kind of its own (a voice note). */
  sendFile(field, file) {
    const { letter } = this;
    return this.#deliver([[[field, file], ...letter.replyField()]], () => (letter.reply = null));
  }

  openGallery() {
    openGallery((files) => this.attach(files));
  }

  openPlace() {
    const { letter } = this;
    openPlaceForm((fields) => this.#deliver([[...fields, ...letter.replyField()]], () => (letter.reply = null)));
  }

  #buttons() {
    const attach = button(
      say("attach"),
      {
        class: "icon-button",
        "data-testid": "attach",
        "aria-haspopup": "menu",
        onclick: () => this.#openAttach(attach),
      },
      icon("attach"),
    );
    return [
      attach,
      button(
        say("gallery"),
        { class: "icon-button", "data-testid": "open-gallery", onclick: () => this.openGallery() },
        icon("samples"),
      ),
      button(
        say("commands"),
        { class: "icon-button", "data-testid": "open-commands", onclick: () => this.commands.toggle() },
        icon("command"),
      ),
    ];
  }

  #openAttach(where) {
    openMenu(say("attach"), where, [
      { name: say("attach.photo"), icon: "picture", run: () => this.#choose("image/*,video/*", false) },
      { name: say("attach.file"), icon: "file", run: () => this.#choose("", true) },
      { name: say("gallery"), icon: "samples", run: () => this.openGallery() },
      { name: say("attach.place"), icon: "pin", run: () => this.openPlace() },
    ]);
  }

  #choose(accept, asFiles) {
    this.files.accept = accept;
    this.letter.attachments.asFiles = asFiles;
    this.files.click();
  }

  #chosen() {
    this.attach([...this.files.files]);
    this.files.value = "";
  }

  #paste(event) {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    this.attach(files);
  }

  #write(text) {
    this.text.value = text;
    this.text.focus();
    this.text.setSelectionRange(text.length, text.length);
    this.#typed();
  }

  #typed() {
    if (!this.letter.editing) this.letter.text = this.text.value;
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
    this.commands.filter();
    this.#showGo();
  }

  #showGo() {
    const records = this.#empty && canRecord();
    const label = say(this.letter.editing ? "save" : records ? "record" : "send");
    this.go.replaceChildren(icon(this.letter.editing ? "check" : records ? "mic" : "send"));
    this.go.setAttribute("aria-label", label);
    this.go.title = label;
  }

  get #empty() {
    return !this.text.value.trim() && this.letter.attachments.empty && !this.letter.editing;
  }

  #key(event) {
    if (event.isComposing || this.commands.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (!this.#empty) this.#send();
    } else if (event.key === "Escape") {
      this.#leave();
    } else if (event.key === "ArrowUp" && this.#empty) {
      event.preventDefault();
      this.#editLast();
    }
  }

  #editLast() {
    const { messages } = this.world.historyOf(this.world.chat);
    const own = messages.findLast((message) => isMine(message, this.world) && message.text);
    if (own) this.edit(own);
  }

  #go() {
    if (!this.#empty) this.#send();
    else if (canRecord()) this.#record();
    else this.text.focus();
  }

  async #record() {
    this.problem.textContent = "";
    try {
      const file = await new Recorder(this.node.querySelector(".composer-box")).record();
      if (file) await this.sendFile("voice", file);
    } catch (error) {
      this.problem.textContent = error.message;
    }
  }

  async #send() {
    if (this.#busy) return;
    const { letter } = this;
    const text = this.text.value.trim();
    if (letter.editing) return this.#save(letter, text);
    await this.#deliver(letter.parcels(text), (parcel) => {
      letter.arrived(parcel);
      if (this.letter === letter && this.text.value.trim() === text) this.text.value = "";
    });
  }

  // Sends parcel after parcel; `onsent` clears what has arrived, so that a failure leaves the rest as it was typed.
  #deliver(parcels, onsent = () => {}) {
    const { chat, person } = this.world;
    return this.#work(async () => {
      for (const parcel of parcels) {
        for (const message of await sendMessage(chat, person, parcel)) this.world.put(message);
        onsent(parcel);
      }
    });
  }

  #save(letter, text) {
    const field = letter.editing.text === undefined ? "caption" : "text";
    return this.#work(async () => {
      await editMessage(letter.editing, { person: this.world.person, [field]: text });
      this.#leave();
    });
  }

  // One thing after the other, in the order in which it was asked for.
  #work(work) {
    this.#working = this.#working.then(() => this.#attempt(work));
    return this.#working;
  }

  async #attempt(work) {
    this.#busy = true;
    this.problem.textContent = "";
    const slow = setTimeout(() => this.go.setAttribute("aria-busy", "true"), BUSY_AFTER_MS);
    try {
      await work();
    } catch (error) {
      this.problem.textContent = say("notSent", { why: error.message });
    } finally {
      clearTimeout(slow);
      this.#busy = false;
      this.go.removeAttribute("aria-busy");
      this.#typed();
      this.#showAbove();
    }
  }

  #leave() {
    const { letter } = this;
    this.problem.textContent = "";
    if (letter.editing) this.text.value = letter.text;
    Object.assign(letter, { editing: null, reply: null });
    this.#showAbove();
    this.#typed();
  }

  #showAbove() {
    const { letter } = this;
    const parts = [strip(letter, () => this.#leave()), tray(letter.attachments, () => this.#showAbove())];
    this.above.replaceChildren(...parts.filter(Boolean));
    this.#showGo();
  }
}
