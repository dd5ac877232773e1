// Small plots. SVG for what has a shape, HTML for what has words; before is dashed, after is solid.

import { el, svg } from "./dom.js";

const WIDTH = 300;
const HEIGHT = 100;

/**
 * Two curves over time. `times` in seconds; `before` and `after` of the same length; `low` and
 * `high` bound the axis. Returns the figure, and a function that marks a time.
 */
export function curves({ title, note, summary, times, before, after, low, high, format }) {
  const [first, last] = [times[0], times.at(-1)];
  const x = (time) => (last > first ? ((time - first) / (last - first)) * WIDTH : 0);
  const y = (value) => HEIGHT - ((value - low) / (high - low || 1)) * HEIGHT;
  const path = (values) =>
    `M${values.map((value, index) => `${x(times[index]).toFixed(2)} ${y(value).toFixed(2)}`).join("L")}`;
  const mark = svg("path", { class: "plot-mark", d: "M0 0" });
  const drawing = canvas(summary,
    svg("path", { class: "plot-grid", d: `M0 ${HEIGHT / 2}H${WIDTH}` }),
    svg("path", { class: "plot-before", d: path(before) }),
    svg("path", { class: "plot-after", d: path(after) }),
    mark);
  const element = figure({
    title, note, drawing,
    ends: [format(high), format(low)],
    range: [`${first.toFixed(0)} s`, `${last.toFixed(last < 10 ? 1 : 0)} s`],
  });
  return {
    element,
    follow: (time) => mark.setAttribute("d", `M${x(time).toFixed(2)} 0V${HEIGHT}`),
  };
}

/** Two histograms over the same bins, from dark to bright. */
export function histograms({ title, note, summary, before, after }) {
  const top = Math.max(...before, ...after) || 1;
  const step = WIDTH / before.length;
  const outline = (bins) =>
    `M0 ${HEIGHT}${bins.map((bin, index) => {
      const level = (HEIGHT - (bin / top) * HEIGHT).toFixed(2);
      return `L${(index * step).toFixed(2)} ${level}L${((index + 1) * step).toFixed(2)} ${level}`;
    }).join("")}L${WIDTH} ${HEIGHT}`;
  const drawing = canvas(summary,
    svg("path", { class: "plot-fill", d: `${outline(after)}Z` }),
    svg("path", { class: "plot-before", d: outline(before) }),
    svg("path", { class: "plot-after", d: outline(after) }));
  return figure({ title, note, drawing, ends: ["", ""], range: ["dark", "bright"] });
}

function canvas(summary, ...shapes) {
  return svg("svg", {
    class: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img",
    "aria-label": summary,
  }, ...shapes);
}

function figure({ title, note, drawing, ends, range }) {
  return el("figure", { class: "figure" },
    el("figcaption", {}, el("strong", {}, title), el("span", { class: "figure-note" }, ...note)),
    el("div", { class: "figure-body" },
      el("div", { class: "axis axis-y", "aria-hidden": "true" }, ...ends.map((end) => el("span", {}, end))),
      drawing,
      el("div", { class: "axis axis-x", "aria-hidden": "true" }, ...range.map((end) => el("span", {}, end)))));
}
