import { utf8ToBytes } from "@noble/hashes/utils.js";

import { MODULUS_BOUND } from "./modular.ts";
import { shakeBytes } from "./shake128.ts";

/** Bytes of a seed. */
const SEED_BYTES = 32;

/** Smaller than any prime of a parameter set. */
export const LEAST_MODULUS = 2 ** 20;

/** Words asked for beyond the average, so that a rejection or two more do not make it start again. */
const SPARE_WORDS = 64;

/**
 * A uniform polynomial from a seed (docs/formats.md, section 4): SHAKE128(seed ‖ label ‖ u32le prime) as 32-bit
 * little-endian words, of which the bits beyond the prime's own are cleared, words not below the prime rejected.
 *
 * @param seed 32 bytes
 * @param label ASCII, names the polynomial among those of one seed
 * @param prime modulus in [2^20, 2^30)
 * @param n number of residues
 * @returns n residues in [0, prime): a uniform polynomial in NTT form (a uniform one is uniform in either form)
 * @throws RangeError when the seed has another length, the label is not ASCII, or the prime is out of range
 */
export function expandUniform(seed: Uint8Array, label: string, prime: number, n: number): Uint32Array {
  if (seed.length !== SEED_BYTES) throw new RangeError(`a seed has ${SEED_BYTES} bytes, not ${seed.length}`);
  // eslint-disable-next-line no-control-regex -- the range of ASCII is what is meant
  if (!/^[\x00-\x7f]*$/.test(label)) throw new RangeError("a label must be ASCII");
  if (!Number.isInteger(prime) || prime < LEAST_MODULUS || prime >= MODULUS_BOUND) {
    throw new RangeError(`a modulus is an integer in [2^20, 2^30), not ${prime}`);
  }
  const message = expansionMessage(seed, label, prime);
  const mask = lengthMask(prime);
  const out = new Uint32Array(n);
  let filled = 0;
  // As many words as fill it on the average and a few more; seldom it takes a longer output, which begins like this one.
  for (let words = Math.ceil(n * ((mask + 1) / prime)) + SPARE_WORDS; filled < n; words *= 2) {
    const bytes = shakeBytes(message, 4 * words);
    filled = 0;
    for (let o = 0; o < bytes.length && filled < n; o += 4) {
      const word = (bytes[o] | (bytes[o + 1] << 8) | (bytes[o + 2] << 16) | (bytes[o + 3] << 24)) & mask;
      if (word < prime) out[filled++] = word;
    }
  }
  return out;
}

/** As many bits as a number below 2^30 has, all set: with words cut to them no more than half are rejected. */
export function lengthMask(prime: number): number {
  return 0xffffffff >>> Math.clz32(prime);
}

/** What a polynomial is expanded from: seed ‖ label ‖ u32le modulus. */
export function expansionMessage(seed: Uint8Array, label: string, modulus: number): Uint8Array {
  const name = utf8ToBytes(label);
  const message = new Uint8Array(seed.length + name.length + 4);
  message.set(seed);
  message.set(name, seed.length);
  new DataView(message.buffer).setUint32(seed.length + name.length, modulus, true);
  return message;
}
