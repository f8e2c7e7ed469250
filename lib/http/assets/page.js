// Polls /stats.json and draws it. Counters become rates by the difference to the sample before.
"use strict";

const POLL_MS = 2000;
const KEPT = 450; // samples: the last 15 minutes
const samples = [];

const byId = (id) => document.getElementById(id);
const setText = (id, text) => { byId(id).textContent = text; };

// ---- numbers as text ----

function scaled(value, base, units) {
  let unit = 0;
  while (Math.abs(value) >= base && unit < units.length - 1) { value /= base; ++unit; }
  const digits = unit === 0 && Number.isInteger(value) ? 0 : value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(digits) + units[unit];
}
const count = (value) => value < 10000 && Number.isInteger(value)
  ? value.toLocaleString("en") : scaled(value, 1000, ["", "k", "M", "G", "T"]);
const bytes = (value) => scaled(value, 1024, [" B", " KiB", " MiB", " GiB", " TiB"]);
const percent = (ratio) => (ratio === null ? "–" : (100 * ratio).toFixed(ratio >= 0.9995 ? 0 : 1) + " %");

function duration(seconds) {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

// ---- from counters to what is shown ----

const COMMANDS = [
  ["get", "cmd_get", "get_hits", "get_misses"],
  ["set", "cmd_set"],
  ["touch", "cmd_touch", "touch_hits", "touch_misses"],
  ["delete", null, "delete_hits", "delete_misses"],
  ["incr", null, "incr_hits", "incr_misses"],
  ["decr", null, "decr_hits", "decr_misses"],
  ["cas", null, "cas_hits", "cas_misses"],
  ["flush", "cmd_flush"],
];

const field = (sample, name) => Number(sample.stats[name] ?? 0);
const ratio = (part, whole) => (whole > 0 ? part / whole : null);

function total(sample, [, all, hits, misses]) {
  return all ? field(sample, all) : field(sample, hits) + field(sample, misses);
}

/** A counter's growth per second between two samples; a reset of counters counts from zero. */
function rate(now, before, read) {
  if (!before) return null;
  const grown = read(now) - read(before);
  return (grown < 0 ? read(now) : grown) / ((now.at - before.at) / 1000);
}
const fieldRate = (now, before, name) => rate(now, before, (sample) => field(sample, name));
const perSecond = (value) => (value === null ? "–" : count(Math.round(value)) + "/s");

function derive(now, before) {
  const hits = rate(now, before, (s) => field(s, "get_hits"));
  const misses = rate(now, before, (s) => field(s, "get_misses"));
  return {
    hitRatio: before ? ratio(hits, hits + misses) : null,
    operations: rate(now, before, (s) => COMMANDS.reduce((sum, c) => sum + total(s, c), 0)),
    items: field(now, "curr_items"),
    evictions: fieldRate(now, before, "evictions"),
    connections: field(now, "curr_connections"),
    traffic: rate(now, before, (s) => field(s, "bytes_read") + field(s, "bytes_written")),
  };
}

// ---- drawing ----

const SVG = "http://www.w3.org/2000/svg";

function path(kind, shape) {
  const element = document.createElementNS(SVG, "path");
  element.setAttribute("class", kind);
  element.setAttribute("d", shape);
  return element;
}

/** Values of the kept samples as a line over a filled area; from zero to `top` or the highest. */
function chart(id, name, top) {
  const svg = byId(id);
  svg.setAttribute("viewBox", "0 0 100 100");
  svg.setAttribute("preserveAspectRatio", "none");
  const values = samples.map((sample) => sample.derived[name]);
  const highest = top ?? Math.max(1, ...values.filter((value) => value !== null));
  const shown = Math.max(30, values.length); // the axis grows with what is known, from a minute on
  const points = values
    .map((value, i) => [100 * (i + shown - values.length) / (shown - 1), value])
    .filter(([, value]) => value !== null)
    .map(([x, value]) => `${x.toFixed(2)},${(96 - 90 * value / highest).toFixed(2)}`);
  if (points.length < 2) return svg.replaceChildren();
  const first = points[0].split(",")[0];
  const last = points[points.length - 1].split(",")[0];
  svg.replaceChildren(path("area", `M${first},100 L${points.join(" L")} L${last},100 Z`),
                      path("line", `M${points.join(" L")}`));
}
function row(cells) {
  const element = document.createElement("tr");
  element.append(...cells.map((cell) => {
    const data = document.createElement("td");
    data.textContent = cell;
    return data;
  }));
  return element;
}

function drawMemory({ store: { memory } }) {
  const other = Math.max(0, memory.used - memory.live - memory.dead - memory.index);
  const parts = [["live", "live items", memory.live], ["dead", "dead", memory.dead],
                 ["index", "index", memory.index], ["other", "other", other]];
  const whole = Math.max(memory.limit, memory.used, 1);
  setText("memory-note", `${bytes(memory.used)} of ${bytes(memory.limit)} used`);
  byId("memory-bar").replaceChildren(...parts.map(([kind, , size]) => {
    const part = document.createElement("span");
    part.className = kind;
    part.style.width = `${100 * size / whole}%`;
    return part;
  }));
  const free = ["free", "free", Math.max(0, memory.limit - memory.used)];
  byId("memory-legend").replaceChildren(...[...parts, free].map(([kind, name, size]) => {
    const entry = document.createElement("li");
    entry.className = kind;
    entry.textContent = `${name} ${bytes(size)}`;
    return entry;
  }));
}

function drawTables(now, before) {
  byId("commands").replaceChildren(...COMMANDS.map((command) => {
    const [name, , hits, misses] = command;
    const hit = hits ? field(now, hits) : 0;
    const share = hits ? percent(ratio(hit, hit + field(now, misses))) : "";
    return row([name, perSecond(rate(now, before, (s) => total(s, command))),
                count(total(now, command)), share]);
  }));
  byId("threads").replaceChildren(...now.threads.map((thread, i) => {
    const inbound = rate(now, before, (s) => s.threads[i]?.bytes_read ?? 0);
    return row([i, thread.connections, perSecond(rate(now, before, (s) => s.threads[i]?.get ?? 0)),
                inbound === null ? "–" : bytes(inbound)]);
  }));
}

function drawTiles(now, before) {
  const { derived, stats, store } = now;
  const read = fieldRate(now, before, "bytes_read");
  const written = fieldRate(now, before, "bytes_written");
  setText("hit-ratio", percent(derived.hitRatio));
  setText("hit-note", "of gets now; since the start " +
          percent(ratio(field(now, "get_hits"), field(now, "get_hits") + field(now, "get_misses"))));
  setText("operations", perSecond(derived.operations));
  setText("operations-note", `${stats.threads ?? now.threads.length} worker threads`);
  setText("items", count(derived.items));
  setText("items-note", `${count(field(now, "total_items"))} ever stored`);
  setText("evictions", perSecond(derived.evictions));
  setText("evictions-note", `${count(field(now, "evictions"))} in all, ` +
          `${count(store.eviction.ghost_hits)} came back`);
  setText("connections", count(derived.connections));
  setText("connections-note", `of ${count(Number(stats.max_connections ?? 0))}, ` +
          `${count(field(now, "rejected_connections"))} refused`);
  setText("traffic", derived.traffic === null ? "–" : bytes(derived.traffic) + "/s");
  setText("traffic-note", read === null ? "" : `in ${bytes(read)}, out ${bytes(written)}`);
}

function draw(now, before) {
  setText("identity", `${now.stats.cocached_version ?? ""} up ${duration(field(now, "uptime"))}`);
  drawTiles(now, before);
  drawMemory(now);
  drawTables(now, before);
  chart("hit-chart", "hitRatio", 1);
  chart("operations-chart", "operations");
  chart("items-chart", "items");
  chart("evictions-chart", "evictions");
  chart("connections-chart", "connections");
  chart("traffic-chart", "traffic");
}

// ---- polling ----

function setState(kind, text) {
  byId("state").className = kind;
  if (byId("state").textContent !== text) setText("state", text);
}

async function poll() {
  try {
    const response = await fetch("/stats.json", { signal: AbortSignal.timeout(POLL_MS) });
    if (!response.ok) throw new Error(String(response.status));
    const now = await response.json();
    const before = samples[samples.length - 1];
    now.at = performance.now();
    now.derived = derive(now, before);
    samples.push(now);
    if (samples.length > KEPT) samples.shift();
    draw(now, before);
    setState("up", "serving");
  } catch {
    setState("down", "unreachable");
  }
  setTimeout(poll, POLL_MS);
}

poll();
