/**
 * Scales as exact fractions. A rescale divides by a prime, so most scales are no integers; two values may be added only when their
 * scales are equal, and equal floats would not prove that.
 *
 * A scale is rest · ∏ data[j]^exponents[j], the rest an integer without any of those factors. The form is unique, so equality is that of its parts, and
 * squares double exponents instead of digits.
 */
import type { ParameterSet } from "../ckks/parameters.ts";

/** A positive fraction whose denominator has no factors but data primes. */
export interface ExactScale {
  readonly rest: bigint;
  /** One a data prime; negative in the denominator. */
  readonly exponents: readonly number[];
}

type Primes = Pick<ParameterSet, "data">;

/** A square doubles the digits of the rest; what no honest plan needs is not computed. */
const MAX_REST = 1n << 4096n;
const MAX_EXPONENT = 2 ** 40;

/** A scale grew beyond what is read. */
export class ScaleSizeError extends Error {}

/** The scale of an integer. @param value a positive safe integer */
export function integerScale({ data }: Primes, value: number): ExactScale {
  let rest = value;
  const exponents = data.map((prime) => {
    let exponent = 0;
    for (; rest % prime === 0; rest /= prime) exponent++;
    return exponent;
  });
  return { rest: BigInt(rest), exponents };
}

/** @throws ScaleSizeError when the result has too many digits */
export function multiplyScales(a: ExactScale, b: ExactScale): ExactScale {
  return checked({ rest: a.rest * b.rest, exponents: a.exponents.map((exponent, j) => exponent + b.exponents[j]) });
}

/**
 * The scale after the data primes from − times … from − 1 are dropped.
 *
 * @param from level before
 * @throws ScaleSizeError when the result has too many digits
 */
export function rescaled(scale: ExactScale, from: number, times: number): ExactScale {
  const dropped = (j: number): boolean => j >= from - times && j < from;
  return checked({
    rest: scale.rest,
    exponents: scale.exponents.map((exponent, j) => exponent - (dropped(j) ? 1 : 0)),
  });
}

/** Whether two scales are the same number. */
export function equalScales(a: ExactScale, b: ExactScale): boolean {
  return a.rest === b.rest && a.exponents.every((exponent, j) => exponent === b.exponents[j]);
}

/** The double nearest to a scale, within a few units of its last place; infinite or zero when it is out of range. */
export function scaleToNumber({ data }: Primes, { rest, exponents }: ExactScale): number {
  const shift = Math.max(0, 4 * rest.toString(16).length - 64);
  // Powers of prime/2^30, which is nearly 1, lose nothing; the powers of two are exact.
  const mantissa = exponents.reduce(
    (product, exponent, j) => product * (data[j] / 2 ** 30) ** exponent,
    Number(rest >> BigInt(shift)),
  );
  return mantissa * 2 ** (shift + 30 * exponents.reduce((sum, exponent) => sum + exponent, 0));
}

function checked(scale: ExactScale): ExactScale {
  if (scale.rest > MAX_REST || scale.exponents.some((exponent) => Math.abs(exponent) > MAX_EXPONENT)) {
    throw new ScaleSizeError("a scale has too many digits");
  }
  return scale;
}
