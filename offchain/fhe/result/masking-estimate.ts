/** What a mask hides, computed (docs/spec/compact-1.md, sections 7 and 8): the numbers a model's card and SECURITY.md state. */
import type { ParameterSet } from "../ckks/parameters.ts";
import { primalAttackBits } from "./lattice-estimate.ts";
import { maskWidths } from "./mask.ts";
import { compactNoise, sumVariance } from "./noise.ts";
import { publishedCount, type CompactShape } from "./shape.ts";
import { SMALL_DEGREE, SMALL_MODULUS_BITS } from "./small-ring.ts";

/**
 * Fisher information of a sum of four uniforms, times its variance; a Gaussian has 1. The integral of f′²/f over the cubic B-spline f, divided by 3.
 */
export const SUM_OF_FOUR_FISHER = 1.0386;

/** What one result tells beyond its values, and what it would take to learn more. */
export interface MaskingEstimate {
  /** Standard deviation of the noise that the user's own keys and the weights determine, one coefficient modulo 2^27. */
  readonly shown: number;
  /** That of the noise unknown to the user. */
  readonly hidden: number;
  /** log2(hidden / shown): by how many bits the mask exceeds what it hides. */
  readonly marginBits: number;
  /** Upper bound on the bits that the noise of one result tells about the weights, all published coefficients together. */
  readonly leakedBits: number;
  /** The same, counting only the flooding and not what rests on learning with errors. */
  readonly leakedBitsByFloodingAlone: number;
  /** Coefficients of the ephemeral that a user with malformed keys may learn from the published coefficients of c0. */
  readonly hostileHints: number;
  /** Bits of security of c1's mask against that user. */
  readonly securityBits: number;
}

/**
 * Computes the figures.
 *
 * @param evaluationDeviation standard deviation of the evaluation's own noise before it is compacted, one coefficient modulo 2^27: that of an
 *   opened value times scale·2^27/(q0·√period)
 */
export function maskingEstimate(
  params: ParameterSet,
  shape: CompactShape,
  evaluationDeviation: number,
): MaskingEstimate {
  const noise = compactNoise(params.n, shape.bits);
  const shown = Math.hypot(noise.keySwitch, noise.rounding, evaluationDeviation);
  const hidden = Math.hypot(noise.zero, noise.flooding, noise.publishing);
  const hints = hostileHints(shape, noise.flooding);
  const widths = maskWidths(shape.bits);
  return {
    shown,
    hidden,
    marginBits: Math.log2(hidden / shown),
    leakedBits: leakedBits(shape, shown / hidden),
    leakedBitsByFloodingAlone: leakedBits(shape, shown / noise.flooding),
    hostileHints: hints,
    securityBits: primalAttackBits({
      dimension: SMALL_DEGREE - hints,
      modulusBits: SMALL_MODULUS_BITS,
      secretDeviation: Math.sqrt(sumVariance(widths.u)),
      errorDeviation: Math.sqrt(sumVariance(widths.e)),
      samples: SMALL_DEGREE,
    }),
  };
}

/**
 * Mutual information of Gaussian noise B and B + Z is at most ½·log2(1 + J(Z)·Var B), J the Fisher information: de Bruijn's identity with Stam's
 * inequality for J(B + Z). For sums, Stam's inequality again gives J(Z) ≤ SUM_OF_FOUR_FISHER / Var Z.
 *
 * @param ratio deviation of B over that of Z
 */
function leakedBits(shape: CompactShape, ratio: number): number {
  return (publishedCount(shape) / 2) * Math.log2(1 + SUM_OF_FOUR_FISHER * ratio ** 2);
}

/**
 * With a malformed b′ each published coefficient of c0 can be made to tell any linear function of the ephemeral, up to the flooding: at most the
 * modulus's bits less the entropy of the flooding. Divided by the entropy of one coefficient of the ephemeral.
 */
function hostileHints(shape: CompactShape, flooding: number): number {
  const told = SMALL_MODULUS_BITS - gaussianEntropy(flooding);
  return Math.ceil((publishedCount(shape) * told) / gaussianEntropy(Math.sqrt(sumVariance(maskWidths(shape.bits).u))));
}

/** Entropy in bits of a Gaussian, within 0.005 of that of a sum of four uniforms. */
function gaussianEntropy(deviation: number): number {
  return Math.log2(deviation * Math.sqrt(2 * Math.PI * Math.E));
}
