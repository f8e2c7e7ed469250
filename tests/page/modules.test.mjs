// The page's modules that need no document, run by Node.js's own test runner.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

const from = (name) => import(new URL(`./assets/${name}.js`, import.meta.url));
const { roundUp, runs, scale, span, timeTicks } = await from("axis");
const { bytes, count, duration, seconds, percent, rate } = await from("format");
const { Readings, findings, growth, hitRatio, memoryParts, operations, statRate } = await from("model");

/** A reading of a server that was asked `seconds` after the start. */
function reading(seconds, stats = {}) {
  return { at: 1000 * seconds, settings: { item_size_max: 1048576 },
           stats: { pid: 1, uptime: seconds, accepting_conns: 1, threads: 4, max_connections: 100, total_items: 1, ...stats } };
}

function minute(before, now) {
  const readings = new Readings();
  readings.add(reading(0, before));
  readings.add(reading(50, now));
  return readings;
}

const titles = (found) => found.map(({ title }) => title);

describe("numbers", () => {
  it("are short and exact where they are small", () => {
    assert.equal(count(0), "0");
    assert.equal(count(9812), "9,812");
    assert.equal(count(98123), "98.1k");
    assert.equal(count(1234567), "1.23M");
  });
  it("are a dash where nothing is known", () => {
    for (const write of [count, rate, bytes, percent, duration, seconds])
      for (const nothing of [null, undefined, NaN]) assert.equal(write(nothing), "–");
  });
  it("round rates to what means something", () => {
    assert.equal(rate(0.123), "0.12");
    assert.equal(rate(1234.5), "1,235");
  });
  it("carry the unit that fits", () => {
    assert.equal(bytes(1023), "1023 B");
    assert.equal(bytes(1536), "1.50 KiB");
    assert.equal(seconds(8.7e-7), "870 ns");
    assert.equal(seconds(0.00008712), "87.1 µs");
    assert.equal(seconds(0.00124), "1.24 ms");
    assert.equal(seconds(3.1), "3.10 s");
    assert.equal(duration(59), "59 s");
    assert.equal(duration(90061), "1 d 1 h");
  });
  it("say 100 % only of everything and 0 % only of nothing", () => {
    assert.equal(percent(1), "100 %");
    assert.equal(percent(0.99999), "> 99.9 %");
    assert.equal(percent(0.00001), "< 0.1 %");
    assert.equal(percent(0), "0 %");
    assert.equal(percent(0.9731), "97.3 %");
  });
});

describe("axes", () => {
  it("end at round numbers", () => {
    assert.equal(roundUp(3, 10), 5);
    assert.equal(roundUp(0.07, 10), 0.1);
    assert.equal(roundUp(20, 10), 20);
    assert.equal(roundUp(1000, 1024), 1024);
    assert.equal(roundUp(0, 10), 1);
  });
  it("hold what is drawn", () => {
    for (const highest of [0, 1e-3, 0.7, 1, 9.99, 10, 4097, 123456789]) {
      for (const base of [10, 1024]) {
        const { high, ticks } = scale(highest, base);
        assert.ok(high >= highest * (1 - 1e-6), `${highest}`);
        assert.ok(ticks.length >= 2 && ticks.length <= 6, `${highest}: ${ticks}`);
      }
    }
  });
  it("grow with what is known, up to 15 minutes", () => {
    assert.deepEqual(span([], 1e6), { from: 1e6 - 60_000, to: 1e6 });
    assert.equal(span([0], 600_000).from, 0);
    assert.equal(span([0], 2_000_000).from, 2_000_000 - 15 * 60_000);
  });
  it("have ticks within them, not too many", () => {
    for (const width of [200, 600, 1200]) {
      const range = { from: 1e12 + 7, to: 1e12 + 900_007 };
      const { ticks } = timeTicks(range, width);
      assert.ok(ticks.length >= 2 && ticks.length <= width / 60, `${width}: ${ticks.length}`);
      assert.ok(ticks.every((tick) => tick >= range.from && tick <= range.to));
    }
  });
  it("leave gaps where nothing is known", () => {
    assert.deepEqual(runs([0, 5, 10, 15], [1, null, 2, 3], 5), [[0], [2, 3]]);
    assert.deepEqual(runs([0, 5, 60, 65], [1, 1, 1, 1], 5), [[0, 1], [2, 3]]);
  });
});

describe("readings", () => {
  it("count from zero after a reset", () => {
    const [before, now] = [reading(0, { cmd_get: 500 }), reading(10, { cmd_get: 20 })];
    assert.equal(growth(before, now, ({ stats }) => stats.cmd_get), 20);
    assert.equal(statRate(before, now, "cmd_get"), 2);
  });
  it("know no rate of a single one", () => {
    assert.equal(statRate(undefined, reading(0), "cmd_get"), null);
    assert.equal(hitRatio(undefined, reading(0)), null);
  });
  it("know no hit ratio where nothing was asked for", () => {
    assert.equal(hitRatio(reading(0), reading(2)), null);
    assert.equal(hitRatio(reading(0), reading(2, { get_hits: 3, get_misses: 1 })), 0.75);
  });
  it("begin anew with a new server", () => {
    const readings = minute({}, {});
    readings.add(reading(1, { pid: 2 }));
    assert.equal(readings.before, undefined);
  });
  it("are kept for a minute", () => {
    const readings = new Readings();
    for (let second = 0; second < 300; second += 2) readings.add(reading(second));
    assert.ok(readings.now.at - readings.minuteAgo.at <= 60_000);
  });
  it("count a cas once", () => {
    assert.equal(operations(reading(0, { cmd_get: 1, cmd_set: 2, cas_hits: 2, delete_misses: 4 })), 7);
  });
});

describe("memory", () => {
  it("adds up to the limit", () => {
    const parts = memoryParts({ limit: 100, used: 70, live: 40, dead: 10, index: 5, ghost: 3, pinned: 2 });
    assert.equal(parts.reduce((sum, { size }) => sum + size, 0), 100);
    assert.ok(parts.every(({ size }) => size >= 0));
  });
});

describe("findings", () => {
  const usual = { series: { hit_ratio: Array(60).fill(0.95) } };

  it("are none of a healthy server", () => {
    assert.deepEqual(findings(minute({}, { cmd_get: 1000, get_hits: 950, get_misses: 50 }), usual), []);
  });
  it("are none of a server that was just asked for the first time", () => {
    const readings = new Readings();
    readings.add(reading(0, { store_no_memory: 5, rejected_connections: 7 }));
    assert.deepEqual(findings(readings, null), []);
  });
  it("greet who has not stored anything yet", () => {
    const readings = new Readings();
    readings.add({ ...reading(0, { total_items: 0 }), settings: { tcpport: 11211 } });
    const [{ title, text }] = findings(readings, null);
    assert.equal(title, "Nothing is stored yet");
    assert.match(text, /port 11211/);
  });
  it("tell of refused writes and clients, worst first", () => {
    const found = findings(minute({}, { store_no_memory: 1, rejected_connections: 1, auth_errors: 1 }), usual);
    assert.deepEqual(found.map(({ level }) => level), ["serious", "serious", "warning"]);
  });
  it("tell of a snapshot that is not saved, and of one that is loaded", () => {
    assert.deepEqual(titles(findings(minute({}, { snapshot_failing: 1 }), usual)), ["The snapshot is not saved"]);
    const [{ level, text }] = findings(minute({}, { snapshot_loading: 1, snapshot_loaded_percent: 42 }), usual);
    assert.equal(level, "hint");
    assert.match(text, /42 %/);
    assert.deepEqual(findings(minute({}, { snapshot_failing: 0, snapshot_loading: 0 }), usual), []);
  });
  it("tell of connections before they run out", () => {
    assert.deepEqual(titles(findings(minute({}, { curr_connections: 81 }), usual)), ["Connections run out"]);
    assert.deepEqual(findings(minute({}, { curr_connections: 80 }), usual), []);
    assert.deepEqual(titles(findings(minute({}, { accepting_conns: 0 }), usual)),
                     ["No new connections are accepted"]);
  });
  it("tell of a hit ratio that fell, but not of one over few requests", () => {
    const fallen = { cmd_get: 1000, get_hits: 700, get_misses: 300 };
    assert.deepEqual(titles(findings(minute({}, fallen), usual)), ["The hit ratio has fallen"]);
    assert.deepEqual(findings(minute({}, { cmd_get: 10, get_misses: 10 }), usual), []);
    assert.deepEqual(findings(minute({}, fallen), { series: { hit_ratio: [0.95] } }), []);
  });
  it("tell when more memory would help", () => {
    const short = { evictions: 500, get_misses: 400, store_ghost_hits: 100 };
    assert.deepEqual(titles(findings(minute({}, short), usual)), ["More memory would help"]);
    assert.deepEqual(findings(minute({}, { ...short, store_ghost_hits: 10 }), usual), []);
  });
  it("tell of busy threads", () => {
    assert.deepEqual(titles(findings(minute({}, { rusage_user: 190 }), usual)), ["The worker threads are busy"]);
  });
});
