// What was measured, before and after: small plots, and tables of what was kept and how long it took.

import { el, svg } from "./dom.js";
import { bytes, count, duration, plural, rounded } from "./format.js";
import { curves, histograms } from "./plots.js";

const MEASURES = [
  ["luminance", "Luminance"],
  ["contrast", "Contrast"],
  ["saturation", "Saturation"],
  ["noise", "Noise"],
];

/** Fill `section` from a report, or from none; returns what follows the player's time. */
export function showAnalysis(section, report) {
  const title = el("h2", { id: "analysis-title" }, "What changed");
  section.append(el("div", { class: "analysis-head" }, title, report ? legend() : ""));
  if (report === null) {
    section.append(el("p", { class: "empty" }, "This video was enhanced without being measured."));
    return { follow() {} };
  }
  const { time_s: times, before, after } = report.measured;
  const plots = MEASURES.map(([name, words]) => measure(words, times, before[name], after[name]));
  section.append(
    el("div", { class: "figures" },
      ...plots.map((plot) => plot.element),
      histograms({
        title: "Histogram", note: ["of the signal, whole video"],
        summary: `Histogram of the signal. Half of the pixels are darker than ${median(before.histogram)} of white before, `
          + `${median(after.histogram)} after.`,
        before: before.histogram, after: after.histogram,
      })),
    el("div", { class: "tables" }, streams(report), work(report)));
  return { follow: (time) => plots.forEach((plot) => plot.follow(time)) };
}

function measure(title, times, before, after) {
  const values = [...before, ...after];
  const [from, to] = [mean(before), mean(after)].map(share);
  return curves({
    title, times, before, after,
    note: [`${from} → `, el("b", {}, to)],
    summary: `${title} over time. Before: ${from} on average, ${range(before)}. After: ${to}, ${range(after)}.`,
    low: 0, high: ceiling(Math.max(...values)), format: share,
  });
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const share = (value) => `${rounded(100 * value)} %`;
const range = (values) => `from ${share(Math.min(...values))} to ${share(Math.max(...values))}`;

/** The next value of 1, 2, 5, 10, 20 … per cent that holds the curve. */
function ceiling(value) {
  const decade = 10 ** Math.floor(Math.log10(Math.max(value, 0.001)));
  return [1, 2, 5, 10].map((step) => step * decade).find((bound) => bound >= value * 0.999);
}

function median(bins) {
  let sum = 0;
  return share((bins.findIndex((bin) => (sum += bin) >= 0.5) + 1) / bins.length);
}

function streams({ source, changes }) {
  return el("section", {},
    el("h3", {}, "Streams"),
    el("table", {}, ...source.streams.map(({ type, codec, language, became, reason }) => el("tr", {},
      el("th", { scope: "row" }, [type, language].filter(Boolean).join(", ")),
      el("td", {}, codec ?? ""),
      el("td", {}, reason ? `${became}: ${reason}` : became)))),
    changes.length ? el("h3", {}, "To know about") : "",
    el("ul", { class: "changes" }, ...changes.map(({ sentence }) => el("li", {}, sentence))));
}

function work({ frames, model, encoder, output, timings }) {
  const row = (name, value) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, value));
  const seconds = (value) => (value < 10 ? `${value.toFixed(value < 1 ? 2 : 1)} s` : duration(value));
  return el("section", {},
    el("h3", {}, "Work"),
    el("table", {},
      row("Model", `${model.name}, version ${model.version}, at ${Math.round(100 * model.strength)} %`),
      row("Frames", `${count(frames.written)} of ${plural(frames.received, "frame")}`),
      row("Encoder", `${encoder.codec}, ${encoder.pix_fmt}, CRF ${encoder.crf}; ${bytes(output.bytes)}`),
      row("Waiting", seconds(timings.queue_s)),
      row("Reading", seconds(timings.ingest_s)),
      row("Enhancing", [seconds(timings.enhance_s),
        timings.frames_per_second && `${rounded(timings.frames_per_second)} frames a second`].filter(Boolean).join(", ")),
      row("All workers", `decoding ${seconds(timings.decode_s)}, model ${seconds(timings.model_s)}, encoding ${seconds(timings.encode_s)}`),
      row("Joining", seconds(timings.mux_s))));
}

function legend() {
  const sample = (kind, text) => el("span", {},
    svg("svg", { viewBox: "0 0 28 8", "aria-hidden": "true" }, svg("path", { class: kind, d: "M0 4H28" })), text);
  return el("div", { class: "legend" }, sample("plot-before", "before"), sample("plot-after", "after"));
}
