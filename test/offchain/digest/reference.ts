/** The formulas of docs/formats.md, section 1, written a second time: node:crypto and plain recursion, sharing nothing with offchain/digest. */
import { createHash } from "node:crypto";

export const sha = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export const u64 = (value: number): Buffer => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out;
};

export const KINDS = { blob: [1, 1024], residues: [2, 1024], weights: [3, 32], noise: [4, 32] } as const;
export type Kind = keyof typeof KINDS;

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;

/** Cuts bytes into leaves; nothing has one empty leaf. */
function cut(bytes: Buffer, leaf: number): Buffer[] {
  const count = Math.max(1, Math.ceil(bytes.length / leaf));
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * leaf, (i + 1) * leaf));
}

/** The largest power of two below n: a left subtree is always full, which is what moving up unpaired nodes unchanged amounts to. */
const split = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);

function top(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 1) return hashes[0];
  const at = split(hashes.length);
  return sha(Buffer.of(1), top(hashes.slice(0, at)), top(hashes.slice(at)));
}

function path(hashes: readonly Buffer[], index: number): Buffer[] {
  if (hashes.length === 1) return [];
  const at = split(hashes.length);
  const [left, right] = [hashes.slice(0, at), hashes.slice(at)];
  return index < at ? [...path(left, index), top(right)] : [...path(right, index - at), top(left)];
}

export const salt = (secret: Buffer, index: number): Buffer =>
  sha(Buffer.from("cloakwork/weights/salt/1"), secret, u64(index)).subarray(0, 16);

export const seed = (secret: Buffer, k: number): Buffer => sha(Buffer.from("cloakwork/noise/seed/1"), secret, u64(k));

/** Root of `bytes`, with the proofs of the leaves asked for. `secret` for weights. */
export function reference(kind: Kind, bytes: Buffer, proofsOf: readonly number[], secret?: Buffer) {
  const [id, leafBytes] = KINDS[kind];
  const leaves = cut(bytes, leafBytes);
  const salts = leaves.map((_, i) => (secret === undefined ? Buffer.alloc(0) : salt(secret, i)));
  const hashes = leaves.map((leaf, i) => sha(Buffer.of(0), salts[i], leaf));
  return {
    root: hex(sha(Buffer.of(2, id), u64(bytes.length), top(hashes))),
    proofs: proofsOf.map((index) => ({
      index,
      leaf: hex(leaves[index]),
      salt: hex(salts[index]),
      siblings: path(hashes, index).map(hex),
    })),
  };
}

/** Bytes that differ from leaf to leaf: byte i is (7 + 31·i + ⌊i/256⌋·5) mod 256. */
export function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = (7 + 31 * i + Math.floor(i / 256) * 5) % 256;
  return bytes;
}

export { hex };
