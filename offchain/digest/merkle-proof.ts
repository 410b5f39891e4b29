import { fromHex, toHex, type Bytes32, type Hex } from "./hex.ts";
import {
  DIGEST_BYTES,
  leafCount,
  leafHash,
  nodeHashInto,
  rootOf,
  SALT_BYTES,
  TREES,
  weightSalts,
  type TreeKind,
} from "./merkle.ts";

/** That one leaf stands at one place of a tree. The same fields, in the same order, go to the Solidity library. */
export interface MerkleProof {
  readonly kind: TreeKind;
  /** Bytes of the whole object. */
  readonly size: number;
  /** Which leaf. */
  readonly index: number;
  readonly leaf: Hex;
  /** 16 bytes for weights, else `0x`. */
  readonly salt: Hex;
  /** From the leaf up; heights where the node has no sibling are left out. */
  readonly siblings: readonly Bytes32[];
}

/**
 * Proves one leaf. Hashes the whole object.
 *
 * @param bytes the whole object
 * @param index which leaf
 * @param packageSecret 32 bytes, for weights only
 * @throws RangeError when there is no such leaf
 */
export function merkleProof(kind: TreeKind, bytes: Uint8Array, index: number, packageSecret?: Uint8Array): MerkleProof {
  if ((kind === "weights") !== (packageSecret !== undefined))
    throw new TypeError("weights, and only weights, are salted");
  const { leafBytes } = TREES[kind];
  const count = leafCount(kind, bytes.length);
  if (!Number.isSafeInteger(index) || index < 0 || index >= count) throw new RangeError(`there are ${count} leaves`);

  const salts = packageSecret === undefined ? () => new Uint8Array(0) : weightSalts(packageSecret);
  const leafAt = (i: number) => bytes.subarray(i * leafBytes, (i + 1) * leafBytes);
  let row = Array.from({ length: count }, (_, i) => leafHash(leafAt(i), salts(i)));
  const siblings: Bytes32[] = [];
  for (let place = index; row.length > 1; place = Math.floor(place / 2)) {
    const sibling = place % 2 === 0 ? place + 1 : place - 1;
    if (sibling < row.length) siblings.push(toHex(row[sibling]));
    row = parents(row);
  }
  return { kind, size: bytes.length, index, leaf: toHex(leafAt(index)), salt: toHex(salts(index)), siblings };
}

function parents(row: readonly Uint8Array[]): Uint8Array[] {
  return Array.from({ length: Math.ceil(row.length / 2) }, (_, i) => {
    if (2 * i + 1 === row.length) return row[2 * i];
    const node = new Uint8Array(DIGEST_BYTES);
    nodeHashInto(row[2 * i], row[2 * i + 1], node);
    return node;
  });
}

/**
 * Checks a proof against a root. Anything out of shape is simply false: a proof comes from a stranger.
 *
 * @param root what the chain, or a request, says
 */
export function verifyProof(root: Bytes32, proof: MerkleProof): boolean {
  const { kind, size, index } = proof;
  if (!Object.hasOwn(TREES, kind)) return false;
  if (!Number.isSafeInteger(size) || size < 0 || !Number.isSafeInteger(index) || index < 0) return false;
  const count = leafCount(kind, size);
  if (index >= count) return false;

  let leaf: Uint8Array;
  let salt: Uint8Array;
  let siblings: Uint8Array[];
  try {
    leaf = fromHex(proof.leaf);
    salt = fromHex(proof.salt, kind === "weights" ? SALT_BYTES : 0);
    siblings = proof.siblings.map((sibling) => fromHex(sibling, DIGEST_BYTES));
  } catch {
    return false;
  }
  const { leafBytes } = TREES[kind];
  if (leaf.length !== (index === count - 1 ? size - index * leafBytes : leafBytes)) return false;

  const node = leafHash(leaf, salt);
  let used = 0;
  for (let place = index, width = count; width > 1; place = Math.floor(place / 2), width = Math.ceil(width / 2)) {
    if (place % 2 === 0 && place + 1 === width) continue;
    if (used === siblings.length) return false;
    const sibling = siblings[used++];
    if (place % 2 === 0) nodeHashInto(node, sibling, node);
    else nodeHashInto(sibling, node, node);
  }
  return used === siblings.length && rootOf(kind, size, node) === root;
}
