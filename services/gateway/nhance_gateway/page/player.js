// The player's controls: by mouse, by touch and by keys.

import { say } from "./dom.js";
import { timecode } from "./format.js";
import { Frames, START_S, evenTimes } from "./frames.js";
import { Stage } from "./stage.js";
import * as still from "./still.js";

const MODES = ["divider", "side", "swipe", "source", "enhanced"];
const ZOOM_STEP = 1.5;
const SWIPE_S = 4;
const PAN_STEP = 40;

export class Player {
  #pointers = new Map();
  #pinch = null;
  #moved = false;
  #gone = new AbortController();

  /**
   * `parts`: of the template; `source`: {address, halved, times, frames, name}, where `times` is a
   * promise of those of its frames, or of null; `onFrame(time)` follows the frame on show.
   */
  constructor(parts, source, onFrame) {
    this.parts = parts;
    this.source = source;
    this.onFrame = onFrame;
    const { video, canvas } = parts;
    this.stage = new Stage(canvas, video, { halved: source.halved, onDraw: () => this.#placeDivider() });
    this.#showMode(source.halved ? "divider" : "enhanced");
    parts.modes.hidden = !source.halved;
    video.addEventListener("loadedmetadata", () => this.#start(), { once: true });
    video.addEventListener("error", () => this.#fail());
    video.src = `${source.address}#t=${START_S}`;
    this.#connectButtons();
    this.#connectStage();
    this.#connectDivider();
    this.#connectKeys();
  }

  close() {
    this.#gone.abort();
    cancelAnimationFrame(this.sweep);
    this.frames?.close();
    this.stage.close();
    this.parts.video.removeAttribute("src");
    this.parts.video.load();
  }

  async #start() {
    const { video, note, timeline, player } = this.parts;
    this.#shape();
    this.frames = new Frames(video, evenTimes(this.source.frames, video.duration), (index) => {
      note.hidden = true;
      this.#showFrame(index);
    });
    const times = await this.source.times;
    if (times) this.frames.learn(times);
    timeline.max = this.frames.times.length - 1;
    player.dataset.ready = "";
    this.#showFrame(this.frames.index);
  }

  /** Give the stage the shape of what the mode shows. */
  #shape() {
    if (!this.parts.video.videoWidth) return;
    const { width, height } = this.stage.picture;
    const side = this.stage.mode === "side";
    const stacked = side && width > height && this.parts.stage.clientWidth < 700;
    const shape = side ? (stacked ? [width, 2 * height] : [2 * width, height]) : [width, height];
    this.parts.stage.style.setProperty("--ratio", shape.join(" / "));
  }

  #fail() {
    const { note } = this.parts;
    note.hidden = false;
    say(note, "This browser can't play the comparison. The enhanced video can be downloaded below.");
  }

  #showFrame(index) {
    const { timeline, clock } = this.parts;
    const { times } = this.frames;
    this.stage.draw();
    timeline.value = index;
    const text = `Frame ${index + 1} of ${times.length}`;
    timeline.setAttribute("aria-valuetext", `${text}, ${timecode(times[index])}`);
    say(clock, `${text} · ${timecode(times[index])}`);
    this.onFrame(times[index]);
  }

  // Buttons

  #connectButtons() {
    const { video, timeline, back, forward, play, loop, mute, modes, zoomIn, zoomOut, zoom, full,
      save, share } = this.parts;
    const { stage } = this;
    back.addEventListener("click", () => this.frames?.step(-1));
    forward.addEventListener("click", () => this.frames?.step(1));
    play.addEventListener("click", () => this.#togglePlay());
    for (const name of ["play", "pause"]) video.addEventListener(name, () => this.#showPlaying());
    loop.addEventListener("click", () => {
      video.loop = !video.loop;
      loop.setAttribute("aria-pressed", video.loop);
    });
    mute.addEventListener("click", () => {
      video.muted = !video.muted;
      mute.setAttribute("aria-pressed", video.muted);
    });
    timeline.addEventListener("input", () => this.frames?.go(Number(timeline.value)));
    modes.addEventListener("change", (event) => this.#showMode(event.target.value));
    zoomIn.addEventListener("click", () => stage.zoom(stage.scale * ZOOM_STEP));
    zoomOut.addEventListener("click", () => stage.zoom(stage.scale / ZOOM_STEP));
    zoom.addEventListener("click", () => (stage.zoomed ? stage.fitAll() : stage.zoom(1)));
    full.addEventListener("click", () => this.#toggleFull());
    document.addEventListener("fullscreenchange", () => {
      full.setAttribute("aria-pressed", document.fullscreenElement === this.parts.player);
    }, { signal: this.#gone.signal });
    save.addEventListener("click", async () => still.save(await stage.still(), this.#stillName()));
    share.hidden = !still.canShare();
    share.addEventListener("click", async () => still.share(await stage.still(), this.#stillName()));
  }

  #togglePlay() {
    const { video } = this.parts;
    if (!video.paused) video.pause();
    else video.play().catch(() => {}); // refused or broken: the button still says "Play"
  }

  #showPlaying() {
    const { video, play, player } = this.parts;
    player.toggleAttribute("data-playing", !video.paused);
    play.setAttribute("aria-label", video.paused ? "Play" : "Pause");
  }

  #toggleFull() {
    const { player, full } = this.parts;
    if (!player.requestFullscreen) {
      // Phones that have it for videos alone: the player fills the page instead.
      full.setAttribute("aria-pressed", player.classList.toggle("filling"));
    } else if (document.fullscreenElement) document.exitFullscreen();
    else player.requestFullscreen();
  }

  #stillName() {
    const stem = this.source.name.replace(/\.[^.]*$/, "");
    return `${stem}.frame-${this.frames.index + 1}.png`;
  }

  #showMode(mode) {
    const { parts, stage } = this;
    stage.mode = mode;
    parts.player.dataset.mode = mode;
    const chosen = parts.modes.querySelector(`[value=${mode}]`);
    if (chosen) chosen.checked = true;
    const divided = mode === "divider" || mode === "swipe";
    parts.divider.hidden = !divided;
    parts.tagSource.hidden = !this.source.halved || mode === "enhanced";
    parts.tagEnhanced.hidden = mode === "source";
    parts.canvas.setAttribute("aria-label", {
      divider: "Source on the left of the divider, enhanced on the right",
      swipe: "Source on the left of a moving divider, enhanced on the right",
      side: "Source and enhanced side by side",
      source: "The source alone",
      enhanced: "The enhanced video alone",
    }[mode]);
    this.#shape();
    cancelAnimationFrame(this.sweep);
    if (mode === "swipe") this.#sweepOn(performance.now(), stage.divider);
    stage.draw();
  }

  /** The divider goes to and fro from where it is. */
  #sweepOn(start, from) {
    const phase = Math.asin(2 * from - 1);
    const next = (now) => {
      const angle = phase + ((now - start) / 1000) * ((2 * Math.PI) / SWIPE_S);
      this.stage.divider = 0.5 + 0.5 * Math.sin(angle);
      this.stage.draw();
      this.sweep = requestAnimationFrame(next);
    };
    this.sweep = requestAnimationFrame(next);
  }

  // The divider

  #moveDivider(to) {
    if (this.stage.mode === "swipe") this.#showMode("divider");
    this.stage.divider = Math.min(Math.max(to, 0), 1);
    this.stage.draw();
  }

  #moveDividerTo(clientX) {
    const { left } = this.parts.canvas.getBoundingClientRect();
    const { x, width } = this.stage.visible;
    this.#moveDivider((clientX - left - x) / width);
  }

  #placeDivider() {
    const { parts, stage } = this;
    const { x, y, width, height } = stage.visible;
    parts.stage.style.setProperty("--divider", `${x + width * stage.divider}px`);
    parts.stage.style.setProperty("--top", `${y}px`);
    parts.stage.style.setProperty("--height", `${height}px`);
    const share = Math.round(100 * stage.divider);
    parts.divider.setAttribute("aria-valuenow", share);
    parts.divider.setAttribute("aria-valuetext", `${share} % source, ${100 - share} % enhanced`);
    parts.stage.toggleAttribute("data-zoomed", stage.zoomed);
    say(parts.zoom, stage.zoomed ? `${Math.round(100 * stage.scale)} %` : "Fit");
    if (stage.mode === "divider" || stage.mode === "swipe") {
      parts.tagSource.toggleAttribute("data-covered", width * stage.divider < 90);
      parts.tagEnhanced.toggleAttribute("data-covered", width * (1 - stage.divider) < 110);
    } else {
      parts.tagSource.removeAttribute("data-covered");
      parts.tagEnhanced.removeAttribute("data-covered");
    }
  }

  #connectDivider() {
    const { divider } = this.parts;
    divider.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      divider.setPointerCapture(event.pointerId);
    });
    divider.addEventListener("pointermove", (event) => {
      if (divider.hasPointerCapture(event.pointerId)) this.#moveDividerTo(event.clientX);
    });
    divider.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 0.1 : 0.01;
      const to = {
        ArrowLeft: this.stage.divider - step,
        ArrowDown: this.stage.divider - step,
        ArrowRight: this.stage.divider + step,
        ArrowUp: this.stage.divider + step,
        PageDown: this.stage.divider - 0.1,
        PageUp: this.stage.divider + 0.1,
        Home: 0,
        End: 1,
      }[event.key];
      if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.#moveDivider(to);
    });
  }

  // The picture: one pointer drags the divider or the zoomed view, two pinch

  #connectStage() {
    const { canvas, stage: holder } = this.parts;
    const { stage } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.#pointers.set(event.pointerId, event);
      this.#moved = false;
      this.#pinch = this.#pointers.size === 2 ? { span: this.#span(), scale: stage.scale } : null;
      if (this.#dividing) this.#moveDividerTo(event.clientX);
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = this.#pointers.get(event.pointerId);
      if (before === undefined) return;
      this.#pointers.set(event.pointerId, event);
      this.#moved = true;
      if (this.#pinch) stage.zoom((this.#pinch.scale * this.#span()) / this.#pinch.span, this.#middle());
      else if (this.#dividing) this.#moveDividerTo(event.clientX);
      else stage.pan(event.clientX - before.clientX, event.clientY - before.clientY);
    });
    for (const name of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(name, (event) => {
        this.#pointers.delete(event.pointerId);
        this.#pinch = null;
      });
    }
    // A click on the zoomed picture brings that point to the middle: moving without dragging.
    canvas.addEventListener("click", (event) => {
      if (this.#moved || !stage.zoomed || event.detail > 1) return;
      const { x, y } = this.#local(event);
      stage.pan(canvas.clientWidth / 2 - x, canvas.clientHeight / 2 - y);
    });
    // On the holder, since the first click may have brought the divider under the pointer.
    holder.addEventListener("dblclick", (event) => {
      if (stage.zoomed) stage.fitAll();
      else stage.zoom(Math.max(1, 2 * stage.fit), this.#local(event));
    });
    holder.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      stage.zoom(stage.scale * Math.exp(-event.deltaY / 200), this.#local(event));
    }, { passive: false });
  }

  get #dividing() {
    return !this.stage.zoomed && this.#pointers.size === 1
      && (this.stage.mode === "divider" || this.stage.mode === "swipe");
  }

  #local({ clientX, clientY }) {
    const { left, top } = this.parts.canvas.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #span() {
    const [a, b] = [...this.#pointers.values()];
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) || 1;
  }

  #middle() {
    const [a, b] = [...this.#pointers.values()].map((event) => this.#local(event));
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  }

  // Keys, while something in the player has the focus

  #connectKeys() {
    const { parts, stage } = this;
    parts.player.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const act = this.#actionOf(event);
      if (act === undefined) return;
      event.preventDefault();
      act();
      stage.draw();
    });
  }

  #actionOf({ key, target }) {
    const { parts, stage } = this;
    const mode = MODES[Number(key) - 1];
    if (mode && this.source.halved) return () => this.#showMode(mode);
    if (target === parts.canvas && stage.zoomed) {
      const [dx, dy] = {
        ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
      }[key] ?? [];
      if (dx !== undefined) return () => stage.pan(dx * PAN_STEP, dy * PAN_STEP);
    }
    if (key === " " && target.matches("button, input[type=radio]")) return undefined;
    return {
      " ": () => this.#togglePlay(),
      ",": () => this.frames?.step(-1),
      ".": () => this.frames?.step(1),
      "+": () => parts.zoomIn.click(),
      "=": () => parts.zoomIn.click(),
      "-": () => parts.zoomOut.click(),
      0: () => stage.fitAll(),
      l: () => parts.loop.click(),
      m: () => parts.mute.click(),
      f: () => this.#toggleFull(),
    }[key.toLowerCase()];
  }
}
