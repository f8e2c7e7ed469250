// Charts over time: lines or stacked areas in SVG, with a legend, a cursor that all charts share, and
// the same figures in words and as a table for those who don't see them.

import { runs, scale, span, timeTicks } from "./axis.js";
import { clock } from "./format.js";
import { byId, el, row, styled, svg } from "./dom.js";

const MARGIN = { top: 10, right: 10, bottom: 22, left: 58 };
const charts = new Set();

const polyline = (points) => points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L");

/** A line without axes, for a tile; from zero, or close up: from the lowest value. */
export function sparkline(id, values, close = false) {
  const drawing = byId(id);
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return drawing.replaceChildren();
  const top = Math.max(...known);
  const low = close ? Math.min(...known, top - 0.05) : 0;
  const points = values.flatMap((value, i) =>
    (value === null ? [] : [[100 * i / (values.length - 1), 30 - 26 * (value - low) / (top - low || 1)]]));
  drawing.setAttribute("viewBox", "0 0 100 32");
  drawing.setAttribute("preserveAspectRatio", "none");
  const last = points.at(-1);
  drawing.replaceChildren(
    svg("path", { class: "area", d: `M${points[0][0]},32L${polyline(points)}L${last[0]},32Z` }),
    svg("path", { class: "line", d: `M${polyline(points)}` }));
}

/**
 * One chart. options: { title, series: [{ key, name, colour, dashed? }], stacked?, base (10 or 1024),
 * write: number to text, tick?: the same for the axis, leastStep? of the axis, range?: (lowest) to a scale }. A series' key names a column
 * of the history, or `value` makes one of its columns.
 */
export class TimeChart {
  #options;
  #plot;
  #drawing = svg("svg", { "aria-hidden": "true" });
  #tip = el("div", { class: "tip", hidden: "" });
  #legend = el("ul", { class: "legend" });
  #table = el("div", { class: "scroll" });
  #details;
  #history;
  #columns = [];
  #cursor = null;

  constructor(place, options) {
    this.#options = options;
    this.#plot = el("div", { class: "plot", tabindex: "0", role: "group" }, this.#drawing, this.#tip);
    this.#details = el("details", {}, el("summary", {}, "Table", el("span", { class: "unseen" }, ` of ${options.title}`)), this.#table);
    place.append(el("article", { class: "card chart" },
                    el("h3", {}, options.title), this.#legend, this.#plot, this.#details));
    this.#listen();
    charts.add(this);
    new ResizeObserver(() => this.draw()).observe(this.#plot);
  }

  #listen() {
    this.#plot.addEventListener("pointermove", (event) => this.#pointAt(event.offsetX));
    this.#plot.addEventListener("pointerleave", () => TimeChart.#move(null, this));
    this.#plot.addEventListener("blur", () => TimeChart.#move(null, this));
    this.#plot.addEventListener("keydown", (event) => this.#step(event));
    this.#details.addEventListener("toggle", () => this.#drawTable());
  }

  update(history) {
    const moment = this.#history?.at_ms[this.#cursor];
    this.#history = history;
    this.#cursor = moment === undefined || !history.at_ms.includes(moment) ? null : history.at_ms.indexOf(moment);
    this.#columns = this.#options.series.map(({ key, value }) => (value ? value(history.series) : history.series[key]));
    this.draw();
    this.#drawTable();
    this.#describe();
  }

  // ---- geometry ----

  #geometry() {
    const width = this.#plot.clientWidth;
    const height = this.#plot.clientHeight;
    const { at_ms: at, now_ms: now } = this.#history;
    const range = span(at, now);
    const axis = this.#axis();
    const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
    return { width, height, inner, range, axis,
             x: (moment) => MARGIN.left + inner.width * (moment - range.from) / (range.to - range.from),
             y: (value) => MARGIN.top + inner.height * (1 - (value - axis.low) / (axis.high - axis.low)) };
  }

  #axis() {
    const { stacked, base, leastStep, range } = this.#options;
    const tops = stacked ? this.#sums(this.#columns.length) : this.#columns.flat();
    const known = tops.filter((value) => value !== null);
    return range ? range(Math.min(...known)) : scale(Math.max(0, ...known), base, leastStep);
  }

  /** Of each point, the sum of the first `count` series. */
  #sums(count) {
    return this.#history.at_ms.map((_, i) =>
      this.#columns.slice(0, count).reduce((sum, column) => sum + (column[i] ?? 0), 0));
  }

  // ---- drawing ----

  draw() {
    if (!this.#history || this.#plot.clientWidth === 0) return;
    const place = this.#geometry();
    this.#drawing.setAttribute("viewBox", `0 0 ${place.width} ${place.height}`);
    this.#drawing.replaceChildren(this.#grid(place), ...this.#curves(place), this.#crosshair(place));
    if (this.#history.at_ms.length === 0) this.#drawing.append(this.#nothing(place));
    this.#drawLegend();
  }

  #grid({ axis, range, inner, x, y }) {
    const write = this.#options.tick ?? this.#options.write;
    const group = svg("g", { class: "grid" });
    for (const tick of axis.ticks)
      group.append(svg("line", { x1: MARGIN.left, x2: MARGIN.left + inner.width, y1: y(tick), y2: y(tick) }),
                   svg("text", { x: MARGIN.left - 8, y: y(tick) + 4, "text-anchor": "end" }, write(tick)));
    const { ticks, seconds } = timeTicks(range, inner.width);
    for (const tick of ticks)
      group.append(svg("text", { x: x(tick), y: MARGIN.top + inner.height + 17, "text-anchor": "middle" },
                       clock(tick, seconds)));
    return group;
  }

  #nothing({ width, height }) {
    return svg("text", { class: "nothing", x: width / 2, y: height / 2, "text-anchor": "middle" },
               "The first point comes in a few seconds");
  }

  #curves(place) {
    return this.#options.stacked ? this.#areas(place) : this.#lines(place);
  }

  #lines({ axis, x, y }) {
    const { at_ms: at, step_ms: step } = this.#history;
    const alone = this.#options.series.length === 1;
    return this.#columns.flatMap((column, n) => {
      const { colour, dashed } = this.#options.series[n];
      return runs(at, column, step).flatMap((run) => {
        const points = run.map((i) => [x(at[i]), y(column[i])]);
        const line = svg("path", { class: `line ${colour}${dashed ? " dashed" : ""}`, d: `M${polyline(points)}` });
        if (!alone) return [line];
        const floor = y(axis.low);
        return [svg("path", { class: `area faint ${colour}`,
                              d: `M${points[0][0]},${floor}L${polyline(points)}L${points.at(-1)[0]},${floor}Z` }), line];
      });
    });
  }

  #areas({ x, y }) {
    const { at_ms: at, step_ms: step } = this.#history;
    return this.#columns.flatMap((column, n) => {
      const below = this.#sums(n);
      const above = this.#sums(n + 1);
      return runs(at, column, step).map((run) => {
        const top = run.map((i) => [x(at[i]), y(above[i])]);
        const bottom = [...run].reverse().map((i) => [x(at[i]), y(below[i])]);
        return svg("path", { class: `area ${this.#options.series[n].colour}`, d: `M${polyline([...top, ...bottom])}Z` });
      });
    });
  }

  #drawLegend() {
    const i = this.#cursor ?? this.#history.at_ms.length - 1;
    this.#legend.replaceChildren(...this.#options.series.map(({ name, colour }, n) =>
      el("li", {}, el("i", { class: colour }), `${name} `, el("b", {}, this.#options.write(this.#columns[n][i])))));
  }

  // ---- the cursor: one moment, marked in every chart ----

  #crosshair({ inner, x, y }) {
    const group = svg("g", { class: "crosshair" });
    if (this.#cursor === null) return group;
    const at = x(this.#history.at_ms[this.#cursor]);
    group.append(svg("line", { x1: at, x2: at, y1: MARGIN.top, y2: MARGIN.top + inner.height }));
    this.#columns.forEach((column, n) => {
      const value = this.#options.stacked ? this.#sums(n + 1)[this.#cursor] : column[this.#cursor];
      if (value !== null) group.append(svg("circle", { class: this.#options.series[n].colour, cx: at, cy: y(value), r: 3.5 }));
    });
    return group;
  }

  #pointAt(offset) {
    if (!this.#history?.at_ms.length) return;
    const { x } = this.#geometry();
    const distances = this.#history.at_ms.map((moment) => Math.abs(x(moment) - offset));
    TimeChart.#move(distances.indexOf(Math.min(...distances)), this);
  }

  #step(event) {
    const last = (this.#history?.at_ms.length ?? 0) - 1;
    const from = this.#cursor ?? last + 1;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last, Escape: null }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    TimeChart.#move(to === null ? null : Math.min(last, Math.max(0, to)), this);
    if (to !== null) byId("spoken").textContent = this.#words(this.#cursor);
  }

  static #move(index, from) {
    for (const chart of charts) {
      chart.#cursor = index;
      chart.draw();
      chart.#showTip(chart === from);
    }
  }

  #showTip(here) {
    this.#tip.hidden = !here || this.#cursor === null;
    if (this.#tip.hidden) return;
    const { x, width } = this.#geometry();
    const at = x(this.#history.at_ms[this.#cursor]);
    this.#tip.replaceChildren(el("time", {}, clock(this.#history.at_ms[this.#cursor])),
      ...this.#options.series.map(({ name, colour }, n) =>
        el("p", {}, el("i", { class: colour }), name, el("b", {}, this.#options.write(this.#columns[n][this.#cursor])))));
    const right = at > width / 2;
    styled(this.#tip, { left: right ? "auto" : `${at + 12}px`, right: right ? `${width - at + 12}px` : "auto" });
  }

  // ---- in words ----

  #words(i) {
    return `${clock(this.#history.at_ms[i])}: ${this.#options.series
      .map(({ name }, n) => `${name} ${this.#options.write(this.#columns[n][i])}`).join(", ")}`;
  }

  #describe() {
    const { series, write, title } = this.#options;
    const parts = series.map(({ name }, n) => {
      const known = this.#columns[n].filter((value) => value !== null);
      if (known.length === 0) return `${name}: nothing yet`;
      return `${name}: now ${write(this.#columns[n].at(-1))}, from ${write(Math.min(...known))} to ${write(Math.max(...known))}`;
    });
    this.#plot.setAttribute("aria-label", `${title}, last 15 minutes. ${parts.join("; ")}. Arrow keys read the points.`);
  }

  /** A row a minute, newest first; only while it is open. */
  #drawTable() {
    if (!this.#details.open || !this.#history) return;
    const { at_ms: at, step_ms: step } = this.#history;
    const stride = Math.max(1, Math.round(60_000 / step));
    const rows = [];
    for (let i = at.length - 1; i >= 0; i -= stride)
      rows.push(row(clock(at[i]), ...this.#columns.map((column) => this.#options.write(column[i]))));
    const heads = ["Time", ...this.#options.series.map(({ name }) => name)];
    this.#table.replaceChildren(el("table", {},
      el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, ...rows)));
  }
}
