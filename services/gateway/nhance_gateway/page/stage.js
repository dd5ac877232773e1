// The canvas: source and enhanced are the two halves of every frame of one video, so they can't
// be out of step.

import * as at from "./picture.js";

export class Stage {
  mode = "divider";
  divider = 0.5; // of what is visible, from the left
  #scale = null; // null fits the stage
  #centre = { x: 0.5, y: 0.5 };

  /** `halved` says that the video holds source and enhanced; otherwise it is shown as it is. */
  constructor(canvas, video, { halved, onDraw }) {
    this.canvas = canvas;
    this.video = video;
    this.halved = halved;
    this.onDraw = onDraw;
    this.context = canvas.getContext("2d");
    this.watch = new ResizeObserver(() => this.#resize());
    this.watch.observe(canvas);
  }

  close() {
    this.watch.disconnect();
  }

  get ready() {
    return this.video.videoWidth > 0 && this.canvas.width > 0;
  }

  /** The size of source and enhanced, each. */
  get picture() {
    const { videoWidth: width, videoHeight: height } = this.video;
    return { width: this.halved ? width / 2 : width, height };
  }

  get #panes() {
    return at.panesOf(this.mode, { width: this.canvas.width, height: this.canvas.height }, this.picture);
  }

  get fit() {
    return at.fitOf(this.#panes[0], this.picture);
  }

  /** Device pixels for each pixel of the video. */
  get scale() {
    return this.#scale ?? this.fit;
  }

  get zoomed() {
    return this.#scale !== null;
  }

  /** What is visible of the first pane, in CSS pixels: where the divider goes. */
  get visible() {
    const [pane] = this.#panes;
    const found = at.visibleOf(at.placeOf(pane, this.picture, this.scale, this.#centre), pane);
    const ratio = this.canvas.clientWidth / this.canvas.width;
    return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, value * ratio]));
  }

  /** Zoom to a scale around a point in CSS pixels; at or below fitting, the whole is shown. */
  zoom(scale, point = null) {
    const pane = this.#paneAt(point);
    const from = this.scale;
    const to = at.scaleWithin(scale, pane, this.picture);
    const around = point ? this.#device(point)
      : { x: pane.x + pane.width / 2, y: pane.y + pane.height / 2 };
    const centre = at.centreAround(around, pane, this.picture, this.#centre, from, to);
    this.#scale = to <= this.fit * 1.001 ? null : to;
    this.#centre = at.centreWithin(centre, this.scale, pane, this.picture);
    this.draw();
  }

  fitAll() {
    this.#scale = null;
    this.#centre = { x: 0.5, y: 0.5 };
    this.draw();
  }

  /** Move the picture by so many CSS pixels. */
  pan(dx, dy) {
    const [pane] = this.#panes;
    const ratio = this.canvas.width / this.canvas.clientWidth / this.scale;
    this.#centre = at.centreWithin(
      {
        x: this.#centre.x - (dx * ratio) / this.picture.width,
        y: this.#centre.y - (dy * ratio) / this.picture.height,
      },
      this.scale, pane, this.picture,
    );
    this.draw();
  }

  draw() {
    if (!this.ready) return;
    const { width, height } = this.canvas;
    this.context.clearRect(0, 0, width, height);
    const panes = this.#panes;
    this.#scale = this.#scale && at.scaleWithin(this.#scale, panes[0], this.picture);
    this.#centre = at.centreWithin(this.#centre, this.scale, panes[0], this.picture);
    this.#paint(this.context, panes, this.scale, this.#centre);
    this.onDraw();
  }

  /** The whole picture of this moment in this mode, at the video's own size. */
  still() {
    const { width, height } = this.picture;
    const doubled = this.mode === "side" ? 2 : 1;
    const canvas = new OffscreenCanvas(width * doubled, height);
    const panes = Array.from({ length: doubled }, (_, index) => ({ x: index * width, y: 0, width, height }));
    const context = canvas.getContext("2d");
    this.#paint(context, panes, 1, { x: 0.5, y: 0.5 });
    if (this.mode === "divider" || this.mode === "swipe") {
      context.fillStyle = "#fff";
      context.fillRect(Math.round(width * this.divider) - 1, 0, 2, height);
    }
    return canvas.convertToBlob({ type: "image/png" });
  }

  #paint(context, panes, scale, centre) {
    context.imageSmoothingEnabled = scale < 2;
    context.imageSmoothingQuality = "high";
    const [source, enhanced] = [0, this.halved ? 1 : 0];
    const [pane] = panes;
    switch (this.mode) {
      case "side":
        this.#half(context, source, pane, pane, scale, centre);
        this.#half(context, enhanced, panes[1], panes[1], scale, centre);
        break;
      case "source":
        this.#half(context, source, pane, pane, scale, centre);
        break;
      case "enhanced":
        this.#half(context, enhanced, pane, pane, scale, centre);
        break;
      default: {
        const seen = at.visibleOf(at.placeOf(pane, this.picture, scale, centre), pane);
        const left = { ...seen, width: Math.round(seen.width * this.divider) };
        const right = { ...seen, x: seen.x + left.width, width: seen.width - left.width };
        this.#half(context, source, pane, left, scale, centre);
        this.#half(context, enhanced, pane, right, scale, centre);
      }
    }
  }

  /** One half of the video, placed in `pane`, of which only `clip` is painted. */
  #half(context, half, pane, clip, scale, centre) {
    const { width, height } = this.picture;
    const place = at.placeOf(pane, this.picture, scale, centre);
    context.save();
    context.beginPath();
    context.rect(clip.x, clip.y, clip.width, clip.height);
    context.clip();
    context.drawImage(this.video, half * width, 0, width, height, place.x, place.y, place.width, place.height);
    context.restore();
  }

  #device({ x, y }) {
    const ratio = this.canvas.width / this.canvas.clientWidth;
    return { x: x * ratio, y: y * ratio };
  }

  #paneAt(point) {
    const panes = this.#panes;
    if (point === null) return panes[0];
    const { x, y } = this.#device(point);
    return panes.find((pane) => x < pane.x + pane.width && y < pane.y + pane.height) ?? panes[0];
  }

  #resize() {
    const { clientWidth, clientHeight } = this.canvas;
    this.canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.canvas.height = Math.round(clientHeight * devicePixelRatio);
    this.draw();
  }
}
