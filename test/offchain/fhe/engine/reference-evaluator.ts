/** The plain reference (offchain/fhe/ring/reference) behind the engines' interface, for plans of semantics hoisted-1. */
import type { Evaluator } from "../../../../offchain/fhe/engine/engine.ts";
import type { ParameterSet } from "../../../../offchain/fhe/ckks/parameters.ts";
import { conjugationElement, galoisElement } from "../../../../offchain/fhe/ring/automorphism.ts";
import {
  addPolynomials,
  mulPolynomials,
  negatePolynomial,
  scalePolynomial,
  subPolynomials,
} from "../../../../offchain/fhe/ring/pointwise.ts";
import { modDown, rescale } from "../../../../offchain/fhe/ring/reference/divide.ts";
import { decompose, type Digits } from "../../../../offchain/fhe/ring/reference/key-switch.ts";
import {
  createReferenceRing,
  extendedIndices,
  type ReferenceKey,
  type Residues,
} from "../../../../offchain/fhe/ring/reference/ring.ts";
import {
  extend,
  relinearise,
  relineariseExtended,
  rotateHoisted,
  rotateHoistedExtended,
} from "../../../../offchain/fhe/ring/reference/rotate.ts";

/** Components of a ciphertext; of a decomposed one the first, and digits of the second. */
export interface ReferenceValue {
  readonly components: readonly Residues[];
  readonly level: number;
  readonly extended: boolean;
  readonly digits?: Digits;
}

/** A plaintext's residues, one array a prime, or a scalar's, one number a prime. */
export type ReferenceConstant = readonly Uint32Array[] | Uint32Array;

/**
 * @param constants one a constant of the plan
 * @param keyFor key of a Galois element; of 0, to relinearise
 */
export function createReferenceEvaluator(
  params: ParameterSet,
  constants: readonly ReferenceConstant[],
  keyFor: (element: number) => ReferenceKey,
): Evaluator<ReferenceValue> {
  const ring = createReferenceRing(params);
  const { n } = params;
  const primesOf = ({ level, extended }: ReferenceValue): number[] =>
    (extended ? extendedIndices(ring, level) : Array.from({ length: level }, (_, i) => i)).map((i) => ring.primes[i]);
  const each = (
    a: ReferenceValue,
    map: (row: Uint32Array, q: number, limb: number, component: number) => Uint32Array,
  ): ReferenceValue => {
    const primes = primesOf(a);
    return {
      ...a,
      components: a.components.map((rows, c) => rows.map((row, limb) => map(row, primes[limb], limb, c))),
    };
  };
  const combine = (
    a: ReferenceValue,
    b: ReferenceValue,
    map: (x: Uint32Array, y: Uint32Array, q: number) => Uint32Array,
  ): ReferenceValue => each(a, (row, q, limb, c) => map(row, b.components[c][limb], q));
  const add = (a: ReferenceValue, b: ReferenceValue): ReferenceValue => combine(a, b, addPolynomials);
  const multiply = (a: ReferenceValue, id: number): ReferenceValue => {
    const constant = constants[id] as readonly Uint32Array[];
    return each(a, (row, q, limb) => mulPolynomials(row, constant[limb], q));
  };
  const product = (a: ReferenceValue, b: ReferenceValue): ReferenceValue => {
    const primes = primesOf(a);
    const [a0, a1] = a.components;
    const [b0, b1] = b.components;
    const times = (x: Residues, y: Residues): Uint32Array[] =>
      x.map((row, limb) => mulPolynomials(row, y[limb], primes[limb]));
    const [cross, other] = [times(a0, b1), times(a1, b0)];
    const middle = cross.map((row, limb) => addPolynomials(row, other[limb], primes[limb]));
    return { ...a, components: [times(a0, b0), middle, times(a1, b1)] };
  };
  const rotate = (a: ReferenceValue, element: number): ReferenceValue => {
    const [c0, c1] = a.components;
    return { ...a, components: rotateHoisted(ring, c0, decompose(ring, c1), element, keyFor(element)) };
  };
  const threeOf = (a: ReferenceValue): [Residues, Residues, Residues] => [
    a.components[0],
    a.components[1],
    a.components[2],
  ];
  return {
    add,
    sub: (a, b) => combine(a, b, subPolynomials),
    mul: product,
    negate: (a) => each(a, (row, q) => negatePolynomial(row, q)),
    square: (a) => product(a, a),
    relinearise: (a) => ({ ...a, components: relinearise(ring, threeOf(a), keyFor(0), "hoisted-1") }),
    conjugate: (a) => rotate(a, conjugationElement(n)),
    addPlain: (a, id) =>
      each(a, (row, q, limb, c) =>
        c === 0 ? addPolynomials(row, (constants[id] as readonly Uint32Array[])[limb], q) : row,
      ),
    mulPlain: multiply,
    mulScalar: (a, id) => each(a, (row, q, limb) => scalePolynomial(row, (constants[id] as Uint32Array)[limb], q)),
    rescale: (a, times) => ({
      ...a,
      level: a.level - times,
      components: a.components.map((rows) => rescale(ring, rows, times)),
    }),
    modSwitch: (a, times) => ({
      ...a,
      level: a.level - times,
      components: a.components.map((rows) => rows.slice(0, a.level - times)),
    }),
    rotate: (a, step) => rotate(a, galoisElement(step, n)),
    hoisted: {
      relineariseExt: (a) => ({
        ...a,
        extended: true,
        components: relineariseExtended(ring, threeOf(a), keyFor(0)),
      }),
      decompose: (a) => {
        const [c0, c1] = a.components;
        // The second component is kept for a rotation by nothing.
        return { ...a, components: [c0, c1], digits: decompose(ring, a.extended ? modDown(ring, c1) : c1) };
      },
      rotateHoisted(a, step, ext) {
        const [c0, c1] = a.components;
        if (step === 0) return { ...a, extended: true, components: [extend(ring, c0), extend(ring, c1)] };
        const element = galoisElement(step, n);
        const key = keyFor(element);
        if (!ext) return { ...a, components: rotateHoisted(ring, c0, a.digits!, element, key) };
        if (!a.extended)
          return { ...a, extended: true, components: rotateHoistedExtended(ring, c0, a.digits!, element, key) };
        // With zero in place of c0, the sums alone; then c0 as it is, rotated without its division.
        const zero = c0.slice(0, a.level).map(() => new Uint32Array(n));
        const [b, second] = rotateHoistedExtended(ring, zero, a.digits!, element, key);
        const turned = rotateExtendedFirst(c0, element);
        return { ...a, components: [addExtended(b, turned, a.level), second] };
      },
      mulPlainExt: multiply,
      addExt: add,
      modDown: (a, times) => ({
        level: a.level - times,
        extended: false,
        components: a.components.map((rows) => modDown(ring, rows, times)),
      }),
    },
    dispose() {
      // Arrays are freed by the garbage collector.
    },
  };

  /** σ on one extended component, coefficient by coefficient. */
  function rotateExtendedFirst(rows: Residues, element: number): Uint32Array[] {
    const specials = ring.primes.length - ring.dataCount;
    const indices = extendedIndices(ring, rows.length - specials);
    return rows.map((row, limb) => {
      const { ntts, primes } = ring;
      const index = indices[limb];
      const [from, to] = [row.slice(), new Uint32Array(n)];
      ntts[index].inverse(from);
      from.forEach((x, i) => {
        const target = (i * element) % (2 * n);
        to[target % n] = target < n || x === 0 ? x : primes[index] - x;
      });
      ntts[index].forward(to);
      return to;
    });
  }

  function addExtended(a: Residues, b: Residues, level: number): Uint32Array[] {
    const indices = extendedIndices(ring, level);
    return a.map((row, limb) => addPolynomials(row, b[limb], ring.primes[indices[limb]]));
  }
}
