// The second view: one finished video, compared and measured.

import { Problem, get } from "./api.js";
import { showAnalysis } from "./analysis.js";
import { el, find, say, stamp } from "./dom.js";
import { factsOf } from "./jobs.js";
import { frameTimes } from "./mp4.js";
import { Player } from "./player.js";

/** Show a job's result in `holder`; returns what closes it. */
export function openResult(holder, id, jobs) {
  let closed = false;
  let player = null;
  show().catch((error) => {
    if (!closed) holder.replaceChildren(...missing(error));
  });
  return () => {
    closed = true;
    player?.close();
  };

  async function show() {
    const job = jobs.get(id) ?? (await get(`/v1/jobs/${id}`));
    if (job.state !== "succeeded") throw new Problem(404, "This video has no result to show.");
    const report = job.links.report ? await get(job.links.report).catch(reportless) : null;
    if (closed) return;
    const [view, parts] = stamp("result-view");
    holder.replaceChildren(view);
    document.title = `${job.source.name} – nhance`;
    say(parts.title, job.source.name);
    say(parts.facts, factsOf(job));
    parts.download.href = job.links.video;
    parts.delete.addEventListener("click", () => jobs.delete(job).catch(jobs.onError));
    const analysis = showAnalysis(parts.analysis, report, job);
    const address = job.links.comparison ?? job.links.video;
    player = new Player(parts, {
      address,
      halved: job.options.comparison === "side",
      times: frameTimes(address).catch(() => null),
      frames: job.progress.frames_done,
      name: job.source.name,
    }, (time) => analysis.follow(time));
    parts.title.focus({ preventScroll: true });
  }
}

/** Jobs of earlier versions have no report. */
function reportless(error) {
  if (error instanceof Problem && error.status === 404) return null;
  throw error;
}

function missing(error) {
  const title = el("h1", { tabindex: "-1" }, "This video can't be shown.");
  const way = el("a", { class: "button", href: "#/" }, "All videos");
  queueMicrotask(() => find("result").querySelector("h1")?.focus());
  return [el("div", { class: "result-missing" }, title, el("p", {}, error.message), way)];
}
