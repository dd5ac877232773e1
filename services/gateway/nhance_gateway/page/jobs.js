// The jobs: as the gateway tells of them, and what a person may do with each.

import { get, post, remove } from "./api.js";
import { Card } from "./card.js";
import { announce, confirmed, find } from "./dom.js";
import { bytes, count, duration, plural, rounded, when } from "./format.js";

export const ENDED = new Set(["succeeded", "failed", "cancelled"]);
const PAGE = 30;

export class Jobs {
  #entries = new Map();
  #cursor = null;

  /** `onChange()` follows every change, `onGone(id)` a deletion, `onError(error)` a failed act. */
  constructor(list, { onChange, onGone, onError }) {
    this.list = list;
    this.onChange = onChange;
    this.onGone = onGone;
    this.onError = onError;
    find("older").addEventListener("click", () => this.loadOlder().catch(onError));
  }

  get size() {
    return this.#entries.size;
  }

  get(id) {
    return this.#entries.get(id)?.job;
  }

  /** The newest jobs. What the stream has told of since `heard` began is newer than this list. */
  async load(heard) {
    const page = await get(`/v1/jobs?limit=${PAGE}`);
    const listed = new Set(page.jobs.map((job) => job.id));
    const oldest = page.jobs.at(-1)?.created_at;
    for (const [id, { job }] of this.#entries) {
      const covered = page.next_cursor === null || job.created_at >= oldest;
      if (covered && !listed.has(id) && !heard.has(id)) this.#drop(id);
    }
    for (const job of page.jobs) if (!heard.has(job.id)) this.put(job);
    this.#cursor ??= page.next_cursor;
    find("older").hidden = this.#cursor === null;
    this.onChange();
  }

  async loadOlder() {
    const page = await get(`/v1/jobs?limit=${PAGE}&cursor=${encodeURIComponent(this.#cursor)}`);
    for (const job of page.jobs) this.put(job);
    this.#cursor = page.next_cursor;
    find("older").hidden = this.#cursor === null;
    this.onChange();
  }

  /** Take a job as it stands now. */
  put(job) {
    let entry = this.#entries.get(job.id);
    if (entry === undefined) {
      entry = { card: new Card(), job };
      this.#entries.set(job.id, entry);
      this.#place(entry);
    } else if (entry.job.state !== job.state && ENDED.has(job.state)) {
      announce(`${job.source.name}: ${stateOf(job)}`);
    }
    entry.job = job;
    entry.card.show(viewOf(job, this));
    this.onChange();
  }

  /** Forget a job that is no longer there, be it listed or not. */
  gone(id) {
    this.#drop(id);
    this.onGone(id);
    this.onChange();
  }

  async cancel(job) {
    const sure = await confirmed({
      title: `Cancel ${job.source.name}?`,
      text: `${plural(job.progress.frames_done, "frame")} are done and would be lost. The video on your device stays as it is.`,
      yes: "Cancel the job",
      no: "Let it go on",
    });
    if (sure) this.put(await post(`/v1/jobs/${job.id}/cancel`));
  }

  async retry(job) {
    this.put(await post(`/v1/jobs/${job.id}/retry`));
    announce(`${job.source.name} is tried again.`);
  }

  /** Delete a job after asking; returns whether it is gone. */
  async delete(job) {
    const sure = await confirmed({
      title: `Delete ${job.source.name}?`,
      text: job.state === "succeeded"
        ? "The enhanced video and its analysis are deleted from the server for good. The video on your device stays as it is."
        : "It disappears from this list for good. The video on your device stays as it is.",
      yes: "Delete",
      no: "Keep it",
    });
    if (!sure) return false;
    await remove(`/v1/jobs/${job.id}`);
    this.gone(job.id);
    announce(`${job.source.name} is deleted.`);
    return true;
  }

  #place(entry) {
    const { element } = entry.card;
    element.dataset.created = entry.job.created_at;
    const next = [...this.list.children].find(
      (other) => (other.dataset.created ?? "z") < entry.job.created_at,
    );
    this.list.insertBefore(element, next ?? null);
  }

  #drop(id) {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const { element } = entry.card;
    const hadFocus = element.contains(document.activeElement);
    const neighbour = element.nextElementSibling ?? element.previousElementSibling;
    element.remove();
    this.#entries.delete(id);
    if (hadFocus) (neighbour?.querySelector("a[href], button") ?? find("videos-title")).focus();
  }
}

/** What is known of a video: its size, length, and how it is enhanced. */
export function factsOf(job) {
  const { width, height, rotation, duration_s: length } = job.media ?? {};
  const size = rotation % 180 ? [height, width] : [width, height];
  return [
    width && size.join(" × "),
    length && duration(length),
    bytes(job.source.bytes),
    job.options.strength === 1 ? job.options.model
      : `${job.options.model} at ${Math.round(100 * job.options.strength)} %`,
    when(job.created_at),
  ].filter(Boolean).map((fact) => fact.replaceAll(" ", "\u00a0")).join(" · ");
}

function stateOf(job) {
  return {
    waiting: "Waiting",
    reading: "Reading the video",
    enhancing: "Enhancing",
    joining: "Putting it together",
    succeeded: "Enhanced",
    failed: "Failed",
    cancelled: "Cancelled",
  }[stageOf(job)];
}

const stageOf = (job) => (ENDED.has(job.state) ? job.state : job.progress.stage);

function countOf(job) {
  const { frames_done: done, frames_total: total, frames_per_second: rate, seconds_left: left,
    queue_position: before } = job.progress;
  switch (stageOf(job)) {
    case "waiting":
      return before ? `${plural(before, "video")} before it` : "It is next.";
    case "enhancing":
      return [
        total === null ? plural(done, "frame") : `${count(done)} of ${plural(total, "frame")}`,
        rate && `${rounded(rate)} per second`,
        left != null && `about ${duration(left)} left`,
      ].filter(Boolean).join(" · ");
    case "joining":
      return plural(done, "frame");
    case "succeeded":
      return [plural(done, "frame"), bytes(job.output.bytes), ...job.warnings].join(" · ");
    case "failed":
      return job.error?.detail ?? "";
    default:
      return "";
  }
}

function viewOf(job, jobs) {
  // A card keeps its buttons while the job goes on: what they are about is the job by then.
  const act = (action) => () =>
    action.call(jobs, jobs.get(job.id)).catch((error) => jobs.onError(error));
  const ended = ENDED.has(job.state);
  const waiting = stageOf(job) === "waiting";
  const succeeded = job.state === "succeeded";
  const { frames_done: done, frames_total: total } = job.progress;
  return {
    look: succeeded ? "done" : job.state === "failed" ? "bad"
      : waiting || ended ? "waiting" : "busy",
    name: job.source.name,
    facts: factsOf(job),
    state: stateOf(job),
    share: ended || (waiting && !done) ? null : total ? done / total : 0,
    count: countOf(job),
    poster: job.links.poster,
    href: succeeded ? `#/jobs/${job.id}` : null,
    buttons: [
      succeeded && { label: "Compare", href: `#/jobs/${job.id}`, strong: true },
      succeeded && { label: "Download", href: job.links.video, download: true },
      job.state === "failed" && { label: "Retry", run: act(jobs.retry) },
      !ended && { label: "Cancel", run: act(jobs.cancel) },
      ended && { label: "Delete", run: act(jobs.delete), danger: true },
    ].filter(Boolean),
  };
}
