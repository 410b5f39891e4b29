/**
 * Writes test/vectors/batch-input.json: `node test/vectors/batch-input.ts && prettier --write test/vectors/batch-input.json`. Computed by node:crypto and
 * BigInt, sharing nothing with offchain/fhe/ckks.
 */
import { writeFileSync } from "node:fs";
import { hex, reference, sha } from "../offchain/digest/reference.ts";
import { keySet, pack30, paramsDigest, polynomial, SCALE, SEED, set, words } from "./ckks.ts";

/** Ciphertext k is at level k + 1; its c0 is expand(SEED, "c0/k"), its nonce 32 times the byte 0x40 + k. */
function batchInputVector() {
  const bodies: Buffer[] = [];
  const residues: Uint32Array[] = [];
  const levels = [1, 2, 3];
  for (const [k, level] of levels.entries()) {
    const primes = set.data.slice(0, level);
    const nonce = Buffer.alloc(32, 0x40 + k);
    const c0 = polynomial(SEED, `c0/${k}`, primes, set.n);
    const c1 = polynomial(sha(Buffer.from("cloakwork/input/a/1"), keySet, nonce), "c1", primes, set.n);
    const header = Buffer.alloc(16);
    header.write("CWCT", "ascii");
    header.set([1, 1, level, 0], 4);
    header.writeBigUInt64LE(BigInt(SCALE), 8);
    bodies.push(Buffer.concat([header, paramsDigest(set), keySet, nonce, pack30(c0)]));
    residues.push(c0, c1);
  }
  const header = Buffer.alloc(16);
  header.write("CWBI", "ascii");
  header[4] = 1;
  header.writeUInt32LE(levels.length, 8);
  const bytes = Buffer.concat([header, paramsDigest(set), keySet, ...bodies]);
  return {
    header: hex(bytes.subarray(0, 80)),
    levels,
    scale: SCALE,
    size: bytes.length,
    sha256: hex(sha(bytes)),
    blobRoot: reference("blob", bytes, []).root,
    inputRoot: reference("residues", words(...residues), []).root,
  };
}

if (import.meta.main) {
  const vectors = {
    comment:
      'docs/formats.md, section 14. Ciphertext k is at level k + 1; its c0 is expand(seed, "c0/k", p, N), its nonce 32 times the byte 0x40 + k.',
    seed: hex(SEED),
    params: set.id,
    keySet: hex(keySet),
    batchInput: batchInputVector(),
  };
  writeFileSync(new URL("batch-input.json", import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`);
}
