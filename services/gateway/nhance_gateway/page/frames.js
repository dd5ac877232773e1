// Which frame is on show, and the way to any other: exact, by the times of the frames.

/** Where playback begins: phones show no frame before they are sent to one. */
export const START_S = 0.001;

/** Evenly spaced times, for when the report has none. */
export function evenTimes(frames, duration) {
  return Array.from({ length: frames }, (_, index) => (index * duration) / frames);
}

/** The index of the frame on show at `time`: the last that has begun. `times` ascend. */
export function frameAt(times, time) {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= time + 1e-4) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A moment well inside a frame, whatever a player rounds to. */
export function middleOf(times, index) {
  const next = times[index + 1] ?? times[index] + (times[index] - (times[index - 1] ?? times[index] - 0.04));
  return (times[index] + next) / 2;
}

export class Frames {
  #wanted = null;
  #placed = false; // by a step; until it plays, the player's own time is the frame's
  #first = null; // when the player itself says that the first frame is shown

  /** `times`: when each frame is shown; `onFrame(index)` whenever another one is. */
  constructor(video, times, onFrame) {
    this.video = video;
    this.times = times;
    this.onFrame = onFrame;
    this.index = 0;
    video.addEventListener("seeked", () => this.#seeked());
    video.addEventListener("play", () => { this.#placed = false; });
    if (video.requestVideoFrameCallback) {
      const next = (_, { mediaTime }) => {
        if (video.currentTime <= START_S) this.#first ??= mediaTime;
        // Word of a frame may come late, when a step has led to another one.
        if (!this.#placed) this.#show(mediaTime);
        else if (!video.seeking) this.#show(video.currentTime);
        video.requestVideoFrameCallback(next);
      };
      video.requestVideoFrameCallback(next);
    } else {
      video.addEventListener("timeupdate", () => this.#show(video.currentTime));
      const next = () => {
        if (!video.paused) this.#show(video.currentTime);
        this.tick = requestAnimationFrame(next);
      };
      next();
    }
  }

  close() {
    cancelAnimationFrame(this.tick);
  }

  /** Go to a frame and stay there. While one seek is under way only the last wish counts. */
  go(index) {
    this.video.pause();
    const target = Math.min(Math.max(index, 0), this.times.length - 1);
    const busy = this.#wanted !== null;
    this.#wanted = target;
    this.#placed = true;
    if (!busy) this.video.currentTime = middleOf(this.times, target);
  }

  /** One frame on or back, from where the last wish leads. */
  step(by) {
    this.go((this.#wanted ?? this.index) + by);
  }

  #seeked() {
    const reached = frameAt(this.times, this.video.currentTime);
    if (this.#wanted !== null && this.#wanted !== reached) {
      this.video.currentTime = middleOf(this.times, this.#wanted);
      return;
    }
    this.#wanted = null;
    this.#show(this.video.currentTime);
  }

  /** Take exact times. Some players count from the movie's start, some from the first frame. */
  learn(times) {
    const shift = (this.#first ?? times[0]) - times[0];
    this.times = times.map((time) => time + shift);
  }

  #show(time) {
    this.index = frameAt(this.times, time);
    this.onFrame(this.index);
  }
}
