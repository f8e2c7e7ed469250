// The latest reading: tiles, tables, findings.

import { byId, el, row, setText, styled } from "./dom.js";
import { byteRate, bytes, count, duration, percent, rate, seconds } from "./format.js";
import { COMMANDS, hitRatio, memoryParts, operations, perSecond, share, stat, statRate, total }
  from "./model.js";
import { sparkline } from "./chart.js";

export function drawIdentity({ stats, settings }) {
  setText("identity", `${location.host} · version ${stats.cocached_version} · up ${duration(stats.uptime)}` +
          ` · ${settings.num_threads} threads`);
}

// ---- tiles ----

/** A bar. A full cache is as it should be, so whether much is bad is for the caller to say. */
function meter(id, part, bad) {
  const level = bad && part > 0.95 ? "serious" : bad && part > 0.8 ? "warning" : "fine";
  const fill = byId(id).firstElementChild;
  fill.className = level;
  styled(fill, { width: `${100 * Math.min(1, part ?? 0)}%` });
}

export function drawTiles({ now, before }) {
  const since = share(stat(now, "get_hits"), stat(now, "get_hits") + stat(now, "get_misses"));
  const traffic = perSecond(before, now, (reading) => stat(reading, "bytes_read") + stat(reading, "bytes_written"));
  const { limit, used } = now.store.memory;
  setText("hit-ratio", percent(hitRatio(before, now)));
  setText("hit-ratio-note", `${percent(since)} since the start`);
  setText("operations", `${rate(perSecond(before, now, operations))}/s`);
  setText("operations-note", `${byteRate(traffic)} of traffic`);
  setText("evictions", `${rate(statRate(before, now, "evictions"))}/s`);
  setText("evictions-note", `${rate(statRate(before, now, "store_ghost_hits"))}/s wanted again`);
  setText("memory", bytes(used));
  setText("memory-note", `of ${bytes(limit)}, ${count(stat(now, "curr_items"))} items`);
  setText("connections", count(stat(now, "curr_connections")));
  setText("connections-note", `of ${count(stat(now, "max_connections"))}, ` +
          `${count(stat(now, "rejected_connections"))} refused`);
  meter("memory-meter", share(used, limit), false);
  meter("connections-meter", share(stat(now, "curr_connections"), stat(now, "max_connections")), true);
}

/** The latest point of the history says what latency is: percentiles have no rate. */
export function drawSparks({ series }) {
  const commands = ["get", "set", "delete", "incr", "decr", "touch"];
  const [half, most] = [series.latency_get_p50.at(-1), series.latency_get_p99.at(-1)];
  setText("latency", seconds(most));
  setText("latency-note", `${seconds(half)} is the p50`);
  sparkline("hit-ratio-spark", series.hit_ratio, true);
  sparkline("latency-spark", series.latency_get_p99);
  sparkline("operations-spark", series.get.map((_, i) => commands.reduce((sum, name) => sum + series[name][i], 0)));
  sparkline("evictions-spark", series.evictions);
}

// ---- tables ----

function drawParts({ store: { memory } }) {
  const parts = memoryParts(memory);
  byId("parts-bar").replaceChildren(...parts.map(({ kind, size }) =>
    styled(el("span", { class: `part-${kind}` }), { "flex-grow": String(size) })));
  byId("parts").replaceChildren(...parts.map(({ kind, name, size }) => {
    const line = row(name, bytes(size), percent(share(size, memory.limit)));
    line.firstElementChild.prepend(el("i", { class: `part-${kind}` }));
    return line;
  }));
}

function drawCommands({ now, before }) {
  byId("commands").replaceChildren(...COMMANDS.map((command) => {
    const { name, hits, misses } = command;
    const found = hits ? percent(share(stat(now, hits), stat(now, hits) + stat(now, misses))) : "";
    return row(name, `${rate(perSecond(before, now, (reading) => total(reading, command)))}/s`,
               count(total(now, command)), found);
  }));
}

const QUEUES = [["small", "New"], ["main", "Read again"], ["large", "Large"]];

function drawQueues({ now, before }) {
  byId("queues").replaceChildren(...QUEUES.map(([queue, name]) => {
    const { items, segments } = now.store.queues[queue];
    const hits = perSecond(before, now, (reading) => reading.store.queues[queue].hits);
    return row(name, count(items), count(segments), `${rate(hits)}/s`);
  }));
  setText("queues-note", `The oldest segment is ${duration(now.store.oldest_age_seconds)} old; ` +
          `${count(now.store.eviction.evictions)} items were evicted, ` +
          `${count(now.store.eviction.ghost_hits)} of them wanted again soon after.`);
}

function drawThreads({ now, before }) {
  byId("threads").replaceChildren(...now.threads.map((thread, i) => {
    const of = (name) => perSecond(before, now, (reading) => reading.threads[i]?.[name] ?? 0);
    return row(String(i), count(thread.connections), `${rate(of("get"))}/s`, `${rate(of("set"))}/s`,
               byteRate(before ? of("bytes_read") + of("bytes_written") : null));
  }));
}

function drawSettings({ settings }) {
  byId("settings").replaceChildren(...Object.entries(settings).map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, String(value)))));
}

export function drawTables(readings) {
  drawParts(readings.now);
  drawCommands(readings);
  drawQueues(readings);
  drawThreads(readings);
  drawSettings(readings.now);
}

// ---- findings ----

const finding = ({ level, title, text }) => el("div", { class: `finding ${level}` }, el("b", {}, title), " ", text);

/** Only what changed is put in anew: it is read out aloud. */
export function drawFindings(found) {
  const place = byId("findings");
  const before = [...place.children].map((child) => child.dataset.title);
  const titles = found.map(({ title }) => title);
  if (JSON.stringify(before) === JSON.stringify(titles)) {
    found.forEach((one, i) => { place.children[i].lastChild.textContent = one.text; });
    return;
  }
  place.replaceChildren(...found.map((one) => {
    const element = finding(one);
    element.dataset.title = one.title;
    return element;
  }));
}
