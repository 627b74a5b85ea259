// Assembles the page: the world, the views on it, and the stream of events between. README.md has the map of modules
// and the names that tests may rely on.

import { actsOf } from "/page/acts.js";
import { Refusal } from "/page/api.js";
import { showChats, titleOf } from "/page/chats.js";
import { Composer } from "/page/composer.js";
import { Drafts } from "/page/drafts.js";
import { acceptDrops } from "/page/drop.js";
import { button, element } from "/page/element.js";
import { Events } from "/page/events.js";
import { showHeading, showNote, showTools } from "/page/heading.js";
import { say, speak } from "/page/i18n.js";
import { icon } from "/page/icon.js";
import { Log } from "/page/log.js";
import { showMe } from "/page/people.js";
import { showTheme } from "/page/theme.js";
import { toast } from "/page/toast.js";
import { welcome } from "/page/welcome.js";
import { addressed, World } from "/page/world.js";

const RETRY_MS = 1500;
const at = (id) => document.getElementById(id);

const world = new World();
const bottom = element("div", { class: "bottom-inside" });
const down = button("", {
  class: "round-button down",
  "data-testid": "down",
  hidden: true,
  onclick: () => log.toEnd(),
});
const composer = new Composer(world, bottom);
const log = new Log(world, at("scroll"), at("log"), showDistance);
const drafts = new Drafts(world, at("drafts"), () => {
  heading();
  log.settle();
});
const events = new Events((event) => (event.type === "reset" ? begin() : world.take(event)), connection);
log.acts = actsOf(world, composer, log);

world.addEventListener("open", open);
world.addEventListener("people", people);
world.addEventListener("note", () => showNote(at("banner"), world));
world.addEventListener("draft", ({ detail }) => drafts.draft(detail));
world.addEventListener("action", ({ detail }) => drafts.action(detail));
world.addEventListener("message", ({ detail: { chat, message } }) => {
  if (message.from?.id === world.bot.id) drafts.end(chat);
  if (chat === world.chat) here(() => log.add(message));
});
world.addEventListener("edit", ({ detail: { chat, message } }) => chat === world.chat && log.change(message));
world.addEventListener("delete", ({ detail: { chat, id } }) => chat === world.chat && here(() => log.remove(id)));
world.addEventListener("reaction", ({ detail: { chat, id } }) => chat === world.chat && log.redraw(id));
addEventListener("hashchange", () => {
  const { person, chat } = addressed();
  if (person !== world.person) world.be(person);
  if (chat !== world.chat) world.open(chat);
});

addEventListener("popstate", leave);

at("frame").dataset.view = location.hash ? "talk" : "chats";
showTheme();
speak();
at("talk-bottom").append(down, bottom);
acceptDrops(at("talk"), (files) => composer.attach(files));
await begin();

// Reads the world and follows it, at the start and whenever the server does not know any more what came last; until it
// answers, says so and tries again. What happens while the world is read is told once more after that.
async function begin() {
  try {
    await world.load();
    events.follow(world.seq);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    connection(false);
    setTimeout(begin, RETRY_MS);
  }
}

function open() {
  speak(world.me.language_code);
  showTools(at("tools"), open);
  people();
  showNote(at("banner"), world);
  composer.show();
  here(() => log.show());
  drafts.show();
  composer.focus();
}

function people() {
  showChats(at("chats"), world, enter);
  showMe(at("me"), world);
  heading();
}

// On a phone the conversation comes in front of the list, and the way back leads to the list.
function enter(chat) {
  if (at("frame").dataset.view === "chats") history.pushState(null, "", location.href);
  at("frame").dataset.view = "talk";
  world.open(chat);
}

function leave() {
  at("frame").dataset.view = "chats";
  at("chats").querySelector("[aria-current]")?.focus();
}

function heading() {
  showHeading(at("talk-top"), world, drafts.wordsFor(world.chat), leave);
  document.title = `${titleOf(world.current, world)} · Lookout`;
}

// Draws in the log, and the welcome instead while there is nothing in it.
function here(draw) {
  at("scroll").querySelector(".welcome")?.remove();
  draw();
  if (!world.historyOf(world.chat).messages.length) at("scroll").prepend(welcome(world, composer));
}

function showDistance(away, missed) {
  down.hidden = !away;
  const label = missed ? say("down.missed", { count: missed }) : say("down");
  down.setAttribute("aria-label", label);
  down.title = label;
  down.replaceChildren(icon("down"), ...(missed ? [element("span", { class: "unread" }, missed)] : []));
}

function connection(up) {
  const bar = at("connection");
  const wasLost = bar.dataset.state === "lost";
  bar.dataset.state = up ? "up" : "lost";
  bar.textContent = up ? "" : say("connection.lost");
  if (up && wasLost) toast(say("connection.back"));
}
