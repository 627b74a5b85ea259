// A voice note: its real waveform, play and pause, a place to jump to, and three speeds.

import { fetchBlob, fileAddress } from "/page/api.js";
import { lengthOf } from "/page/clock.js";
import { button, element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { icon } from "/page/icon.js";
import { toast } from "/page/toast.js";

const BARS = 46;
const SPEEDS = [1, 1.5, 2];
const STEP_SECONDS = 2;
const sounds = new Map();
let playing = null;

/** The player for a Bot API Voice or Audio. */
export function voicePlayer(voice) {
  const player = new VoicePlayer(voice);
  player.load();
  return player.node;
}

class VoicePlayer {
  #seconds;
  #running = false;
  #wanted = false;

  constructor(voice) {
    this.voice = voice;
    this.#seconds = voice.duration;
    this.audio = element("audio", { preload: "metadata", "data-testid": "voice-audio" });
    this.play = button(
      say("voice.play"),
      { class: "voice-play", "data-testid": "voice-play", onclick: () => this.toggle() },
      icon("play"),
    );
    this.bars = Array.from({ length: BARS }, () => element("i"));
    this.wave = element(
      "div",
      {
        class: "voice-wave",
        role: "slider",
        tabindex: "0",
        "aria-label": say("voice.position"),
        "aria-valuemin": "0",
        onpointerdown: (event) => this.#point(event),
        onkeydown: (event) => this.#key(event),
      },
      this.bars,
    );
    this.time = element("span", { class: "voice-time" });
    this.speed = button(say("voice.speed"), { class: "voice-speed", onclick: () => this.#faster() }, "1×");
    this.node = element(
      "div",
      { class: "voice", "data-testid": "voice" },
      this.play,
      element(
        "div",
        { class: "voice-body" },
        this.wave,
        element("div", { class: "voice-foot" }, this.time, this.speed),
      ),
      this.audio,
    );
    for (const change of ["play", "pause", "ended", "timeupdate", "seeked"])
      this.audio.addEventListener(change, () => this.#show());
    this.#drawPeaks(Array.from({ length: BARS }, () => 0));
    this.#show();
  }

  /** Fetches and decodes the sound; what the browser cannot decode keeps a flat line and may still play. */
  async load() {
    const sound = await soundOf(this.voice).catch(() => null);
    if (!sound) return;
    this.audio.src = sound.address;
    this.#seconds = sound.seconds ?? this.#seconds;
    this.#drawPeaks(sound.peaks);
    this.node.classList.add("ready");
    this.#show();
    if (this.#wanted) this.toggle();
  }

  toggle() {
    if (!this.audio.src) return this.#want();
    if (!this.audio.paused) return this.audio.pause();
    if (playing !== this.audio) playing?.pause();
    playing = this.audio;
    this.audio.play().catch((error) => error.name === "NotSupportedError" && toast(say("voice.broken")));
    this.#follow();
  }

  // Plays as soon as the sound is there; if it could not be fetched, tries again.
  #want() {
    if (this.#wanted) this.load();
    this.#wanted = true;
  }

  #faster() {
    this.audio.playbackRate = SPEEDS[(SPEEDS.indexOf(this.audio.playbackRate) + 1) % SPEEDS.length];
    this.speed.textContent = `${this.audio.playbackRate}×`;
  }

  #point(event) {
    this.wave.setPointerCapture(event.pointerId);
    const seek = (moved) =>
      this.#seek(((moved.clientX - this.wave.getBoundingClientRect().left) / this.wave.clientWidth) * this.#seconds);
    seek(event);
    this.wave.onpointermove = seek;
    this.wave.onpointerup = this.wave.onpointercancel = () => (this.wave.onpointermove = null);
  }

  #key(event) {
    const step = {
      ArrowLeft: -STEP_SECONDS,
      ArrowDown: -STEP_SECONDS,
      ArrowRight: STEP_SECONDS,
      ArrowUp: STEP_SECONDS,
    }[event.key];
    if (event.key === " " || event.key === "Enter") this.toggle();
    else if (step) this.#seek(this.audio.currentTime + step);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #seek(seconds) {
    if (this.audio.src) this.audio.currentTime = Math.min(Math.max(0, seconds), this.#seconds);
    this.#show();
  }

  #follow() {
    this.#show();
    if (!this.audio.paused && this.node.isConnected) requestAnimationFrame(() => this.#follow());
    else if (!this.node.isConnected) this.audio.pause();
  }

  #drawPeaks(peaks) {
    const loudest = Math.max(...peaks, 0.01);
    this.bars.forEach((bar, i) => (bar.style.height = `${Math.round(12 + 88 * (peaks[i] / loudest))}%`));
  }

  #showPlay(running) {
    this.#running = running;
    this.play.replaceChildren(icon(running ? "pause" : "play"));
    this.play.title = say(running ? "voice.pause" : "voice.play");
    this.play.setAttribute("aria-label", this.play.title);
  }

  #show() {
    const at = this.audio.currentTime;
    const running = !this.audio.paused && !this.audio.ended;
    if (running !== this.#running) this.#showPlay(running);
    this.time.textContent = lengthOf(at > 0 && !this.audio.ended ? at : this.#seconds);
    const share = this.audio.ended ? 0 : at / Math.max(this.#seconds, 0.01);
    this.bars.forEach((bar, i) => bar.classList.toggle("played", (i + 0.5) / BARS <= share));
    this.wave.setAttribute("aria-valuemax", this.#seconds.toFixed(1));
    this.wave.setAttribute("aria-valuenow", at.toFixed(1));
    this.wave.setAttribute("aria-valuetext", `${lengthOf(at)} / ${lengthOf(this.#seconds)}`);
  }
}

// One fetch for each file, however often its message is drawn; played from memory, so jumping needs no range requests.
function soundOf(voice) {
  if (!sounds.has(voice.file_id)) {
    const sound = readSound(voice);
    sounds.set(voice.file_id, sound);
    sound.catch(() => sounds.delete(voice.file_id));
  }
  return sounds.get(voice.file_id);
}

async function readSound(voice) {
  const blob = await fetchBlob(fileAddress(voice.file_id));
  const address = URL.createObjectURL(blob);
  try {
    const decoded = await new OfflineAudioContext(1, 1, 24_000).decodeAudioData(await blob.arrayBuffer());
    return { address, seconds: decoded.duration, peaks: peaksOf(decoded.getChannelData(0)) };
  } catch {
    return { address, seconds: null, peaks: Array.from({ length: BARS }, () => 0) };
  }
}

// The loudness (root mean square) of each stretch that one bar stands for.
function peaksOf(samples) {
  const stretch = Math.max(1, Math.floor(samples.length / BARS));
  return Array.from({ length: BARS }, (_, bar) => {
    let sum = 0;
    for (let i = bar * stretch; i < (bar + 1) * stretch && i < samples.length; i += 1) sum += samples[i] ** 2;
    return Math.sqrt(sum / stretch);
  });
}
