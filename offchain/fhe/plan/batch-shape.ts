/** What docs/spec/batch-1.md allows and what it costs, as far as a plan must know it. */
import type { ParameterSet } from "../ckks/parameters.ts";
import { packed30Bytes } from "../ring/pack30.ts";
import type { PlanBatch } from "./plan.ts";

/** Least and most bits T of a published coefficient of c1; beyond 23 the rounding to them is not exact in doubles. */
export const BATCH_BITS = { least: 20, most: 23, usual: 23 } as const;

/** By how many bits a published coefficient of c0 is shorter: rounding of c1 counts √(2N/3) times as much, 74 at N = 8,192. */
export const FIRST_BITS_LESS = 6;

/** Samples (a_j, b_j) of the batch public key. */
export const BATCH_RANK = 6;

/** Bytes before the first piece. */
export const BATCH_HEADER_BYTES = 48;

const ERROR_VARIANCE = 21 / 2;
const TERNARY = 2 / 3;
const LEAST_DEGREE = 4096;

/** Widths w of the sums of four uniforms in [0, 2^w) that the mask is made of. */
export interface BatchMaskWidths {
  /** Of each of the six ephemerals. */
  readonly u: number;
  /** Of the error of c1. */
  readonly e: number;
  /** Of the flooding of c0. */
  readonly f: number;
}

/**
 * The widths for a precision: flooding as large as the rounding of c0.
 *
 * @param bits T
 */
export function batchMaskWidths(bits: number): BatchMaskWidths {
  return { u: 2, e: 3, f: 35 - bits };
}

/**
 * Why there is no such batch result.
 *
 * @returns undefined when there is
 */
export function batchReason(
  params: Pick<ParameterSet, "n" | "data">,
  { bits }: Pick<PlanBatch, "bits">,
): string | undefined {
  if (params.n < LEAST_DEGREE || params.data[0] <= 2 ** 29) return "the parameter set is too small";
  if (!Number.isInteger(bits) || bits < BATCH_BITS.least || bits > BATCH_BITS.most)
    return `${bits} bits are not in ${BATCH_BITS.least} to ${BATCH_BITS.most}`;
  return undefined;
}

/** Exact bytes of a result: a piece for every two outputs, and one for an odd last one. */
export function batchResultBytes({ n }: Pick<ParameterSet, "n">, bits: number, outputs: number): number {
  const pairs = Math.floor(outputs / 2);
  return BATCH_HEADER_BYTES + pairs * batchPieceBytes(n, bits, 2) + (outputs % 2) * batchPieceBytes(n, bits, 1);
}

/** Bytes of a piece of one or two outputs. */
export function batchPieceBytes(n: number, bits: number, outputs: 1 | 2): number {
  return ((outputs * n * (bits - FIRST_BITS_LESS)) / 2 + n * bits) / 8;
}

/** Exact bytes of the body of the batch public key. */
export function batchPublicBodyBytes({ n }: Pick<ParameterSet, "n">): number {
  return BATCH_RANK * packed30Bytes(n);
}

/** Standard deviations of what a batch result adds to one coefficient modulo the first prime. */
export interface BatchNoise {
  /** The encryption of zero. */
  readonly zero: number;
  readonly flooding: number;
  /** Rounding of c0, and of c1 times the secret. */
  readonly publishing: number;
}

/** Noise of one coefficient, section 6 of the specification. */
export function batchNoise(n: number, bits: number): BatchNoise {
  const widths = batchMaskWidths(bits);
  const sumOfFour = (width: number): number => (4 ** width - 1) / 3;
  return {
    zero: Math.sqrt(n * (BATCH_RANK * ERROR_VARIANCE * sumOfFour(widths.u) + TERNARY * sumOfFour(widths.e))),
    flooding: Math.sqrt(sumOfFour(widths.f)),
    publishing: Math.hypot(
      2 ** (30 - bits) * Math.sqrt((TERNARY * n) / 12),
      2 ** (30 - bits + FIRST_BITS_LESS) / Math.sqrt(12),
    ),
  };
}

/**
 * Standard deviation of the error a batch result adds to one value, in units of the values.
 *
 * @param alone whether the value's output has a piece of its own: there each coefficient counts twice
 * @param scale of the output
 */
export function batchDeviation(n: number, bits: number, alone: boolean, scale: number): number {
  const { zero, flooding, publishing } = batchNoise(n, bits);
  return (Math.hypot(zero, flooding, publishing) * Math.sqrt(alone ? n : n / 2)) / scale;
}
