/** Round numbers along an axis. */

/**
 * Multiples of 1, 2 or 5 times a power of ten within a range, about as many as asked for (Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990).
 *
 * @param low below `high`
 * @param count at least 1
 */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** A number in as few digits as tell it apart, e.g. `0.05`, `12`, `1.5e-4`. */
export function short(value: number, digits = 3): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(Math.max(0, digits - 2)).replace("e+", "e");
  return String(Number(value.toPrecision(digits)));
}
