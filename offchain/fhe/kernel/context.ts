import type { ParameterSet } from "../ckks/parameters.ts";
import type { SemanticsId } from "../plan/plan.ts";
import { Basis } from "./basis.ts";
import type { Machine, Prime } from "./machine.ts";
import type { Hand } from "./threads/hand.ts";

/** Most polynomials of a ciphertext. */
const MOST_COMPONENTS = 3;

/** A machine with the parameter set it serves, the meaning of its operations, and room to compute in. */
export class Context {
  readonly machine: Machine;
  readonly params: Pick<ParameterSet, "data" | "special" | "groups">;
  readonly semantics: SemanticsId;
  /** Number of special primes. */
  readonly specials: number;
  readonly special: Basis;
  readonly #scratch: number;
  readonly #bases = new Map<string, Basis>();

  constructor(machine: Machine, params: Context["params"], semantics: SemanticsId) {
    this.machine = machine;
    this.params = params;
    this.semantics = semantics;
    this.specials = params.special.length;
    const { data, special } = params;
    this.#scratch = machine.arena.take(this.#ownRow(machine.team.size) * machine.row);
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

  /** Scratch: coefficients modulo one prime of a basis, of one polynomial of several. */
  coefficients(k: number, polynomial = 0): number {
    return this.#row(polynomial * this.#limbs + k);
  }

  /** Scratch: the quotients of a group, or of one polynomial of several. */
  quotients(group: number): number {
    return this.#row(MOST_COMPONENTS * this.#limbs + group);
  }

  /** Scratch: sums of a key switch. */
  sum(component: number, limb: number): number {
    return this.#row((MOST_COMPONENTS + component) * this.#limbs + this.#quotients + limb);
  }

  /** Scratch of one hand: a digit modulo the prime at hand. */
  digit(group: number, { index }: Hand): number {
    return this.#row(this.#ownRow(index) + group);
  }

  /** Scratch of one hand: a row for what is on its way. */
  passing({ index }: Hand): number {
    return this.#row(this.#ownRow(index + 1) - 1);
  }

  get #limbs(): number {
    return this.params.data.length + this.params.special.length;
  }

  get #quotients(): number {
    return Math.max(this.params.groups.length, MOST_COMPONENTS);
  }

  /** Where the rows of a hand begin, after those of all. */
  #ownRow(hand: number): number {
    return (MOST_COMPONENTS + 2) * this.#limbs + this.#quotients + hand * (this.params.groups.length + 1);
  }

  #row(index: number): number {
    return this.#scratch + index * this.machine.row;
  }
}
