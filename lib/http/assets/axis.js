// Where things go on a chart. No document here.

const LONGEST_MS = 15 * 60_000;
const STEPS_MS = [15_000, 30_000, 60_000, 120_000, 300_000];

/** The least round number at or above `value`: 1, 2 or 5 times a power of ten, or a power of two. */
export function roundUp(value, base) {
  if (!(value > 0)) return 1;
  if (base === 1024) return 2 ** Math.ceil(Math.log2(value) - 1e-9);
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= value * (1 - 1e-9));
}

/** From zero to at least `highest` in round steps, about four. */
export function scale(highest, base, leastStep = 0) {
  const step = Math.max(leastStep, roundUp(highest / 4, base));
  const steps = Math.max(1, Math.ceil(highest / step - 1e-9));
  return { low: 0, high: steps * step, ticks: Array.from({ length: steps + 1 }, (_, i) => i * step) };
}

/** Where the time axis begins and ends: it grows with what is known, up to the whole quarter. */
export function span(at, now) {
  const known = at.length ? now - at[0] : 0;
  return { from: now - Math.min(LONGEST_MS, Math.max(60_000, known)), to: now };
}

export function timeTicks({ from, to }, width) {
  const wanted = (to - from) / Math.max(2, Math.floor(width / 90));
  const step = STEPS_MS.find((candidate) => candidate >= wanted) ?? STEPS_MS.at(-1);
  const zone = new Date(to).getTimezoneOffset() * 60_000; // ticks at round local times
  const ticks = [];
  for (let at = Math.ceil((from - zone) / step) * step + zone; at <= to; at += step) ticks.push(at);
  return { ticks, seconds: step < 60_000 };
}

/** Runs of indices without a gap: neither a missing value nor a pause longer than two steps. */
export function runs(at, values, step) {
  const all = [];
  values.forEach((value, i) => {
    if (value === null) return;
    const last = all.at(-1);
    if (last && last.at(-1) === i - 1 && at[i] - at[i - 1] < 2.5 * step) last.push(i);
    else all.push([i]);
  });
  return all;
}
