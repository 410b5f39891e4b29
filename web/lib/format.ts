/** How numbers are written everywhere in the app: one form a unit, so that the same quantity is recognised wherever it appears. */

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("en", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/**
 * A number of bytes, decimal units, one digit after the point from 1 KB on: `840 B`, `1.8 KB`, `11.3 MB`.
 *
 * @param bytes a non-negative integer
 */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 999_950) return `${(bytes / 1_000).toFixed(1)} KB`;
  if (bytes < 999_950_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

/**
 * An amount in the chain's smallest unit as a decimal of the whole unit. At least two significant digits, at most six decimals unless
 * the amount is smaller; trailing zeros are dropped. Never rounds a positive amount down to zero.
 *
 * @param wei amount in units of 10^-decimals
 * @param decimals of the currency, 18 for ETH
 */
export function formatUnits(wei: bigint, decimals = 18): string {
  const negative = wei < 0n;
  const digits = (negative ? -wei : wei).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals);
  const lead = fraction.search(/[1-9]/);
  const keep = whole === "0" && lead >= 0 ? Math.max(6, lead + 2) : 6;
  const shown = fraction.slice(0, keep).replace(/0+$/, "");
  const text = grouped.format(BigInt(whole)) + (shown === "" ? "" : `.${shown}`);
  return negative ? `−${text}` : text;
}

/** A digest or address, shortened to `0x12ab…89ef`. Shorter strings are left as they are. */
export function shortHex(hex: string): string {
  return hex.length <= 12 ? hex : `${hex.slice(0, 6)}…${hex.slice(-4)}`;
}

/**
 * A duration: `180 ms`, `2.4 s`, `48 s`, `3 min 05 s`.
 *
 * @param ms milliseconds, not negative
 */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** A whole number with thousands grouped: `184,212`. */
export function formatCount(value: number | bigint): string {
  return grouped.format(value);
}

/** A share as a percentage with one digit: `98.1 %`. @param share between 0 and 1 */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A moment as people say it near the present: `14:32` today, `3 Nov, 14:32` otherwise. @param ms since the epoch */
export function formatMoment(ms: number, now: number = Date.now()): string {
  const date = new Date(ms);
  return date.toDateString() === new Date(now).toDateString() ? clock.format(date) : day.format(date);
}
