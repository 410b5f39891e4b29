/** How much error a compact result adds (docs/spec/compact-1.md, section 7). Standard deviations are those of one coefficient modulo 2^27. */
import { ERROR_VARIANCE } from "../ckks/sampling.ts";
import type { ParameterSet } from "../ckks/parameters.ts";
import { maskWidths } from "./mask.ts";
import { droppedBits, type CompactShape } from "./shape.ts";
import { DIGITS } from "./small-keys.ts";
import { SMALL_DEGREE, SMALL_MODULUS } from "./small-ring.ts";

/** Mean square of a uniform ternary coefficient. */
const TERNARY = 2 / 3;

/** Mean squares of a balanced base-16 digit in [−8, 8), and of the last, in [−4, 4] with half the weight at the ends. */
const DIGIT_SQUARE = 21.5;
const LAST_DIGIT_SQUARE = 5.5;

/** A bound is this many standard deviations. */
export const BOUND_SIGMAS = 6;

/** Where the error of one coefficient comes from. */
export interface CompactNoise {
  /** The switch key's errors times the digits of c1: the user knows the first, the weights are in the second. */
  readonly keySwitch: number;
  /** Rounding from q0 to 2^27. */
  readonly rounding: number;
  /** The encryption of zero. */
  readonly zero: number;
  /** Flooding. */
  readonly flooding: number;
  /** Rounding from 2^27 to 2^T. */
  readonly publishing: number;
}

/**
 * The standard deviations.
 *
 * @param n ring degree N of the parameter set
 * @param bits T
 */
export function compactNoise(n: number, bits: number): CompactNoise {
  const widths = maskWidths(bits);
  return {
    keySwitch: Math.sqrt(ERROR_VARIANCE * n * ((DIGITS - 1) * DIGIT_SQUARE + LAST_DIGIT_SQUARE)),
    rounding: roundingDeviation(n),
    zero: Math.sqrt(SMALL_DEGREE * (ERROR_VARIANCE * sumVariance(widths.u) + TERNARY * sumVariance(widths.e))),
    flooding: Math.sqrt(sumVariance(widths.f)),
    publishing: 2 ** droppedBits(bits) * roundingDeviation(SMALL_DEGREE),
  };
}

/**
 * The error of one opened value that the compact result adds.
 *
 * @param scale of the value the plan compacts
 * @returns standard deviation, in units of the values; the stated bound is `BOUND_SIGMAS` times it
 */
export function compactErrorDeviation(params: ParameterSet, shape: CompactShape, scale: number): number {
  const { keySwitch, rounding, zero, flooding, publishing } = compactNoise(params.n, shape.bits);
  const coefficient = Math.hypot(keySwitch, rounding, zero, flooding, publishing);
  // A slot is a sum of 2k coefficients times cosines whose squares sum to k.
  return (coefficient * Math.sqrt(shape.period)) / ((scale * SMALL_MODULUS) / params.data[0]);
}

/** Variance of the mask's centred sum of four uniforms in [0, 2^width). */
export function sumVariance(width: number): number {
  return (4 ** width - 1) / 3;
}

/** Deviation of c0 + c1·s when both are rounded, s ternary of this degree. */
function roundingDeviation(degree: number): number {
  return Math.sqrt((1 + TERNARY * degree) / 12);
}
