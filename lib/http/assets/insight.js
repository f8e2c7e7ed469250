// The load: hot keys, the hit ratio with more memory, latencies of commands.

import { byId, el, row, setText, styled, svg } from "./dom.js";
import { bytes, count, duration, percent, seconds } from "./format.js";

const share = (part) => styled(el("span", { class: "share" }), { "--part": String(Math.min(1, part)) });

function say(place, text) {
  place.replaceChildren(el("p", { class: "nothing-here" }, text));
}

function table(heads, rows, kind = "") {
  return el("div", { class: "scroll" }, el("table", { class: kind },
    el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, ...rows)));
}

/** Cells that a narrow page leaves out. */
function extra(line, ...cells) {
  for (const cell of cells) line.children[cell].classList.add("extra");
  return line;
}

// ---- hot keys ----

let order = "by_operations";
let latest = null;

for (const button of document.querySelectorAll("#hot-order button"))
  button.addEventListener("click", () => {
    order = button.value;
    for (const one of document.querySelectorAll("#hot-order button"))
      one.setAttribute("aria-pressed", String(one === button));
    if (latest) drawHotKeys(latest);
  });

/** A key is somebody's text: it is shown as it is, and cut where it is long. */
function hotKey({ key, operations, bytes: size, share: part }, _, all) {
  const line = row(el("code", { title: key }, key), percent(part), count(operations), bytes(size));
  line.children[1].prepend(share(part / all[0].share)); // the first one fills its bar
  return line;
}

export function drawHotKeys(keys) {
  latest = keys;
  const place = byId("hot-keys");
  setText("hot-keys-note", keys.enabled ? `Of the last ${duration(keys.seconds)}, estimated from a sample.` : "");
  if (!keys.enabled) return say(place, `Not shown: ${keys.error}.`);
  if (keys[order].length === 0) return say(place, "No key stands out yet.");
  place.replaceChildren(table(["Key", "Share", "Operations", "Bytes"], keys[order].slice(0, 10).map(hotKey), "keyed"));
}

// ---- the miss-ratio curve ----

const times = (scale) => (scale === 1 ? "as now" : `${scale}×`);

/** What the misses would be, against those with the memory there is. */
function fewer(points, point) {
  const now = 1 - (points.find(({ scale }) => scale === 1)?.hit_ratio ?? 1);
  if (point.scale === 1 || now === 0) return "";
  const change = Math.round(100 * ((1 - point.hit_ratio) / now - 1));
  if (change === 0) return "as many";
  return `${change > 0 ? "+" : "−"}${Math.abs(change)} %`;
}

/** Memory doubles from step to step, so the axis does. */
function curve(points, width) {
  const [height, left, top, bottom] = [180, 44, 26, 26];
  const low = Math.floor(10 * Math.min(0.9, ...points.map(({ hit_ratio }) => hit_ratio - 0.02))) / 10;
  const logs = points.map(({ scale }) => Math.log2(scale));
  const [first, last] = [Math.min(...logs), Math.max(...logs)];
  const x = (log) => left + 30 + (width - left - 70) * (log - first) / (last - first || 1);
  const y = (ratio) => top + (height - top - bottom) * (1 - (ratio - low) / (1 - low));
  const drawing = svg("svg", { class: "curve", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  for (const ratio of [low, (1 + low) / 2, 1])
    drawing.append(svg("line", { class: "rule", x1: left, x2: width, y1: y(ratio), y2: y(ratio) }),
                   svg("text", { x: left - 8, y: y(ratio) + 4, "text-anchor": "end" }, `${Math.round(100 * ratio)} %`));
  const places = points.map(({ hit_ratio }, i) => [x(logs[i]), y(hit_ratio)]);
  drawing.append(svg("path", { class: "line", d: `M${places.map((place) => place.join(",")).join("L")}` }));
  points.forEach(({ scale, bytes: size, hit_ratio }, i) => {
    const [at, height_] = places[i];
    drawing.append(svg("circle", { class: scale === 1 ? "present" : "", cx: at, cy: height_, r: scale === 1 ? 5.5 : 4 }),
                   svg("text", { class: "value", x: at, y: height_ - 11, "text-anchor": "middle" }, percent(hit_ratio)),
                   svg("text", { x: at, y: height - 6, "text-anchor": "middle" }, bytes(size)));
  });
  return drawing;
}

export function drawMissRatios({ gets, measured_hit_ratio: measured, points }) {
  const place = byId("miss-ratios");
  setText("miss-ratios-note", gets > 0 ? `Estimated from a sample of the keys; ${percent(measured)} were really found.` : "");
  if (gets === 0 || points.length === 0) return say(place, "Too little has been asked for yet to tell.");
  place.replaceChildren(curve(points, Math.max(280, place.clientWidth)), table(["Memory", "Size", "Hit ratio", "Misses"], points.map((point) =>
    row(times(point.scale), bytes(point.bytes), percent(point.hit_ratio), fewer(points, point)))));
}

// ---- latency ----

export function drawLatencies({ latency }) {
  byId("latencies").replaceChildren(...Object.entries(latency).filter(([, { count: all }]) => all > 0)
    .map(([name, { count: all, mean, p50, p99, p999, max }]) =>
      extra(row(name, count(all), ...[mean, p50, p99, p999, max].map(seconds)), 1, 2)));
  setText("latencies-note", Object.values(latency).some(({ count: all }) => all > 0) ? "" : "No command yet.");
}
