// The conversation: rows grouped by day and sender. Only the newest rows stand in the page until one scrolls up.

import { belongs, blocksOf } from "/page/album.js";
import { dayOf } from "/page/clock.js";
import { element } from "/page/element.js";
import { serviceText } from "/page/kind.js";
import { isMine, messageRow } from "/page/message.js";
import { gestures } from "/page/gesture.js";

const PAGE = 60;
const KEPT = 300;
const NEAR_PX = 120;
const JOINED_SECONDS = 300;

/** Shows the open chat in `scroll`, rows in `node`; `ondistance(away, missed)` hears when one leaves the newest. */
export class Log {
  #entries = [];
  #blocks = [];
  #first = 0;
  #missed = 0;
  #pinned = true;
  #top = 0;
  #height = 0;

  constructor(world, scroll, node, ondistance) {
    Object.assign(this, { world, scroll, node, ondistance, acts: null });
    scroll.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.settle()).observe(node);
    new ResizeObserver(() => this.settle()).observe(scroll);
    node.addEventListener("keydown", (event) => this.#walk(event));
    gestures(
      node,
      (id) => this.#message(id),
      (message) => this.acts.reply(message),
      (message, where) => this.acts.menu(message, where),
    );
  }

  /** Draws the open chat anew, at its end. */
  show() {
    this.node.setAttribute("aria-busy", "true");
    this.#blocks = blocksOf(this.world.historyOf(this.world.chat).messages);
    this.#first = Math.max(0, this.#blocks.length - PAGE);
    this.#entries = this.#blocks.slice(this.#first).map((block) => this.#entry(block));
    this.#entries.forEach((_, at) => this.#dress(at));
    this.node.replaceChildren(...this.#entries.map((entry) => entry.node));
    this.toEnd();
    requestAnimationFrame(() => this.node.removeAttribute("aria-busy"));
  }

  /** Takes a new message: at the end, into its album, or in its place when it came late. */
  add(message) {
    const last = this.#blocks.at(-1);
    if (last && belongs(message, last)) {
      last.push(message);
      this.#redraw(this.#entries.length - 1);
    } else if (!last || message.message_id > last.at(-1).message_id) {
      this.#append([message]);
    } else {
      this.show();
    }
    if (isMine(message, this.world)) this.toEnd();
    else if (!this.#pinned) this.#miss();
  }

  change(message) {
    const at = this.#find(message.message_id);
    if (at < 0) return;
    const block = this.#entries[at].block;
    block[block.findIndex((one) => one.message_id === message.message_id)] = message;
    this.#redraw(at).setAttribute("aria-live", "off");
  }

  remove(id) {
    const at = this.#find(id);
    if (at < 0) return;
    const { block, node } = this.#entries[at];
    block.splice(
      block.findIndex((one) => one.message_id === id),
      1,
    );
    if (block.length) return void this.#redraw(at);
    this.#entries.splice(at, 1);
    this.#blocks.splice(this.#first + at, 1);
    node.remove();
    for (const neighbour of [at - 1, at]) if (this.#entries[neighbour]) this.#dress(neighbour);
  }

  /** Redraws one message where it stands (its reactions changed). */
  redraw(id) {
    const at = this.#find(id);
    if (at >= 0) this.#redraw(at);
  }

  /** Scrolls to a message and marks it; false when it is not in this chat. */
  jump(id) {
    const at = this.#blocks.findIndex((block) => block.some((message) => message.message_id === id));
    if (at < 0) return false;
    this.#pinned = false;
    if (at < this.#first) this.#prepend(this.#first - at + PAGE / 2);
    const { row } = this.#entries[at - this.#first];
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
    row.classList.add("marked");
    setTimeout(() => row.classList.remove("marked"), 1600);
    return true;
  }

  toEnd() {
    this.#pinned = true;
    this.#trim();
    this.settle();
    this.#missed = 0;
    this.ondistance(false, 0);
  }

  #message(id) {
    return this.world.historyOf(this.world.chat).get(id);
  }

  #find(id) {
    return this.#entries.findLastIndex((entry) => entry.block.some((message) => message.message_id === id));
  }

  #entry(block) {
    const row = messageRow(block, this.world, this.acts);
    return { block, row, node: element("div", { class: "entry" }, row) };
  }

  #append(block) {
    const entry = this.#entry(block);
    this.#blocks.push(block);
    this.#entries.push(entry);
    this.#dress(this.#entries.length - 1);
    if (this.#entries.length > 1) this.#dress(this.#entries.length - 2);
    this.node.append(entry.node);
    if (this.#pinned) this.#trim();
    this.settle();
  }

  #prepend(count) {
    const from = Math.max(0, this.#first - count);
    const older = this.#blocks.slice(from, this.#first).map((block) => this.#entry(block));
    const fromEnd = this.scroll.scrollHeight - this.scroll.scrollTop;
    this.#first = from;
    this.#entries.unshift(...older);
    older.forEach((_, at) => this.#dress(at));
    if (this.#entries[older.length]) this.#dress(older.length);
    this.node.prepend(...older.map((entry) => entry.node));
    this.scroll.scrollTop = this.scroll.scrollHeight - fromEnd;
  }

  // Lets go of old rows while nobody looks at them: scrolling up draws them again.
  #trim() {
    if (this.#entries.length <= KEPT) return;
    const gone = this.#entries.splice(0, this.#entries.length - PAGE);
    for (const entry of gone) entry.node.remove();
    this.#first += gone.length;
    this.#dress(0);
  }

  #redraw(at) {
    const entry = this.#entries[at];
    const focused = entry.row === document.activeElement;
    const row = messageRow(entry.block, this.world, this.acts);
    entry.row.replaceWith(row);
    entry.row = row;
    this.#dress(at);
    if (focused) row.focus({ preventScroll: true });
    this.settle();
    return row;
  }

  // What depends on the neighbours: the day above, and whether rows of one sender stand together.
  #dress(at) {
    const {
      block: [message],
      node,
      row,
    } = this.#entries[at];
    const [before, after] = [this.#entries[at - 1]?.block[0], this.#entries[at + 1]?.block[0]];
    const day = dayOf(message.date);
    node.querySelector(".day")?.remove();
    if (!before || dayOf(before.date) !== day) node.prepend(element("div", { class: "day" }, element("span", {}, day)));
    row.classList.toggle("first", !joined(before, message));
    row.classList.toggle("last", !joined(message, after));
  }

  #miss() {
    this.#missed += 1;
    this.ondistance(true, this.#missed);
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroll;
    const near = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    // Away only by scrolling up: content that grows or shrinks below (a picture that loads, a draft that ends) leaves one
    // at the end, and a shorter page moves by itself.
    if (near) this.#pinned = true;
    else if (scrollTop < this.#top && scrollHeight === this.#height) this.#pinned = false;
    [this.#top, this.#height] = [scrollTop, scrollHeight];
    if (this.#pinned) this.#missed = 0;
    this.ondistance(!this.#pinned, this.#missed);
    if (scrollTop < NEAR_PX * 4 && this.#first > 0) this.#prepend(PAGE);
  }

  /** Keeps the newest in sight for whoever was looking at it. */
  settle() {
    if (this.#pinned) this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  #walk(event) {
    if (event.target !== this.node && !event.target.matches(".row")) return;
    const rows = [...this.node.querySelectorAll(".row[tabindex]")];
    const at = rows.indexOf(event.target);
    const message = this.#message(Number(event.target.dataset.messageId));
    const to = { ArrowUp: at < 0 ? rows.length - 1 : at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 }[
      event.key
    ];
    if (to !== undefined) rows[Math.max(0, Math.min(to, rows.length - 1))]?.focus();
    else if (message && (event.key === "Enter" || event.key === "ContextMenu"))
      this.acts.menu(message, event.target.querySelector(".bubble"));
    else if (message && event.key === "r" && !event.ctrlKey && !event.metaKey) this.acts.reply(message);
    else return;
    event.preventDefault();
  }
}

function joined(earlier, later) {
  if (!earlier || !later || serviceText(earlier) || serviceText(later)) return false;
  return (
    earlier.from?.id === later.from?.id &&
    later.date - earlier.date < JOINED_SECONDS &&
    dayOf(earlier.date) === dayOf(later.date)
  );
}
