import { KernelUseError } from "./errors.ts";
import type { Machine } from "./machine.ts";
import type { Owned, Owner } from "./owner.ts";

/** A piece of a kernel's memory made of polynomials, one row each, until it is disposed. */
export abstract class Handle implements Owned {
  readonly machine: Machine;
  readonly owner: Owner;
  readonly #address: number;
  #disposed = false;

  /**
   * @param machine whose memory
   * @param owner who answers for it
   * @param rows number of polynomials
   * @param bytes taken beyond them
   */
  constructor(machine: Machine, owner: Owner, rows: number, bytes = 0) {
    this.machine = machine;
    this.owner = owner;
    this.#address = machine.arena.take(rows * machine.row + bytes);
    owner.adopt(this);
  }

  /** Address of the first row. @throws KernelUseError after disposal */
  get address(): number {
    if (this.#disposed) throw new KernelUseError("an operand was disposed before");
    return this.#address;
  }

  /** Gives the memory back. Disposing again does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.machine.arena.give(this.#address);
    this.owner.dismiss(this);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Which primes a polynomial has residues for: data primes 0 … level−1 and, when extended, all special primes after them. */
export interface Shape {
  readonly level: number;
  readonly extended: boolean;
}

/** One to three polynomials in NTT form, canonical. */
export class Ciphertext extends Handle implements Shape {
  readonly components: number;
  readonly level: number;
  readonly extended: boolean;
  /** Residues a component has. */
  readonly limbs: number;

  constructor(machine: Machine, owner: Owner, components: number, level: number, specials: number) {
    super(machine, owner, components * (level + specials));
    this.components = components;
    this.level = level;
    this.limbs = level + specials;
    this.extended = specials > 0;
  }

  /** Address of the residues of one component modulo one prime. */
  at(component: number, limb: number): number {
    return this.address + (component * this.limbs + limb) * this.machine.row;
  }
}

/** A plaintext polynomial in NTT and Montgomery form, ready for products. */
export class Plaintext extends Handle implements Shape {
  readonly level: number;
  readonly extended: boolean;

  constructor(machine: Machine, owner: Owner, level: number, specials: number) {
    super(machine, owner, level + specials);
    this.level = level;
    this.extended = specials > 0;
  }

  /** Address of the residues modulo one prime. */
  at(limb: number): number {
    return this.address + limb * this.machine.row;
  }
}

/**
 * A key that switches from s(X^element), or from s² when the element is 0, to s: in NTT and Montgomery form, and moved by the
 * inverse automorphism, so that a rotation permutes its result and not its operand.
 */
export class SwitchKey extends Handle {
  readonly element: number;
  /** Number of data primes it can be used at. */
  readonly level: number;
  readonly digits: number;
  readonly #table: number;

  constructor(
    machine: Machine,
    owner: Owner,
    element: number,
    level: number,
    digits: number,
    specials: number,
    table: Uint32Array = new Uint32Array(0),
  ) {
    const rows = (level + specials) * digits * 2;
    super(machine, owner, rows, 4 * table.length);
    this.element = element;
    this.level = level;
    this.digits = digits;
    this.#table = rows * machine.row;
    machine.arena.words.set(table, this.table / 4);
  }

  /** Address of the table of the automorphism; of no meaning for a relinearisation key. */
  get table(): number {
    return this.address + this.#table;
  }

  /**
   * Address of a polynomial.
   *
   * @param limb data prime, or `level` and on for the special primes
   * @param digit which digit
   * @param component 0 for b, 1 for a
   */
  at(limb: number, digit: number, component: number): number {
    return this.address + ((limb * this.digits + digit) * 2 + component) * this.machine.row;
  }
}

/**
 * A ciphertext of two components decomposed once for many rotations: the digits of its second component modulo every prime, and
 * its first component, modulo the data primes or, of an extended ciphertext, modulo every prime.
 */
export class Digits extends Handle implements Shape {
  readonly level: number;
  readonly digits: number;
  readonly limbs: number;
  /** Whether the ciphertext was extended. */
  readonly extended: boolean;

  constructor(
    machine: Machine,
    owner: Owner,
    { level, extended }: Shape,
    { digits, specials }: { readonly digits: number; readonly specials: number },
  ) {
    super(machine, owner, (level + specials) * digits + level + (extended ? specials : 0));
    this.level = level;
    this.digits = digits;
    this.limbs = level + specials;
    this.extended = extended;
  }

  /** Address of a digit modulo one prime; in [0, 2q). */
  at(limb: number, digit: number): number {
    return this.address + (limb * this.digits + digit) * this.machine.row;
  }

  /** Address of the first component modulo one prime. */
  first(limb: number): number {
    return this.address + (this.limbs * this.digits + limb) * this.machine.row;
  }
}
