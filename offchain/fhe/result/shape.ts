import { CompactResultError } from "./errors.ts";
import { packedBytes } from "./pack-bits.ts";
import { SMALL_DEGREE, SMALL_MODULUS_BITS } from "./small-ring.ts";

/** What the plan's `compact` instruction asks for. */
export interface CompactShape {
  /** Degree N′ of the small ring: 1,024. */
  readonly ring: number;
  /** Bits T a published coefficient keeps, 14 … 18. */
  readonly bits: number;
  /** Slots i and i + period mean the same; a power of two, at most 64, at most 32 with 18 bits. */
  readonly period: number;
}

export const MIN_BITS = 14;
export const MAX_BITS = 18;

/** Bytes before the coefficients. */
export const HEADER_BYTES = 40;

/**
 * Largest period a width allows. Every published coefficient of c0 is one number that a user with malformed keys learns about the ephemeral
 * that masks c1; beyond these the estimate of docs/spec/compact-1.md, section 8, falls below 128 bits.
 *
 * @param bits T, 14 … 18
 */
export function maxPeriod(bits: number): number {
  return bits === MAX_BITS ? 32 : 64;
}

/**
 * Checks a shape.
 *
 * @throws CompactResultError with code `COMPACT_SHAPE` when compact-1 has no such result
 */
export function checkShape({ ring, bits, period }: CompactShape): void {
  if (ring !== SMALL_DEGREE) refuse(`its ring has degree ${ring} and not ${SMALL_DEGREE}`);
  if (!Number.isInteger(bits) || bits < MIN_BITS || bits > MAX_BITS)
    refuse(`${bits} bits are not in ${MIN_BITS} to ${MAX_BITS}`);
  if (!Number.isInteger(period) || period < 1 || period > maxPeriod(bits) || (period & (period - 1)) !== 0) {
    refuse(`its period, ${period}, is not a power of two up to ${maxPeriod(bits)}`);
  }
}

/** Coefficients of c0 that carry values. */
export function publishedCount(shape: CompactShape): number {
  return 2 * shape.period;
}

/** Distance in the small ring between the coefficients of c0 that carry values. */
export function publishedStride(shape: CompactShape): number {
  return SMALL_DEGREE / publishedCount(shape);
}

/** Bits the last modulus switch drops, D = 27 − T. */
export function droppedBits(bits: number): number {
  return SMALL_MODULUS_BITS - bits;
}

/** Exact size of a result, header included. */
export function compactBytes(shape: CompactShape): number {
  return HEADER_BYTES + packedBytes(publishedCount(shape) + SMALL_DEGREE, shape.bits);
}

function refuse(reason: string): never {
  throw new CompactResultError(
    "COMPACT_SHAPE",
    `A compact result of this shape does not exist: ${reason}.`,
    "Compile the model again; a model with more outputs publishes several results.",
  );
}
