/**
 * Merkle roots over byte strings (docs/formats.md, section 1). Leaves and nodes are domain-separated as in RFC 6962, and the kind and
 * size are bound into the root, so a root names one kind of object, of one length, with one content.
 */
import { concatBytes, writeU64 } from "./bytes.ts";
import { toHex, type Bytes32 } from "./hex.ts";
import { sha256Into } from "./sha256.ts";
import { SHORT_LEAF_BYTES, SUBTREE_LEAVES, subtrees } from "./subtrees.ts";

/** What a tree is over; the number stands in the root. */
export type TreeKind = "blob" | "residues" | "weights" | "noise";

/** Number bound into the root, and bytes a leaf, of each kind. */
export const TREES: Readonly<Record<TreeKind, { readonly id: number; readonly leafBytes: number }>> = {
  blob: { id: 1, leafBytes: 1024 },
  residues: { id: 2, leafBytes: 1024 },
  weights: { id: 3, leafBytes: 32 },
  noise: { id: 4, leafBytes: 32 },
};

/** Bytes of a digest. */
export const DIGEST_BYTES = 32;

/** Bytes of the salt in front of a leaf of weights. */
export const SALT_BYTES = 16;

const SALT_DOMAIN = new TextEncoder().encode("cloakwork/weights/salt/1");

/** Number of leaves over `size` bytes; size 0 has one empty leaf. */
export function leafCount(kind: TreeKind, size: number): number {
  return Math.max(1, Math.ceil(size / TREES[kind].leafBytes));
}

/** Gives the salt of leaf i; what it returns is valid until the next call. */
type Salts = (index: number) => Uint8Array;

/** What stands before a leaf's index in the message whose digest begins with its salt. @throws RangeError when the secret has not 32 bytes */
function saltPrefix(packageSecret: Uint8Array): Uint8Array {
  if (packageSecret.length !== 32) throw new RangeError("a package secret has 32 bytes");
  return concatBytes(SALT_DOMAIN, packageSecret);
}

/**
 * The salts of a weights tree: the first 16 bytes of SHA-256(domain ‖ packageSecret ‖ i).
 *
 * @param packageSecret 32 bytes
 * @returns a function from a leaf's index to its salt, which is overwritten by the next call
 * @throws RangeError when the secret has another length
 */
export function weightSalts(packageSecret: Uint8Array): Salts {
  const prefix = saltPrefix(packageSecret);
  const message = new Uint8Array(prefix.length + 8);
  message.set(prefix);
  const digest = new Uint8Array(DIGEST_BYTES);
  return (index) => {
    writeU64(message, prefix.length, index);
    sha256Into(message, digest);
    return digest.subarray(0, SALT_BYTES);
  };
}

/**
 * Hash of a leaf: SHA-256(0x00 ‖ salt ‖ leaf).
 *
 * @param salt empty where leaves are not salted
 */
export function leafHash(leaf: Uint8Array, salt: Uint8Array = new Uint8Array(0)): Uint8Array {
  const message = new Uint8Array(1 + salt.length + leaf.length);
  message.set(salt, 1);
  message.set(leaf, 1 + salt.length);
  const out = new Uint8Array(DIGEST_BYTES);
  sha256Into(message, out);
  return out;
}

const nodeMessage = new Uint8Array(1 + 2 * DIGEST_BYTES);

/** Hash of an inner node: SHA-256(0x01 ‖ left ‖ right), written to `out`, which may be either child. */
export function nodeHashInto(left: Uint8Array, right: Uint8Array, out: Uint8Array): void {
  nodeMessage[0] = 1;
  nodeMessage.set(left, 1);
  nodeMessage.set(right, 1 + DIGEST_BYTES);
  sha256Into(nodeMessage, out);
}

/** The root from the top node: SHA-256(0x02 ‖ kind ‖ size ‖ top). */
export function rootOf(kind: TreeKind, size: number, top: Uint8Array): Bytes32 {
  const message = new Uint8Array(10 + DIGEST_BYTES);
  message[0] = 2;
  message[1] = TREES[kind].id;
  writeU64(message, 2, size);
  message.set(top, 10);
  const out = new Uint8Array(DIGEST_BYTES);
  sha256Into(message, out);
  return toHex(out);
}

/**
 * Computes a root while bytes stream by, in memory that grows with the logarithm of their number.
 *
 * Cutting the stream into different pieces does not change the root.
 */
export class MerkleHasher {
  readonly #kind: TreeKind;
  readonly #leafBytes: number;
  readonly #salts: Salts | undefined;
  readonly #saltPrefix: Uint8Array | undefined;
  /** 0x00 ‖ salt ‖ the leaf being filled. */
  readonly #message: Uint8Array;
  readonly #leafStart: number;
  #filled = 0;
  #size = 0;
  #leaves = 0;
  /** Roots of the complete subtrees so far, one a height, where the binary digits of the number of leaves are 1. */
  readonly #subtrees: Uint8Array[] = [];
  #finished = false;

  /**
   * @param packageSecret 32 bytes, from which the salts follow; for weights only
   * @throws RangeError when the secret has another length
   */
  constructor(kind: TreeKind, packageSecret?: Uint8Array) {
    if ((kind === "weights") !== (packageSecret !== undefined))
      throw new TypeError("weights, and only weights, are salted");
    this.#kind = kind;
    this.#leafBytes = TREES[kind].leafBytes;
    this.#salts = packageSecret && weightSalts(packageSecret);
    this.#saltPrefix = packageSecret && saltPrefix(packageSecret);
    this.#leafStart = packageSecret === undefined ? 1 : 1 + SALT_BYTES;
    this.#message = new Uint8Array(this.#leafStart + this.#leafBytes);
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** Appends bytes. @throws Error after `root` */
  update(bytes: Uint8Array): this {
    if (this.#finished) throw new Error("the root was already taken");
    this.#size += bytes.length;
    for (let at = 0; at < bytes.length;) {
      if (this.#filled === 0 && this.#leaves % SUBTREE_LEAVES === 0) at = this.#takeSubtrees(bytes, at);
      const take = Math.min(this.#leafBytes - this.#filled, bytes.length - at);
      this.#message.set(bytes.subarray(at, at + take), this.#leafStart + this.#filled);
      this.#filled += take;
      at += take;
      if (this.#filled === this.#leafBytes) this.#closeLeaf();
    }
    return this;
  }

  /** Ends the stream. @returns the root, the same when asked again */
  root(): Bytes32 {
    if (!this.#finished) {
      if (this.#filled > 0 || this.#leaves === 0) this.#closeLeaf();
      this.#finished = true;
    }
    let top: Uint8Array | undefined;
    for (let height = 0, rest = this.#leaves; rest > 0; height++, rest = Math.floor(rest / 2)) {
      if (rest % 2 === 0) continue;
      const subtree = this.#subtrees[height];
      if (top === undefined) top = subtree.slice();
      else nodeHashInto(subtree, top, top);
    }
    return rootOf(this.#kind, this.#size, top!);
  }

  /** Takes whole subtrees of short leaves at once, where they can be. @returns where in `bytes` the rest begins */
  #takeSubtrees(bytes: Uint8Array, at: number): number {
    const subtreeBytes = SUBTREE_LEAVES * SHORT_LEAF_BYTES;
    if (this.#leafBytes !== SHORT_LEAF_BYTES || bytes.length - at < subtreeBytes) return at;
    const short = subtrees();
    if (short === undefined) return at;
    for (; bytes.length - at >= subtreeBytes; at += subtreeBytes) {
      const leaves = bytes.subarray(at, at + subtreeBytes);
      this.#carry(SUBTREE_LEAVES, (root) => {
        if (this.#saltPrefix === undefined) short.root(leaves, root);
        else short.saltedRoot(this.#saltPrefix, this.#leaves, leaves, root);
      });
    }
    return at;
  }

  #closeLeaf(): void {
    if (this.#salts !== undefined) this.#message.set(this.#salts(this.#leaves), 1);
    this.#carry(1, (root) => {
      sha256Into(this.#message.subarray(0, this.#leafStart + this.#filled), root);
    });
    this.#filled = 0;
  }

  /** Appends a subtree of so many leaves, a power of two that divides the number of those before it, and joins it with what it completes. */
  #carry(leaves: number, write: (root: Uint8Array) => void): void {
    const bottom = Math.log2(leaves);
    let height = bottom;
    for (let rest = this.#leaves / leaves; rest % 2 === 1; rest = (rest - 1) / 2) height++;
    while (height >= this.#subtrees.length) this.#subtrees.push(new Uint8Array(DIGEST_BYTES));
    const carry = this.#subtrees[height];
    write(carry);
    for (let below = bottom; below < height; below++) nodeHashInto(this.#subtrees[below], carry, carry);
    this.#leaves += leaves;
  }
}

/**
 * A hasher for the residues of all plaintexts of a plan.
 *
 * @param packageSecret 32 bytes, from which the salts follow
 */
export function weightsHasher(packageSecret: Uint8Array): MerkleHasher {
  return new MerkleHasher("weights", packageSecret);
}

/** Root of raw bytes: the identity of a stored object. */
export function blobRoot(bytes: Uint8Array): Bytes32 {
  return new MerkleHasher("blob").update(bytes).root();
}

/** Root of expanded canonical residues, given as their u32 little-endian bytes. */
export function residuesRoot(bytes: Uint8Array): Bytes32 {
  return new MerkleHasher("residues").update(bytes).root();
}

/**
 * Root of the residues of all plaintexts of a plan in NTT form.
 *
 * @param bytes u32 little-endian, in the order of docs/formats.md, section 7
 * @param packageSecret 32 bytes
 */
export function weightsRoot(bytes: Uint8Array, packageSecret: Uint8Array): Bytes32 {
  return weightsHasher(packageSecret).update(bytes).root();
}
