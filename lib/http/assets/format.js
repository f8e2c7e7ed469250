// Numbers as text, in units that a person reads at a glance.

/** Three significant digits in the largest unit that keeps the number at 1 or above. */
function scaled(value, base, units) {
  let unit = 0;
  while (Math.abs(value) >= base && unit < units.length - 1) {
    value /= base;
    ++unit;
  }
  const size = Math.abs(value);
  const digits = Number.isInteger(value) ? 0 : size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toFixed(digits) + units[unit];
}

const known = (value) => value !== null && value !== undefined && !Number.isNaN(value);
const orDash = (write) => (value) => (known(value) ? write(value) : "–");

/** 812 · 9,812 · 98.1k · 1.20M */
export const count = orDash((value) => (Number.isInteger(value) && Math.abs(value) < 10000
  ? value.toLocaleString("en") : scaled(value, 1000, ["", "k", "M", "G", "T"])));

/** The same for what is counted per second, where a fraction means something. */
export const rate = orDash((value) => count(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(2))));

export const bytes = orDash((value) => scaled(Math.round(value), 1024, [" B", " KiB", " MiB", " GiB", " TiB"]));
export const byteRate = orDash((value) => bytes(value) + "/s");

/** 0.9731 → 97.3 %. Never 100 % where something is missing, nor 0 % where something is there. */
export const percent = orDash((ratio) => {
  if (ratio === 0 || ratio === 1) return `${100 * ratio} %`;
  const shown = Math.min(99.9, Math.max(0.1, 100 * ratio));
  return `${ratio > 0.999 ? "> 99.9" : ratio < 0.001 ? "< 0.1" : shown.toFixed(1)} %`;
});

export const cores = orDash((value) => value.toFixed(value < 10 ? 2 : 1));

/** Of a time in seconds: 870 ns · 87.0 µs · 1.24 ms · 3.10 s */
export const seconds = orDash((value) => (value === 0 ? "0 s"
  : scaled(Number((value * 1e9).toPrecision(3)), 1000, [" ns", " µs", " ms", " s"])));

export const duration = orDash((seconds) => {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${Math.floor(seconds)} s`;
});

/** A moment as the wall clock here shows it. */
export const clock = (milliseconds, seconds = true) => new Date(milliseconds).toLocaleTimeString("en-GB",
  { hour: "2-digit", minute: "2-digit", ...(seconds && { second: "2-digit" }) });
