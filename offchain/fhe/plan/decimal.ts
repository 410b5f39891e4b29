/** Decimal numbers in canonical bytes, where no float may stand. */
import type { Decimal } from "./plan.ts";

/** No exponent, no plus, no needless zeros, no minus zero: one spelling a number. */
export const DECIMAL = /^(?:0|-?(?:[1-9]\d{0,20}|0\.\d{0,19}[1-9]|[1-9]\d{0,20}\.\d{0,19}[1-9]))$/;

/**
 * The decimal that a double is read back from.
 *
 * @param value finite, |value| < 10^21, and not closer to zero than 10^−6 unless zero
 * @throws RangeError when it has no such spelling
 */
export function toDecimal(value: number): Decimal {
  const text = String(value === 0 ? 0 : value);
  if (!DECIMAL.test(text)) throw new RangeError("the number has no decimal of at most 20 places");
  return text;
}

/**
 * A decimal not below a number, of a few digits: for bounds, which may only be too large.
 *
 * @param value positive, below 10^15
 * @param digits significant digits kept
 */
export function toDecimalAtLeast(value: number, digits = 4): Decimal {
  if (!(value > 0 && value < 1e15)) throw new RangeError("a bound is positive and below 10^15");
  const places = Math.max(0, Math.min(12, digits - 1 - Math.floor(Math.log10(value))));
  const unit = 10 ** places;
  const rounded = Math.ceil(value * unit);
  const text = (rounded / unit).toFixed(places);
  return places === 0 ? text : text.replace(/\.?0+$/, "");
}

/** The double nearest to a decimal. */
export function fromDecimal(decimal: Decimal): number {
  return Number(decimal);
}
