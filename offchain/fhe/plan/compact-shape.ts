/** What docs/spec/compact-1.md allows and what it costs, as far as a plan must know it. */
import type { ParameterSet } from "../ckks/parameters.ts";

/** What a `compact` instruction asks for. */
export interface CompactShape {
  /** Degree N′ of the small ring. */
  readonly ring: number;
  /** Bits T of a published coefficient. */
  readonly bits: number;
  /** Slots i and i + period mean the same. */
  readonly period: number;
}

/** The one small ring of compact-1. */
export const COMPACT_RING = 1024;

const SMALL_MODULUS = 2 ** 27;
const HEADER_BYTES = 40;
const DIGITS = 7;
const SMALL_POLYNOMIAL_BYTES = (COMPACT_RING * 27) / 8;

/** Largest period at a width (section 1). */
export function maxCompactPeriod(bits: number): number {
  return bits === 18 ? 32 : 64;
}

/**
 * Why there is no such compact result.
 *
 * @returns undefined when there is
 */
export function compactReason(
  params: Pick<ParameterSet, "n" | "data">,
  { ring, bits, period }: CompactShape,
): string | undefined {
  if (params.n < 4096 || params.data[0] <= SMALL_MODULUS) return "the parameter set is too small";
  if (ring !== COMPACT_RING) return `its ring has degree ${ring} instead of ${COMPACT_RING}`;
  if (bits < 14 || bits > 18) return `${bits} bits are not in 14 to 18`;
  if ((period & (period - 1)) !== 0 || period < 1 || period > maxCompactPeriod(bits)) {
    return `period ${period} is not a power of two up to ${maxCompactPeriod(bits)}`;
  }
  return undefined;
}

/** Exact bytes of a result (section 5). */
export function compactResultBytes({ ring, bits, period }: CompactShape): number {
  return HEADER_BYTES + Math.ceil(((2 * period + ring) * bits) / 8);
}

/** Exact bytes of the body of the small switch key (section 2). */
export function switchKeyBodyBytes(params: Pick<ParameterSet, "n">): number {
  return (params.n / COMPACT_RING) * DIGITS * SMALL_POLYNOMIAL_BYTES;
}

/** Exact bytes of the body of the compact public key (section 2). */
export const COMPACT_PUBLIC_BODY_BYTES = SMALL_POLYNOMIAL_BYTES;

/**
 * Standard deviation of the error a compact result adds to one value (section 7), in units of the values.
 *
 * @param scale of the value that is compacted
 */
export function compactDeviation(
  params: Pick<ParameterSet, "n" | "data">,
  { bits, period }: CompactShape,
  scale: number,
): number {
  const dropped = 27 - bits;
  // Variance of the centred sum of four uniforms in [0, 2^width).
  const sumOfFour = (width: number): number => (4 ** width - 1) / 3;
  const rounding = (degree: number): number => (1 + (2 / 3) * degree) / 12;
  const errorVariance = 21 / 2;
  const variance =
    errorVariance * params.n * ((DIGITS - 1) * 21.5 + 5.5) +
    rounding(params.n) +
    COMPACT_RING * (errorVariance * sumOfFour(dropped - 5) + (2 / 3) * sumOfFour(dropped - 3)) +
    sumOfFour(dropped + 3) +
    4 ** dropped * rounding(COMPACT_RING);
  return Math.sqrt(variance * period) / ((scale * SMALL_MODULUS) / params.data[0]);
}
