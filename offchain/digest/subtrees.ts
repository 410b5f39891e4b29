/**
 * Trees of short leaves, hashed four messages at a time in WebAssembly (assembly/sha256.ts): the weights of a plan are hundreds of thousands of
 * leaves of 32 bytes, and a version's seeds are 65,536.
 */
import { wasmBase64 } from "../../build/sha256.ts";
import { writeU64 } from "./bytes.ts";

/** Leaves of a subtree: a power of two, so that its root is a node of the tree. */
export const SUBTREE_LEAVES = 1024;

/** Bytes a leaf. */
export const SHORT_LEAF_BYTES = 32;

const DIGEST_BYTES = 32;
const SALT_BYTES = 16;
const BLOCK = 64;

interface Exports extends WebAssembly.Exports {
  readonly memory: WebAssembly.Memory;
  readonly heapBase: () => number;
  readonly hash: (messages: number, stride: number, count: number, out: number, pair: number, odd: number) => void;
  readonly wipe: () => void;
}

/** Messages of one length that lie one behind the other, each padded to whole blocks. */
interface Rows {
  readonly address: number;
  /** Bytes from one to the next. */
  readonly stride: number;
  readonly bytes: Uint8Array;
}

/** Hashes short messages by the thousand. Nothing of what it was given stays in its memory. */
export class Subtrees {
  readonly #wasm: Exports;
  readonly #start: number;

  constructor(wasm: Exports) {
    this.#wasm = wasm;
    this.#start = Math.ceil(wasm.heapBase() / BLOCK) * BLOCK;
  }

  /**
   * SHA-256(prefix ‖ i) for consecutive 64-bit numbers i.
   *
   * @param prefix at most 111 bytes
   * @param from the first number
   * @param out receives one digest a number; 32 bytes each, at most 1,024, a multiple of 4
   */
  counters(prefix: Uint8Array, from: number, out: Uint8Array): void {
    const count = out.length / DIGEST_BYTES;
    const rows = this.#counterRows(prefix, from, count, this.#start);
    this.#wasm.hash(rows.address, rows.stride, count, rows.address, 2 * DIGEST_BYTES, DIGEST_BYTES);
    out.set(rows.bytes.subarray(0, out.length));
    this.#wipe();
  }

  /**
   * The root of a subtree whose leaves have no salts.
   *
   * @param leaves 1,024 of 32 bytes
   * @param out receives it in its first 32 bytes
   */
  root(leaves: Uint8Array, out: Uint8Array): void {
    const rows = this.#rows(Uint8Array.of(0), 1 + SHORT_LEAF_BYTES, SUBTREE_LEAVES, this.#start);
    this.#top(rows, 1, leaves, out);
  }

  /**
   * The root of a subtree whose leaves are salted with the first 16 bytes of SHA-256(prefix ‖ index of the leaf).
   *
   * @param from the index of its first leaf
   * @param leaves 1,024 of 32 bytes
   * @param out receives it in its first 32 bytes
   */
  saltedRoot(prefix: Uint8Array, from: number, leaves: Uint8Array, out: Uint8Array): void {
    const rows = this.#rows(Uint8Array.of(0), 1 + SALT_BYTES + SHORT_LEAF_BYTES, SUBTREE_LEAVES, this.#start);
    const salts = this.#counterRows(prefix, from, SUBTREE_LEAVES, rows.address + rows.bytes.length);
    // Behind the salt a digest's other half is written, which the leaf then covers.
    this.#wasm.hash(salts.address, salts.stride, SUBTREE_LEAVES, rows.address + 1, 2 * rows.stride, rows.stride);
    this.#top(rows, 1 + SALT_BYTES, leaves, out);
  }

  /** Sets the leaves in their rows and hashes level by level, the nodes of one to the memory behind the leaves. */
  #top(rows: Rows, at: number, leaves: Uint8Array, out: Uint8Array): void {
    if (leaves.length !== SUBTREE_LEAVES * SHORT_LEAF_BYTES) throw new RangeError("a subtree has 1,024 leaves");
    for (let i = 0; i < SUBTREE_LEAVES; i++) {
      rows.bytes.set(leaves.subarray(i * SHORT_LEAF_BYTES, (i + 1) * SHORT_LEAF_BYTES), i * rows.stride + at);
    }
    const nodes = this.#rows(
      Uint8Array.of(1),
      1 + 2 * DIGEST_BYTES,
      SUBTREE_LEAVES / 2,
      rows.address + rows.bytes.length,
    );
    const children = nodes.address + 1;
    this.#wasm.hash(rows.address, rows.stride, SUBTREE_LEAVES, children, nodes.stride, DIGEST_BYTES);
    for (let count = SUBTREE_LEAVES / 2; count > 1; count /= 2) {
      this.#wasm.hash(nodes.address, nodes.stride, Math.max(count, 4), children, nodes.stride, DIGEST_BYTES);
    }
    this.#wasm.hash(nodes.address, nodes.stride, 4, nodes.address, 2 * DIGEST_BYTES, DIGEST_BYTES);
    out.set(nodes.bytes.subarray(0, DIGEST_BYTES));
    this.#wipe();
  }

  #counterRows(prefix: Uint8Array, from: number, count: number, address: number): Rows {
    const rows = this.#rows(prefix, prefix.length + 8, count, address);
    for (let i = 0; i < count; i++) writeU64(rows.bytes, i * rows.stride + prefix.length, from + i);
    return rows;
  }

  /** Messages of `length` bytes that begin alike, zeros after that, with their padding. */
  #rows(prefix: Uint8Array, length: number, count: number, address: number): Rows {
    const stride = Math.ceil((length + 9) / BLOCK) * BLOCK;
    const bytes = new Uint8Array(this.#wasm.memory.buffer, address, count * stride);
    bytes.fill(0, 0, stride);
    bytes.set(prefix);
    bytes[length] = 0x80;
    writeU64(bytes, stride - 8, 8 * length);
    for (let filled = stride; filled < bytes.length; filled *= 2) {
      bytes.copyWithin(filled, 0, Math.min(filled, bytes.length - filled));
    }
    return { address, stride, bytes };
  }

  #wipe(): void {
    new Uint8Array(this.#wasm.memory.buffer, this.#start).fill(0);
    this.#wasm.wipe();
  }
}

let loaded: Subtrees | undefined;
let tried = false;

/** The one of this thread; undefined where WebAssembly SIMD is missing or forbidden, and hashes are made one by one. */
export function subtrees(): Subtrees | undefined {
  if (!tried) {
    tried = true;
    try {
      const module = new WebAssembly.Module(Uint8Array.from(atob(wasmBase64), (c) => c.charCodeAt(0)));
      loaded = new Subtrees(new WebAssembly.Instance(module).exports as Exports);
    } catch {
      loaded = undefined;
    }
  }
  return loaded;
}
