import { shake128 } from "@noble/hashes/sha3.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";

import { MODULUS_BOUND } from "./modular.ts";

/** Bytes of a seed. */
const SEED_BYTES = 32;

/** Below this a modulus would reject nearly every word: no parameter set has one, and expanding would hardly end. */
export const LEAST_MODULUS = 2 ** 20;

/** Bytes SHAKE128 yields a permutation; reading whole blocks wastes none. */
const RATE = 168;

/**
 * A uniform polynomial from a seed (docs/formats.md, section 4): SHAKE128(seed ‖ label ‖ u32le prime) as 32-bit
 * little-endian words, top two bits cleared, words not below the prime rejected.
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
  const suffix = new Uint8Array(4);
  new DataView(suffix.buffer).setUint32(0, prime, true);
  const xof = shake128.create().update(seed).update(utf8ToBytes(label)).update(suffix);

  const out = new Uint32Array(n);
  const blocks = new Uint8Array(Math.ceil((4 * n) / RATE) * RATE);
  for (let filled = 0; filled < n;) {
    const bytes = blocks.subarray(0, Math.ceil((4 * (n - filled)) / RATE) * RATE);
    xof.xofInto(bytes);
    for (let o = 0; o < bytes.length && filled < n; o += 4) {
      const word = bytes[o] | (bytes[o + 1] << 8) | (bytes[o + 2] << 16) | ((bytes[o + 3] & 0x3f) << 24);
      if (word < prime) out[filled++] = word;
    }
  }
  return out;
}
