/** Sums of rotated products by baby steps and giant steps, in one progression of rotations or in several at once. */
import type { ProgramBuilder, SlotVector, StepId } from "./program.ts";

/** Rotations 0, step, 2·step, …, (count − 1)·step. */
export interface Progression {
  readonly step: number;
  readonly count: number;
  /** How many of them are baby steps, shared by all giant steps of baby·step. */
  readonly baby: number;
}

/** Terms Σ_r terms(r) ⊙ rot(x, r) over all sums r of one rotation of each progression. */
export interface RotatedTerms {
  readonly progressions: readonly Progression[];
  /** Repeats with its own length, a power of two. */
  readonly terms: (rotation: number) => SlotVector;
}

/** A part of what a matrix is multiplied by, and the block of the matrix it meets; the bias is with the first. */
export interface Part<Map> {
  readonly x: StepId;
  readonly map: Map;
}

/** Adds up what parts give. @returns undefined when all weights are negligible */
export function lowerSum<Map>(
  builder: ProgramBuilder,
  parts: readonly Part<Map>[],
  lower: (part: Part<Map>) => StepId | undefined,
): StepId | undefined {
  let sum: StepId | undefined;
  for (const part of parts) {
    const value = lower(part);
    if (value !== undefined) sum = sum === undefined ? value : builder.add(sum, value);
  }
  return sum;
}

/** Giant steps of a progression, the one by nothing included. */
export function giantsOf({ count, baby }: Progression): number {
  return Math.ceil(count / baby);
}

/** All sums of one rotation of each progression. */
export function rotationsOf(progressions: readonly Progression[]): number[] {
  return sums(progressions.map(({ step, count }) => multiples(step, count)));
}

/** All sums of one baby step of each progression. */
export function babiesOf(progressions: readonly Progression[]): number[] {
  return sums(progressions.map(({ step, baby }) => multiples(step, baby)));
}

/**
 * Lowers a sum of rotated products: r = j + b·h, and
 * Σ_r terms(r) ⊙ rot(x, r) = Σ_h rot(Σ_j rot(terms(j + b·h), −b·h) ⊙ rot(x, j), b·h), the outer sum by Horner's rule, so that one progression takes one key.
 * With several progressions each inner sum is one over the next of them.
 *
 * @returns undefined when all terms are negligible
 */
export function lowerBabyGiant(
  builder: ProgramBuilder,
  x: StepId,
  { progressions, terms }: RotatedTerms,
): StepId | undefined {
  // Without baby steps nothing else is in the extended basis.
  const extended = progressions.some(({ baby }) => baby > 1);
  return horner(progressions.length - 1, 0, []);

  /** @param babies what is left of the progressions after this one, their giant steps `giant` taken */
  function horner(k: number, giant: number, babies: readonly (readonly number[])[]): StepId | undefined {
    if (k < 0) return products(giant, sums(babies));
    const { step, count, baby } = progressions[k];
    let sum: StepId | undefined;
    for (let h = giantsOf(progressions[k]) - 1; h >= 0; h--) {
      const steps = multiples(step, Math.min(baby, count - h * baby));
      const inner = horner(k - 1, giant + h * baby * step, [steps, ...babies]);
      if (sum !== undefined) sum = extended ? builder.rotateSum(sum, baby * step) : builder.rotate(sum, baby * step);
      if (inner !== undefined) sum = sum === undefined ? inner : builder.add(sum, inner);
    }
    return sum;
  }

  /** Products of one giant step, summed before they meet the others, so that one rescale serves them all. */
  function products(giant: number, babies: readonly number[]): StepId | undefined {
    let sum: StepId | undefined;
    for (const baby of babies) {
      const vector = terms(giant + baby);
      if (builder.negligible(vector)) continue;
      const product = builder.multiply(builder.rotate(x, baby), rotatedRight(vector, giant));
      sum = sum === undefined ? product : builder.add(sum, product);
    }
    return sum;
  }
}

function multiples(step: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) => k * step);
}

/** All sums of one number of each list. */
function sums(lists: readonly (readonly number[])[]): number[] {
  return lists.reduce<number[]>((all, list) => list.flatMap((value) => all.map((sum) => sum + value)), [0]);
}

/** The vector whose rotation to the left by `shift` is the given one. */
function rotatedRight(vector: SlotVector, shift: number): SlotVector {
  const period = vector.length;
  const by = shift % period;
  if (by === 0) return vector;
  const out = new Float64Array(period);
  out.set(vector.subarray(period - by), 0);
  out.set(vector.subarray(0, period - by), by);
  return out;
}
