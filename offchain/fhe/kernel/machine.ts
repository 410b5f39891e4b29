import { invMod, mulMod } from "../ring/modular.ts";
import { minimalPrimitiveRoot } from "../ring/primes.ts";
import { rootPowers } from "../ring/root-powers.ts";
import { Arena } from "./arena.ts";
import { forwardTable, inverseTable } from "./ntt-tables.ts";
import { shoup } from "./shoup.ts";
import type { Hand } from "./threads/hand.ts";
import { Team } from "./threads/team.ts";
import type { WasmExports } from "./wasm-exports.ts";

/** A constant with its Shoup companion. */
export interface Factor {
  readonly w: number;
  readonly shoup: number;
}

/** One prime as the kernel knows it. */
export interface Prime {
  readonly q: number;
  /** Address of its constants (assembly/prime.ts). */
  readonly address: number;
  /** 2³² mod q: into Montgomery form. */
  readonly r: Factor;
  /** Its inverse: out of Montgomery form. */
  readonly rInverse: Factor;
  /** ψ^(−n/2), the factor of the last level of the inverse transform. */
  readonly lastTwiddle: number;
}

/** s, its companion, s·ψ^(−n/2), its companion: see assembly/inverse.ts. */
export type InverseScale = readonly [number, number, number, number];

/** Words of the constants of a prime. */
const PRIME_WORDS = 32;

/**
 * Bytes between polynomials beyond their residues. Rows exactly a power of two apart would compete for the same few lines
 * of a cache.
 */
const ROW_PADDING = 64;

/** The module, its memory, and the tables of the primes of one parameter set. */
export class Machine {
  readonly n: number;
  readonly wasm: WasmExports;
  readonly arena: Arena;
  readonly primes: readonly Prime[];
  /** Bytes from one polynomial to the next. */
  readonly row: number;
  /** Who makes calls. */
  readonly team: Team;

  /**
   * @param wasm functions of the module
   * @param arena its memory
   * @param n ring degree
   * @param moduli all primes, data first
   * @param team of threads; the one at hand alone if not given
   */
  constructor(wasm: WasmExports, arena: Arena, n: number, moduli: readonly number[], team = new Team(wasm, arena)) {
    this.n = n;
    this.wasm = wasm;
    this.arena = arena;
    this.row = 4 * n + ROW_PADDING;
    this.team = team;
    this.primes = moduli.map((q) => this.#layOut(q));
  }

  /** Puts words into memory that is never given back. */
  put(words: ArrayLike<number>): number {
    const address = this.arena.take(4 * words.length);
    this.arena.words.set(words, address / 4);
    return address;
  }

  /** Copies a polynomial into memory. */
  write(address: number, residues: Uint32Array): void {
    this.arena.words.set(residues, address / 4);
  }

  /** Copies a polynomial out of memory. */
  read(address: number): Uint32Array {
    return this.arena.words.slice(address / 4, address / 4 + this.n);
  }

  /**
   * The four words by which the last level of an inverse transform multiplies.
   *
   * @param prime whose transform
   * @param factor multiplied into every coefficient, in [0, q)
   */
  inverseScale(prime: Prime, factor: number): InverseScale {
    const { q } = prime;
    const scale = mulMod(invMod(this.n % q, q), factor, q);
    const twiddled = mulMod(scale, prime.lastTwiddle, q);
    return [scale, shoup(scale, q), twiddled, shoup(twiddled, q)];
  }

  /**
   * Takes a polynomial to coefficient form.
   *
   * @param to where the coefficients go; canonical
   * @param from where the values are; in [0, 2q)
   * @param prime whose residues
   * @param scale `inverseScale` of what multiplies every coefficient
   * @param hand who does it
   */
  inverse(to: number, from: number, prime: Prime, scale: InverseScale, hand: Hand = this.team.own): void {
    hand.wasm.inverse(to, from, this.n, prime.address, this.list(hand, scale));
  }

  /** Writes a list that the next call of a hand reads. @returns its address */
  list(hand: Hand, words: readonly number[]): number {
    const address = hand.room(words.length);
    this.arena.words.set(words, address / 4);
    return address;
  }

  #layOut(q: number): Prime {
    const { n } = this;
    const root = minimalPrimitiveRoot(2 * n, q);
    const inverseRoots = rootPowers(invMod(root, q), n, q);
    const forward = this.put(forwardTable(rootPowers(root, n, q), q));
    const inverse = this.put(inverseTable(inverseRoots, q));
    const r = 2 ** 32 % q;
    const words = new Uint32Array(PRIME_WORDS);
    words.fill(q, 0, 4);
    words.fill(2 * q, 4, 8);
    words.fill(inverseModWord(q), 8, 12);
    words.set([0, 2 * q, 0, 2 * q], 12);
    words.fill(r, 16, 20);
    words.fill(shoup(r, q), 20, 24);
    words.fill(Math.floor(2 ** 32 / q), 24, 28);
    words.set([forward, inverse], 28);
    const rInverse = invMod(r, q);
    return {
      q,
      address: this.put(words),
      r: { w: r, shoup: shoup(r, q) },
      rInverse: { w: rInverse, shoup: shoup(rInverse, q) },
      lastTwiddle: inverseRoots[1],
    };
  }
}

/** q⁻¹ modulo 2³², by Newton's iteration; q is odd. */
function inverseModWord(q: number): number {
  let inverse = q;
  for (let i = 0; i < 4; i++) inverse = Math.imul(inverse, 2 - Math.imul(q, inverse));
  return inverse >>> 0;
}
