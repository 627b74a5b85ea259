// The stream of what happens in the world (Server-Sent Events), kept open for as long as the page is.

const RETRY_MS = 1000;

/**
 * Follows /api/events; a lost connection is taken up again after the last event seen. Where the server does not know
 * what came after that one (it has started anew), it sends a "reset" and numbers on from there.
 */
export class Events {
  #source = null;
  #seq = 0;
  #timer = null;

  /** `onevent(event)` gets each event once, in order; `onconnection(up)` is told of every loss and return. */
  constructor(onevent, onconnection) {
    this.onevent = onevent;
    this.onconnection = onconnection;
  }

  /** Begins anew after the event numbered `seq`. */
  follow(seq) {
    this.#seq = seq;
    this.#open();
  }

  #open() {
    clearTimeout(this.#timer);
    this.#source?.close();
    const source = new EventSource(`/api/events?after=${this.#seq}`);
    source.onopen = () => this.onconnection(true);
    source.onmessage = (message) => this.#take(message);
    source.onerror = () => this.#lost(source);
    this.#source = source;
  }

  #take(message) {
    const event = JSON.parse(message.data);
    if (event.type !== "reset" && event.seq <= this.#seq) return;
    this.#seq = event.seq;
    this.onevent(event);
  }

  // Not left to the browser: some wait long, and some give up.
  #lost(source) {
    source.close();
    this.onconnection(false);
    this.#timer = setTimeout(() => this.#open(), RETRY_MS);
  }
}
