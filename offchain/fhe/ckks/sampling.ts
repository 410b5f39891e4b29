/**
 * Random polynomials of the HomomorphicEncryption.org standard (2018): uniform ternary secrets and centred errors of σ = 3.2.
 *
 * Errors are centred binomial with η = 21, σ = √(21/2) = 3.24, as SEAL 4.1 samples them (`sample_poly_cbd`, util/rlwe.cpp): sums of bits need
 * neither tables nor branches on secret data.
 */
import { shake256 } from "@noble/hashes/sha3.js";

/** Fills an array with bytes nobody can predict. Tests inject a deterministic one. */
export type RandomSource = (out: Uint8Array<ArrayBuffer>) => void;

/** Most bytes one call of `getRandomValues` gives. */
const PLATFORM_QUOTA = 65536;

/** The platform's cryptographically secure generator. */
export const platformRandom: RandomSource = (out) => {
  for (let at = 0; at < out.length; at += PLATFORM_QUOTA) crypto.getRandomValues(out.subarray(at, at + PLATFORM_QUOTA));
};

/**
 * A source that expands a seed with SHAKE256. As unpredictable as the seed, and the same bytes again from the same seed.
 *
 * @param parts joined and absorbed; the caller makes the joint unambiguous
 */
export function seededSource(...parts: readonly Uint8Array[]): RandomSource {
  const xof = shake256.create();
  for (const part of parts) xof.update(part);
  return (out) => {
    xof.xofInto(out);
  };
}

/**
 * n independent uniform values in {−1, 0, 1}.
 *
 * Pairs of random bits, those equal to 3 rejected: time depends on what is rejected, never on what is kept.
 */
export function sampleTernary(n: number, random: RandomSource): Int8Array {
  const out = new Int8Array(n);
  const bytes = new Uint8Array(Math.ceil(n / 3));
  for (let filled = 0; filled < n;) {
    random(bytes);
    for (let i = 0; i < bytes.length; i++) {
      for (let shift = 0; shift < 8 && filled < n; shift += 2) {
        const pair = (bytes[i] >> shift) & 3;
        if (pair !== 3) out[filled++] = pair - 1;
      }
    }
  }
  bytes.fill(0);
  return out;
}

/** Bytes of randomness an error takes: two sums of 21 bits. */
const ERROR_BYTES = 6;

/** Largest magnitude of a sampled error. */
export const ERROR_BOUND = 21;

/** Variance of a sampled error, 21/2. */
export const ERROR_VARIANCE = 10.5;

/** n independent errors: centred binomial, η = 21, in [−21, 21]. */
export function sampleError(n: number, random: RandomSource): Int8Array {
  const out = new Int8Array(n);
  const bytes = new Uint8Array(n * ERROR_BYTES);
  random(bytes);
  for (let i = 0, o = 0; i < n; i++, o += ERROR_BYTES) {
    const plus = bytes[o] | (bytes[o + 1] << 8) | ((bytes[o + 2] & 0x1f) << 16);
    const minus = bytes[o + 3] | (bytes[o + 4] << 8) | ((bytes[o + 5] & 0x1f) << 16);
    out[i] = bitCount(plus) - bitCount(minus);
  }
  bytes.fill(0);
  return out;
}

/** Number of bits set in a 32-bit integer. */
function bitCount(x: number): number {
  x -= (x >>> 1) & 0x55555555;
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  x = (x + (x >>> 4)) & 0x0f0f0f0f;
  return Math.imul(x, 0x01010101) >>> 24;
}
