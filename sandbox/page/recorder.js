// Records a voice note in place of the composer: a running clock, the loudness, stop or throw away.

import { lengthOf } from "/page/clock.js";
import { button, element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { icon } from "/page/icon.js";

const TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
const SUFFIXES = { "audio/ogg": "ogg", "audio/webm": "webm", "audio/mp4": "m4a" };

/** Whether this browser has a microphone to offer; it has none on a page that is neither local nor https. */
export const canRecord = () => Boolean(window.MediaRecorder && navigator.mediaDevices?.getUserMedia && typeFor());

const typeFor = () => TYPES.find((type) => MediaRecorder.isTypeSupported(type));

export class Recorder {
  /** `box` is covered while the recording runs. */
  constructor(box) {
    this.box = box;
  }

  /** The recording as a File, or null when it was thrown away. */
  async record() {
    const stream = await microphone();
    const type = typeFor();
    const recorder = new MediaRecorder(stream, { mimeType: type });
    const chunks = [];
    recorder.ondataavailable = (event) => chunks.push(event.data);
    const panel = new Panel(stream);
    this.box.append(panel.node);
    recorder.start();
    panel.run();
    const keep = await panel.decision;
    const stopped = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.stop();
    await stopped;
    panel.end();
    for (const track of stream.getTracks()) track.stop();
    const [plain] = type.split(";");
    return keep ? new File(chunks, `voice.${SUFFIXES[plain]}`, { type: plain }) : null;
  }
}

async function microphone() {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    throw new Error(say("record.denied"), { cause: error });
  }
}

class Panel {
  #began = performance.now();
  #sound = new AudioContext();

  constructor(stream) {
    this.#listen(stream);
    this.time = element("span", { class: "record-time", role: "timer" }, "0:00");
    this.level = element("span", { class: "record-level" });
    this.decision = new Promise((resolve) => (this.decide = resolve));
    this.node = element(
      "div",
      {
        class: "record",
        role: "group",
        "aria-label": say("record"),
        "data-testid": "recording",
        onkeydown: (event) => event.key === "Escape" && this.decide(false),
      },
      button(
        say("record.discard"),
        { class: "icon-button", "data-testid": "record-discard", onclick: () => this.decide(false) },
        icon("trash"),
      ),
      element("span", { class: "record-dot" }),
      this.time,
      element("span", { class: "record-meter" }, this.level),
      button(
        say("send"),
        { class: "go", "data-testid": "record-send", onclick: () => this.decide(true) },
        icon("send"),
      ),
    );
  }

  /** Keeps the clock and the meter going; without its panel (one has gone elsewhere) a recording is thrown away. */
  run() {
    if (!this.node.contains(document.activeElement)) this.node.querySelector(".go").focus();
    if (!this.node.isConnected) return this.decide(false);
    this.analyser.getByteTimeDomainData(this.samples);
    const loudness = Math.max(...this.samples.map((sample) => Math.abs(sample - 128))) / 128;
    this.level.style.transform = `scaleX(${loudness.toFixed(2)})`;
    this.time.textContent = lengthOf((performance.now() - this.#began) / 1000);
    requestAnimationFrame(() => this.run());
  }

  end() {
    this.node.remove();
    this.#sound.close();
  }

  #listen(stream) {
    this.analyser = this.#sound.createAnalyser();
    this.samples = new Uint8Array(this.analyser.fftSize);
    this.#sound.createMediaStreamSource(stream).connect(this.analyser);
  }
}
