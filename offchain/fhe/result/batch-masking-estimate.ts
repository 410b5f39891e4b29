/** What the mask of a batch result hides, computed (docs/spec/batch-1.md, section 7). */
import type { ParameterSet } from "../ckks/parameters.ts";
import { BATCH_RANK, batchMaskWidths, batchNoise, FIRST_BITS_LESS } from "../plan/batch-shape.ts";
import { primalAttackBits } from "./lattice-estimate.ts";
import { SUM_OF_FOUR_FISHER } from "./masking-estimate.ts";
import { sumVariance } from "./noise.ts";

/** What one piece, two outputs of all samples, tells beyond its values, and what it would take to learn more. */
export interface BatchMaskingEstimate {
  /** log2 of the noise unknown to the user over that which its keys and the weights determine. */
  readonly marginBits: number;
  /** Upper bound on the bits that the noise of one piece tells about the weights, all its coefficients together. */
  readonly leakedBits: number;
  /** Of the coefficients of the six ephemerals, those that stay unknown to a user with malformed keys who reads every bit of c0 as a hint on them. */
  readonly hiddenDimension: number;
  /** Bits of security of c1's mask against that user. */
  readonly securityBits: number;
}

/**
 * Computes the figures.
 *
 * @param evaluationDeviation standard deviation of the evaluation's own noise, one coefficient modulo the first prime
 */
export function batchMaskingEstimate(
  { n, data }: Pick<ParameterSet, "n" | "data">,
  bits: number,
  evaluationDeviation: number,
): BatchMaskingEstimate {
  const { zero, flooding, publishing } = batchNoise(n, bits);
  const ratio = evaluationDeviation / Math.hypot(zero, flooding, publishing);
  const widths = batchMaskWidths(bits);
  const hints = (n * (bits - FIRST_BITS_LESS)) / sumOfFourEntropy(widths.u);
  const hiddenDimension = Math.floor(BATCH_RANK * n - hints);
  return {
    marginBits: -Math.log2(ratio),
    leakedBits: (n / 2) * Math.log2(1 + SUM_OF_FOUR_FISHER * ratio ** 2),
    hiddenDimension,
    securityBits: primalAttackBits({
      dimension: hiddenDimension,
      modulusBits: Math.log2(data[0]),
      secretDeviation: Math.sqrt(sumVariance(widths.u)),
      errorDeviation: Math.sqrt(sumVariance(widths.e)),
      samples: n,
    }),
  };
}

/** Entropy in bits of the sum of four uniforms in [0, 2^width). */
function sumOfFourEntropy(width: number): number {
  let counts = [1];
  for (let summand = 0; summand < 4; summand++) {
    const next = Array.from({ length: counts.length + 2 ** width - 1 }, () => 0);
    counts.forEach((count, at) => {
      for (let add = 0; add < 2 ** width; add++) next[at + add] += count;
    });
    counts = next;
  }
  const total = 2 ** (4 * width);
  return counts.reduce((sum, count) => sum - (count / total) * Math.log2(count / total), 0);
}
