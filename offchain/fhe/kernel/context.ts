import type { ParameterSet } from "../ckks/parameters.ts";
import type { SemanticsId } from "../plan/plan.ts";
import { Basis } from "./basis.ts";
import type { Machine, Prime } from "./machine.ts";

/** Most terms one sum of products may have. */
export const MOST_TERMS = 1024;

/** A machine with the parameter set it serves, the meaning of its operations, and room to compute in. */
export class Context {
  readonly machine: Machine;
  readonly params: Pick<ParameterSet, "data" | "special" | "groups">;
  readonly semantics: SemanticsId;
  /** Number of special primes. */
  readonly specials: number;
  readonly special: Basis;
  /** A list of addresses and constants for one call of the module. */
  readonly list: number;
  readonly #scratch: number;
  readonly #bases = new Map<string, Basis>();

  constructor(machine: Machine, params: Context["params"], semantics: SemanticsId) {
    this.machine = machine;
    this.params = params;
    this.semantics = semantics;
    this.specials = params.special.length;
    this.list = machine.arena.take(12 * MOST_TERMS);
    const { data, special, groups } = params;
    const limbs = data.length + special.length;
    // Coefficients, quotients, digits of one prime, sums, and two rows for what is on its way.
    this.#scratch = machine.arena.take((limbs + groups.length * 2 + 2 * limbs + 2) * machine.row);
    this.special = this.basis(special.map((_, k) => data.length + k));
  }

  /** The basis of some primes, by index. */
  basis(indices: readonly number[]): Basis {
    const name = indices.join();
    let basis = this.#bases.get(name);
    if (basis === undefined) {
      basis = new Basis(this.machine, indices);
      this.#bases.set(name, basis);
    }
    return basis;
  }

  /** The groups of data primes that are left at a level, those without any left out. */
  groups(level: number): Basis[] {
    return this.params.groups
      .map((group) => group.filter((index) => index < level))
      .filter((group) => group.length > 0)
      .map((group) => this.basis(group));
  }

  /** Index of the prime of a limb: data primes first, then the special ones. */
  index(level: number, limb: number): number {
    return limb < level ? limb : this.params.data.length + limb - level;
  }

  /** The prime of a limb. */
  prime(level: number, limb: number): Prime {
    return this.machine.primes[this.index(level, limb)];
  }

  /** Scratch: coefficients modulo one prime of a basis. */
  coefficients(k: number): number {
    return this.#row(k);
  }

  /** Scratch: the quotients of a group. */
  quotients(group: number): number {
    return this.#row(this.#limbs + group);
  }

  /** Scratch: a digit modulo the prime at hand. */
  digit(group: number): number {
    return this.#row(this.#limbs + this.params.groups.length + group);
  }

  /** Scratch: sums of a key switch. */
  sum(component: number, limb: number): number {
    return this.#row(this.#limbs * (1 + component) + this.params.groups.length * 2 + limb);
  }

  /** Scratch: one of two rows for what is on its way. */
  passing(which: 0 | 1): number {
    return this.#row(this.#limbs * 3 + this.params.groups.length * 2 + which);
  }

  get #limbs(): number {
    return this.params.data.length + this.params.special.length;
  }

  #row(index: number): number {
    return this.#scratch + index * this.machine.row;
  }
}
