/** Seeds of the masking noise, one a request, committed to by a tree of kind 4 (docs/formats.md, section 1). */
import { concatBytes, writeU64 } from "./bytes.ts";
import type { Bytes32 } from "./hex.ts";
import { merkleProof, type MerkleProof } from "./merkle-proof.ts";
import { MerkleHasher } from "./merkle.ts";
import { sha256 } from "./sha256.ts";
import { SUBTREE_LEAVES, subtrees } from "./subtrees.ts";

/** Seeds a version has: it serves this many requests, then the owner publishes a new version. */
export const NOISE_SEEDS = 65_536;

const SEED_BYTES = 32;
const DOMAIN = new TextEncoder().encode("cloakwork/noise/seed/1");

/** SHA-256(what this returns ‖ k) is seed k. */
function seedPrefix(noiseSecret: Uint8Array): Uint8Array<ArrayBuffer> {
  if (noiseSecret.length !== 32) throw new RangeError("a noise secret has 32 bytes");
  return concatBytes(DOMAIN, noiseSecret);
}

function allSeeds(noiseSecret: Uint8Array): Uint8Array {
  const seeds = new Uint8Array(NOISE_SEEDS * SEED_BYTES);
  const short = subtrees();
  if (short === undefined) {
    for (let k = 0; k < NOISE_SEEDS; k++) seeds.set(noiseSeed(noiseSecret, k), k * SEED_BYTES);
    return seeds;
  }
  const prefix = seedPrefix(noiseSecret);
  for (let k = 0; k < NOISE_SEEDS; k += SUBTREE_LEAVES) {
    short.counters(prefix, k, seeds.subarray(k * SEED_BYTES, (k + SUBTREE_LEAVES) * SEED_BYTES));
  }
  prefix.fill(0);
  return seeds;
}

/**
 * The seed of request k of a version. Secret until a dispute opens it.
 *
 * @param noiseSecret 32 bytes, from the envelope
 * @param k the version's request counter, 0 … 65,535
 * @returns 32 bytes
 * @throws RangeError when the secret has another length or k is out of range
 */
export function noiseSeed(noiseSecret: Uint8Array, k: number): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(k) || k < 0 || k >= NOISE_SEEDS) throw new RangeError(`k is in [0, ${NOISE_SEEDS})`);
  const message = concatBytes(seedPrefix(noiseSecret), new Uint8Array(8));
  writeU64(message, message.length - 8, k);
  const seed = sha256(message);
  message.fill(0);
  return seed;
}

/**
 * What the version record on chain commits to.
 *
 * @param noiseSecret 32 bytes
 * @throws RangeError when it has another length
 */
export function noiseRoot(noiseSecret: Uint8Array): Bytes32 {
  return new MerkleHasher("noise").update(allSeeds(noiseSecret)).root();
}

/**
 * That seed k belongs to a root. Reveals that one seed and no other.
 *
 * @param noiseSecret 32 bytes
 * @param k the version's request counter, 0 … 65,535
 * @throws RangeError when the secret has another length or k is out of range
 */
export function noiseProof(noiseSecret: Uint8Array, k: number): MerkleProof {
  return merkleProof("noise", allSeeds(noiseSecret), k);
}
