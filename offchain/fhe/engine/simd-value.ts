/**
 * The values of a run on the SIMD kernel. A product with a plaintext is not computed when it is asked for but kept as a term, and a sum of
 * such products as a list of terms, until somebody needs its residues: one pass then does all of them, with one reduction a residue.
 * The result is the same to the bit, since residues are canonical either way.
 */
import type { Ciphertext, Digits, Plaintext } from "../kernel/handles.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { addMod, mulMod } from "../ring/modular.ts";
import { EngineError } from "./errors.ts";

/** Most products kept for one sum: they keep their ciphertexts in memory, and as many fit under one reduction. */
const MOST_TERMS = 16;

/** A ciphertext that several values and terms may share; the last one to let go disposes it. */
class Shared {
  readonly ciphertext: Ciphertext;
  #holders = 0;

  constructor(ciphertext: Ciphertext) {
    this.ciphertext = ciphertext;
  }

  hold(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    this.#holders--;
    if (this.#holders === 0) this.ciphertext.dispose();
  }
}

interface Term {
  readonly value: Shared;
  readonly plain: Plaintext;
}

/** What a value is: residues, or a sum still to be computed. */
interface Form {
  /** Residues it has, or that are added to the products. */
  readonly base: Shared | undefined;
  readonly terms: readonly Term[];
  /** The first residue of the second component: where it is not zero, the value is not transparent. */
  readonly probe: number;
}

/** A ciphertext, computed or not yet. */
export class SimdValue {
  #form: Form;
  #disposed = false;

  /** Use `given`, `computed`, `product` and `sum`. */
  constructor(form: Form) {
    this.#form = form;
    hold(form);
  }

  /** What it is now. @throws RangeError after disposal */
  get form(): Form {
    if (this.#disposed) throw new RangeError("a value was used after its last use");
    return this.#form;
  }

  /** The residues, computed now if they were not before. They stay the value's. @throws EngineError when they are transparent */
  residues(kernel: Kernel): Ciphertext {
    const { base, terms } = this.form;
    if (base !== undefined && terms.length === 0) return base.ciphertext;
    const products = kernel.sumOfPlainProducts(terms.map(({ value, plain }) => ({ value: value.ciphertext, plain })));
    const ciphertext = base === undefined ? products : added(kernel, products, base.ciphertext);
    this.#become({ base: new Shared(opaque(ciphertext)), terms: [], probe: this.#form.probe });
    return ciphertext;
  }

  /** Lets go of what it holds. Disposing again does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    release(this.#form);
  }

  #become(form: Form): void {
    hold(form);
    release(this.#form);
    this.#form = form;
  }
}

/** What a decomposition is in a run. */
export type SimdOperand = SimdValue | Digits;

/** An input, which is taken as it is. @param ciphertext is the value's from now on */
export function given(ciphertext: Ciphertext): SimdValue {
  return new SimdValue({ base: new Shared(ciphertext), terms: [], probe: probeOf(ciphertext) });
}

/** A value that was computed. @param ciphertext is the value's from now on @throws EngineError when it is transparent */
export function computed(ciphertext: Ciphertext): SimdValue {
  return given(opaque(ciphertext));
}

/**
 * A product with a plaintext, as a term.
 *
 * @param a of two components, for the same primes as the plaintext
 * @throws EngineError when it is transparent
 */
export function product(kernel: Kernel, a: SimdValue, plain: Plaintext): SimdValue {
  a.residues(kernel);
  const value = a.form.base!;
  const { machine } = plain;
  const { q, rInverse } = machine.primes[0];
  const factor = mulMod(machine.arena.words[plain.at(0) / 4], rInverse.w, q);
  return tested(kernel, { base: undefined, terms: [{ value, plain }], probe: mulMod(a.form.probe, factor, q) });
}

/** A sum; it stays one of terms where one of the two is. @throws EngineError when it is transparent */
export function sum(kernel: Kernel, a: SimdValue, b: SimdValue): SimdValue {
  if (a.form.terms.length + b.form.terms.length > MOST_TERMS) compute(kernel, a, b);
  if (a.form.base !== undefined && b.form.base !== undefined) compute(kernel, a, b);
  // Both may be computed by now.
  if (a.form.terms.length === 0 && b.form.terms.length === 0)
    return computed(kernel.add(a.residues(kernel), b.residues(kernel)));
  const [x, y] = [a.form, b.form];
  const { q } = [...x.terms, ...y.terms][0].plain.machine.primes[0];
  return tested(kernel, {
    base: x.base ?? y.base,
    terms: [...x.terms, ...y.terms],
    probe: addMod(x.probe, y.probe, q),
  });
}

/** Computes whichever of two values is more of a sum, so that the other can be added to it. */
function compute(kernel: Kernel, a: SimdValue, b: SimdValue): void {
  const [more, less] = a.form.terms.length >= b.form.terms.length ? [a, b] : [b, a];
  more.residues(kernel);
  if (less.form.base !== undefined) less.residues(kernel);
}

function tested(kernel: Kernel, form: Form): SimdValue {
  const value = new SimdValue(form);
  if (form.probe !== 0) return value;
  try {
    value.residues(kernel);
    return value;
  } catch (error) {
    value.dispose();
    throw error;
  }
}

function added(kernel: Kernel, products: Ciphertext, base: Ciphertext): Ciphertext {
  try {
    return kernel.add(products, base);
  } finally {
    products.dispose();
  }
}

function hold({ base, terms }: Form): void {
  base?.hold();
  for (const { value } of terms) value.hold();
}

function release({ base, terms }: Form): void {
  base?.release();
  for (const { value } of terms) value.release();
}

function probeOf(value: Ciphertext): number {
  return value.machine.arena.words[value.at(1, 0) / 4];
}

/**
 * Refuses a transparent result, as node-seal does: one whose components after the first are all zero hides nothing. An honest value is
 * recognised by its first residues.
 */
function opaque(value: Ciphertext): Ciphertext {
  const { words } = value.machine.arena;
  for (let component = 1; component < value.components; component++) {
    for (let limb = 0; limb < value.limbs; limb++) {
      const at = value.at(component, limb) / 4;
      for (let k = 0; k < value.machine.n; k++) if (words[at + k] !== 0) return value;
    }
  }
  value.dispose();
  throw new EngineError("ENGINE_TRANSPARENT", "An intermediate result is transparent: its second component is zero.");
}
