// From readings of /stats.json to what they mean. No document here: all of it can be tested alone.

import { bytes, count, percent, rate } from "./format.js";

export const COMMANDS = [
  { name: "get", all: "cmd_get", hits: "get_hits", misses: "get_misses" },
  { name: "set", all: "cmd_set" },
  { name: "delete", hits: "delete_hits", misses: "delete_misses" },
  { name: "incr", hits: "incr_hits", misses: "incr_misses" },
  { name: "decr", hits: "decr_hits", misses: "decr_misses" },
  { name: "cas", hits: "cas_hits", misses: "cas_misses" },
  { name: "touch", all: "cmd_touch", hits: "touch_hits", misses: "touch_misses" },
  { name: "flush", all: "cmd_flush" },
];

export const stat = (reading, name) => Number(reading.stats[name] ?? 0);
export const share = (part, whole) => (whole > 0 ? part / whole : null);

export function total(reading, { all, hits, misses }) {
  return all ? stat(reading, all) : stat(reading, hits) + stat(reading, misses);
}

/** All operations ever. A cas is a set already. */
export const operations = (reading) => COMMANDS
  .filter(({ name }) => name !== "cas").reduce((sum, command) => sum + total(reading, command), 0);

/** What a counter grew by; since a reset, all that it shows. */
export function growth(before, now, read) {
  const grown = read(now) - read(before);
  return grown < 0 ? read(now) : grown;
}

/** Growth per second of what `read` takes from a reading; null while there is but one. */
export function perSecond(before, now, read) {
  return before ? growth(before, now, read) / ((now.at - before.at) / 1000) : null;
}

export const statRate = (before, now, name) => perSecond(before, now, (reading) => stat(reading, name));

export function hitRatio(before, now) {
  if (!before) return null;
  const hits = growth(before, now, (reading) => stat(reading, "get_hits"));
  return share(hits, hits + growth(before, now, (reading) => stat(reading, "get_misses")));
}

export const cpuSeconds = (reading) => stat(reading, "rusage_user") + stat(reading, "rusage_system");

/** The latest readings, for rates over the last step and over about a minute. */
export class Readings {
  static KEPT_MS = 60_000;
  #kept = [];

  /** Forgets all that came before a restart of the server: its counters began anew. */
  add(reading) {
    if (this.now && (this.now.stats.pid !== reading.stats.pid || stat(reading, "uptime") < stat(this.now, "uptime")))
      this.#kept = [];
    this.#kept.push(reading);
    while (reading.at - this.#kept[0].at > Readings.KEPT_MS) this.#kept.shift();
  }
  get now() { return this.#kept.at(-1); }
  get before() { return this.#kept.at(-2); }
  get minuteAgo() { return this.#kept.length > 1 ? this.#kept[0] : undefined; }
}

/** Where the memory is: parts that add up to what is used, then what is free. */
export function memoryParts({ limit, used, live, dead, index, ghost, pinned }) {
  const rest = Math.max(0, used - live - dead - index - ghost - pinned);
  return [
    { kind: "live", name: "Items", size: live },
    { kind: "dead", name: "Overwritten, deleted or expired", size: dead },
    { kind: "index", name: "Index", size: index },
    { kind: "ghost", name: "Ghosts of what was evicted", size: ghost },
    { kind: "pinned", name: "Held for slow clients", size: pinned },
    { kind: "rest", name: "Room in segments, and tables", size: rest },
    { kind: "free", name: "Free", size: Math.max(0, limit - used) },
  ];
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** What an operator should know, worst first: { level: "serious" | "warning" | "hint", title, text }. */
export function findings(readings, history) {
  const { now, minuteAgo } = readings;
  const lately = (name) => statRate(minuteAgo, now, name) ?? 0;
  const found = [];
  const add = (level, title, text) => found.push({ level, title, text });

  if (stat(now, "total_items") === 0 && stat(now, "cmd_get") === 0)
    add("hint", "Nothing is stored yet", firstStep(now));
  if (lately("store_no_memory") > 0)
    add("serious", "Writes are refused for want of memory",
        `${rate(lately("store_no_memory"))} a second. Eviction is off, or clients hold too much: raise -m.`);
  if (lately("rejected_connections") > 0)
    add("serious", "Clients are turned away",
        `${rate(lately("rejected_connections"))} a second, for want of free connections: raise -c or find the leak.`);
  findSnapshot(now, add);
  findConnections(now, add);
  findHitRatio(readings, history, add);
  findShortMemory(lately, add);
  findCpu(readings, add);
  if (lately("store_too_large") > 0)
    add("warning", "Items are refused for their size",
        `${rate(lately("store_too_large"))} a second are larger than ${bytes(now.settings.item_size_max)} (-I).`);
  if (lately("auth_errors") > 0)
    add("warning", "Logins fail", `${rate(lately("auth_errors"))} a second.`);
  return found;
}

/** For those who wonder whether it works. */
function firstStep({ settings: { tcpport } }) {
  const port = tcpport > 0 ? ` to port ${tcpport}` : "";
  return `The server waits for its first client. Point one here, or send "set greeting 0 0 5", "hello" and ` +
         `"get greeting" as three lines${port}.`;
}

function findSnapshot(now, add) {
  if (stat(now, "snapshot_failing") === 1)
    add("serious", "The snapshot is not saved",
        "A restart finds an older one, or none. The log says why: a full disk, most likely.");
  if (stat(now, "snapshot_loading") === 1)
    add("hint", "The snapshot is being loaded", `${stat(now, "snapshot_loaded_percent")} % so far; misses are usual until then.`);
}

function findConnections(now, add) {
  const open = stat(now, "curr_connections");
  const used = share(open, stat(now, "max_connections")) ?? 0;
  if (stat(now, "accepting_conns") === 0)
    add("serious", "No new connections are accepted", "The limit is reached; accepting goes on when one closes.");
  else if (used > 0.8)
    add(used > 0.95 ? "serious" : "warning", "Connections run out",
        `${count(open)} of ${count(stat(now, "max_connections"))} are open (-c).`);
}

/** Lower now than it usually was: by at least ten points and over enough requests to mean it. */
function findHitRatio({ now, minuteAgo }, history, add) {
  const usual = (history?.series.hit_ratio ?? []).filter((value) => value !== null);
  const current = hitRatio(minuteAgo, now);
  if (usual.length < 24 || current === null || (statRate(minuteAgo, now, "cmd_get") ?? 0) < 10) return;
  if (median(usual) - current > 0.1)
    add("warning", "The hit ratio has fallen",
        `${percent(current)} in the last minute; ${percent(median(usual))} is usual for the last quarter of an hour.`);
}

/** Keys come back soon after they were evicted. */
function findShortMemory(lately, add) {
  const back = share(lately("store_ghost_hits"), lately("get_misses"));
  if (lately("evictions") > 0 && back > 0.2)
    add("hint", "More memory would help",
        `${percent(back)} of the misses are for what was evicted shortly before.`);
}

function findCpu({ now, minuteAgo }, add) {
  const used = perSecond(minuteAgo, now, cpuSeconds);
  const threads = stat(now, "threads");
  if (used > 0.9 * threads)
    add("warning", "The worker threads are busy",
        `${used.toFixed(1)} cores of ${threads} worker threads (-t).`);
}
