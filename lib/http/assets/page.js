// Asks the server for its figures and has them drawn.

import { roundUp } from "./axis.js";
import { TimeChart } from "./chart.js";
import { byId, setText } from "./dom.js";
import { byteRate, bytes, clock, cores, count, percent, rate, seconds } from "./format.js";
import { drawHotKeys, drawLatencies, drawMissRatios } from "./insight.js";
import { Readings, findings } from "./model.js";
import { drawFindings, drawIdentity, drawSparks, drawTables, drawTiles } from "./panels.js";

const POLL_MS = 2000;
const PATIENCE_MS = 8000;
// Polls between two looks at what changes more slowly.
const HISTORY_EVERY = 2;
const LOAD_EVERY = 5;

const perSecond = (value) => `${rate(value)}/s`;
/** A ratio's axis ends at 1 and begins where the data does, but shows ten points at least. */
const ratioScale = (lowest) => {
  const low = Math.floor(10 * Math.min(0.9, Math.max(0, lowest))) / 10;
  const step = roundUp((1 - low) / 5, 10);
  const ticks = [];
  for (let tick = 1; tick > low - 1e-9; tick -= step) ticks.push(Number(tick.toFixed(3)));
  return { low: ticks.at(-1), high: 1, ticks };
};
const wholePercent = (ratio) => `${Math.round(100 * ratio)} %`;

const CHARTS = [
  { title: "Operations", base: 10, write: perSecond, stacked: true, series: [
    { key: "get", name: "get", colour: "blue" }, { key: "set", name: "set", colour: "amber" },
    { key: "delete", name: "delete", colour: "red" },
    { name: "incr, decr", colour: "violet", value: ({ incr, decr }) => incr.map((value, i) => value + decr[i]) },
    { key: "touch", name: "touch", colour: "teal" }] },
  { title: "Hit ratio", base: 10, write: percent, tick: wholePercent, range: ratioScale, series: [
    { key: "hit_ratio", name: "of gets", colour: "teal" }] },
  ...["get", "set"].map((name) => ({ title: `Latency of ${name}s`, base: 10, write: seconds, series: [
    { key: `latency_${name}_p50`, name: "p50", colour: "teal" },
    { key: `latency_${name}_p99`, name: "p99", colour: "amber" },
    { key: `latency_${name}_p999`, name: "p99.9", colour: "red" }] })),
  { title: "Evictions", base: 10, write: perSecond, series: [
    { key: "evictions", name: "evicted", colour: "red" },
    { key: "ghost_hits", name: "wanted again soon after", colour: "violet" },
    { key: "expired", name: "expired", colour: "grey" }] },
  { title: "Memory", base: 1024, write: bytes, series: [
    { key: "memory_used", name: "used", colour: "blue" }, { key: "item_bytes", name: "items", colour: "teal" },
    { key: "memory_limit", name: "limit", colour: "grey", dashed: true }] },
  { title: "Network", base: 1024, write: byteRate, series: [
    { key: "bytes_read", name: "in", colour: "violet" }, { key: "bytes_written", name: "out", colour: "blue" }] },
  { title: "Connections", base: 10, write: count, leastStep: 1, series: [
    { key: "connections", name: "open", colour: "blue" }] },
  { title: "CPU", base: 10, write: cores, leastStep: 0.05, stacked: true, series: [
    { key: "cpu_user", name: "user", colour: "teal" }, { key: "cpu_system", name: "system", colour: "amber" }] },
  { title: "Items", base: 10, write: count, leastStep: 1, series: [
    { key: "items", name: "held", colour: "violet" }] },
];

const charts = CHARTS.map((options) => new TimeChart(byId("charts"), options));
const readings = new Readings();
let history = null;
let answeredAt = null;
let polls = 0;

/** A refusal is an answer where it is expected: it says why. */
async function ask(path, refusal = null) {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), PATIENCE_MS);
  try {
    const response = await fetch(path, { signal: limit.signal, cache: "no-store" });
    if (!response.ok && response.status !== refusal) throw new Error(`${path}: ${response.status}`);
    return await response.json();
  } finally {
    clearTimeout(timer);
  }
}

// ---- how fresh it is ----

function showState(kind, text) {
  byId("state").className = `state ${kind}`;
  document.body.classList.toggle("stale", kind === "down");
  setText("state", text);
}

function showAge() {
  if (answeredAt === null) return;
  const age = Math.round((Date.now() - answeredAt) / 1000);
  setText("age", age < 2 ? "updated just now" : `updated ${age} s ago`);
}

// ---- polling ----

async function readHistory() {
  history = await ask("/history.json");
  for (const chart of charts) chart.update(history);
  drawSparks(history);
}

async function readLoad() {
  const [keys, curve] = await Promise.all([ask("/hotkeys.json", 403), ask("/mrc.json")]);
  drawHotKeys(keys);
  drawMissRatios(curve);
}

function draw() {
  drawIdentity(readings.now);
  drawTiles(readings);
  drawTables(readings);
  drawLatencies(readings.now);
  drawFindings(findings(readings, history));
  document.title = `cocached · ${location.host} · ${byId("hit-ratio").textContent}`;
}

async function poll() {
  const reading = await ask("/stats.json");
  reading.at = performance.now();
  readings.add(reading);
  if (polls % HISTORY_EVERY === 0) await readHistory();
  if (polls % LOAD_EVERY === 0) await readLoad();
  ++polls;
  draw();
  answeredAt = Date.now();
  showState("up", "serving");
}

async function keepPolling() {
  if (!document.hidden) {
    try {
      await poll();
    } catch (error) {
      console.info(error); // expected whenever the server is gone
      const since = answeredAt === null ? "" : ` since ${clock(answeredAt)}`;
      showState("down", `no answer${since}`);
    }
    showAge();
  }
  setTimeout(keepPolling, POLL_MS);
}

setInterval(showAge, 1000);
keepPolling();
