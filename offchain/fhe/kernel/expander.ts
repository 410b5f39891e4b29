import { utf8ToBytes } from "@noble/hashes/utils.js";

import { LEAST_MODULUS, lengthMask } from "../ring/expand.ts";
import { MODULUS_BOUND } from "../ring/modular.ts";
import { Arena } from "./arena.ts";
import { KernelUseError } from "./errors.ts";
import { compileKernel, instantiateKernel, type KernelSource } from "./load.ts";
import type { WasmExports } from "./wasm-exports.ts";

const SEED_BYTES = 32;

/** Bytes SHAKE128 absorbs, or yields, a permutation. */
const RATE = 168;

/** What a block ends with: the domain of SHAKE, and the last bit of padding. */
const DOMAIN = 0x1f;
const LAST_BIT = 0x80;

/** Largest ring degree. */
const MOST_RESIDUES = 32768;

/** A polynomial to be expanded. */
export interface ExpandRequest {
  /** ASCII, at most 128 characters. */
  readonly label: string;
  /** Modulus in [2^20, 2^30). */
  readonly prime: number;
}

/** Expands uniform polynomials from seeds, several times as fast as `expandUniform`, with the same result. */
export class Expander {
  readonly #wasm: WasmExports;
  readonly #arena: Arena;
  readonly #state: number;
  readonly #streams: readonly [number, number];
  readonly #out: number;

  /** Use `createExpander`. */
  constructor(wasm: WasmExports, arena: Arena) {
    this.#wasm = wasm;
    this.#arena = arena;
    this.#state = arena.take(25 * 16);
    const stream = (): number => arena.take(4 * MOST_RESIDUES + RATE);
    this.#streams = [stream(), stream()];
    this.#out = arena.take(4 * MOST_RESIDUES + 4);
  }

  /**
   * Expands (docs/formats.md, section 4).
   *
   * @param seed 32 bytes
   * @param requests the polynomials; they are computed two at a time, so ask for many at once
   * @param n residues each, at most 32,768
   * @param results where they go, n words a request; arrays of their own if not given
   * @returns for each request n residues in [0, prime), a uniform polynomial in NTT form
   * @throws KernelUseError when the seed has another length, a label is not ASCII or too long, or a prime is out of range
   */
  expand(
    seed: Uint8Array,
    requests: readonly ExpandRequest[],
    n: number,
    results: readonly Uint32Array[] = requests.map(() => new Uint32Array(n)),
  ): readonly Uint32Array[] {
    if (!Number.isInteger(n) || n < 1 || n > MOST_RESIDUES)
      throw new KernelUseError(`${n} residues cannot be expanded`);
    const blocks = requests.map((request) => firstBlock(seed, request));
    for (let k = 0; k < requests.length; k += 2) {
      this.#absorb(blocks[k], blocks[k + 1] ?? blocks[k]);
      this.#expandPair(requests.slice(k, k + 2), n, results.slice(k, k + 2));
    }
    return results;
  }

  #absorb(first: Uint8Array, second: Uint8Array): void {
    const state = new Uint8Array(this.#arena.memory.buffer, this.#state, 25 * 16);
    state.fill(0);
    [first, second].forEach((block, lane) => {
      block.forEach((byte, i) => {
        state[16 * (i >> 3) + 8 * lane + (i & 7)] = byte;
      });
    });
  }

  #expandPair(pair: readonly ExpandRequest[], n: number, results: readonly Uint32Array[]): void {
    const filled = pair.map(() => 0);
    for (;;) {
      const missing = n - Math.min(...filled);
      if (missing === 0) return;
      const blocks = Math.ceil((4 * missing) / RATE);
      this.#wasm.squeeze(this.#state, this.#streams[0], this.#streams[1], blocks);
      pair.forEach(({ prime }, lane) => {
        const words = (blocks * RATE) / 4;
        const count = this.#wasm.accept(
          this.#out,
          n - filled[lane],
          this.#streams[lane],
          words,
          prime,
          lengthMask(prime),
        );
        results[lane].set(this.#arena.words.subarray(this.#out / 4, this.#out / 4 + count), filled[lane]);
        filled[lane] += count;
      });
    }
  }
}

/**
 * Makes an expander with a memory of its own, about half a megabyte.
 *
 * @param source another build of the module than the embedded one
 * @throws KernelUnavailableError where WebAssembly SIMD is missing
 */
export async function createExpander(source?: KernelSource): Promise<Expander> {
  const memory = new WebAssembly.Memory({ initial: 8 });
  const wasm = await instantiateKernel(await compileKernel(source), memory);
  return new Expander(wasm, new Arena(memory, 8 * 65536));
}

/** Seed, label and prime, padded to the one block that is absorbed. */
function firstBlock(seed: Uint8Array, { label, prime }: ExpandRequest): Uint8Array {
  if (seed.length !== SEED_BYTES) throw new KernelUseError(`a seed has ${SEED_BYTES} bytes, not ${seed.length}`);
  const text = utf8ToBytes(label);
  if (text.some((byte) => byte > 0x7f) || text.length > 128) {
    throw new KernelUseError("a label is ASCII, of at most 128 characters");
  }
  if (!Number.isInteger(prime) || prime < LEAST_MODULUS || prime >= MODULUS_BOUND) {
    throw new KernelUseError(`a modulus is an integer in [2^20, 2^30), not ${prime}`);
  }
  const block = new Uint8Array(RATE);
  block.set(seed);
  block.set(text, SEED_BYTES);
  const end = SEED_BYTES + text.length;
  new DataView(block.buffer).setUint32(end, prime, true);
  block[end + 4] = DOMAIN;
  block[RATE - 1] |= LAST_BIT;
  return block;
}
