/**
 * The instructions of docs/spec/seal-4.1.md on contiguous residues. What rounds or decomposes is `fhe/ring/reference`; sums and products are those
 * of `fhe/ring/pointwise`.
 */
import type { ParameterSet } from "../../../../offchain/fhe/ckks/parameters.ts";
import { limb, primesOf } from "../../../../offchain/fhe/ckks/residues.ts";
import type { KeyDigit } from "../../../../offchain/fhe/ckks/switching-key.ts";
import {
  addPolynomials,
  mulPolynomials,
  negatePolynomial,
  subPolynomials,
} from "../../../../offchain/fhe/ring/pointwise.ts";
import { modDown, rescale as rescaleReference } from "../../../../offchain/fhe/ring/reference/divide.ts";
import { decomposeAsSeal, sumDigits } from "../../../../offchain/fhe/ring/reference/key-switch.ts";
import {
  createReferenceRing,
  type ReferenceKey,
  type ReferenceRing,
} from "../../../../offchain/fhe/ring/reference/ring.ts";
import { rotateAsSeal } from "../../../../offchain/fhe/ring/reference/rotate.ts";

/** Two or three polynomials in NTT form over the data primes 0 … level−1, limb by limb. */
export interface Components {
  readonly params: ParameterSet;
  readonly level: number;
  readonly polynomials: readonly Uint32Array[];
}

type Operation = (a: Uint32Array, b: Uint32Array, q: number) => Uint32Array;

const rings = new Map<string, ReferenceRing>();

function ringOf(params: ParameterSet): ReferenceRing {
  const ring = rings.get(params.id) ?? createReferenceRing(params);
  rings.set(params.id, ring);
  return ring;
}

function split(residues: Uint32Array, n: number): Uint32Array[] {
  return Array.from({ length: residues.length / n }, (_, i) => limb(residues, i, n));
}

function join(limbs: readonly Uint32Array[]): Uint32Array {
  const out = new Uint32Array(limbs.length * limbs[0].length);
  limbs.forEach((each, i) => {
    out.set(each, i * each.length);
  });
  return out;
}

function limbwise({ params, level }: Components, a: Uint32Array, b: Uint32Array, f: Operation): Uint32Array {
  return join(primesOf(params, level).map((q, i) => f(limb(a, i, params.n), limb(b, i, params.n), q)));
}

function withPolynomials(a: Components, polynomials: readonly Uint32Array[], level = a.level): Components {
  return { params: a.params, level, polynomials };
}

const plus: Operation = (a, b, q) => addPolynomials(a, b, q);
const minus: Operation = (a, b, q) => subPolynomials(a, b, q);
const times: Operation = (a, b, q) => mulPolynomials(a, b, q);

function keyOf({ params, level }: Components, digits: readonly KeyDigit[]): ReferenceKey {
  return { level, digits: digits.map(({ b, a }) => ({ b: split(b, params.n), a: split(a, params.n) })) };
}

export function add(a: Components, b: Components): Components {
  return withPolynomials(
    a,
    a.polynomials.map((x, k) => limbwise(a, x, b.polynomials[k], plus)),
  );
}

export function subtract(a: Components, b: Components): Components {
  return withPolynomials(
    a,
    a.polynomials.map((x, k) => limbwise(a, x, b.polynomials[k], minus)),
  );
}

export function negate(a: Components): Components {
  return withPolynomials(
    a,
    a.polynomials.map((x) => limbwise(a, x, x, (y, _, q) => negatePolynomial(y, q))),
  );
}

export function addPlain(a: Components, plain: Uint32Array): Components {
  return withPolynomials(
    a,
    a.polynomials.map((x, k) => (k === 0 ? limbwise(a, x, plain, plus) : x)),
  );
}

export function multiplyPlain(a: Components, plain: Uint32Array): Components {
  return withPolynomials(
    a,
    a.polynomials.map((x) => limbwise(a, x, plain, times)),
  );
}

export function multiply(a: Components, b: Components): Components {
  const [a0, a1] = a.polynomials;
  const [b0, b1] = b.polynomials;
  const middle = limbwise(a, limbwise(a, a0, b1, times), limbwise(a, a1, b0, times), plus);
  return withPolynomials(a, [limbwise(a, a0, b0, times), middle, limbwise(a, a1, b1, times)]);
}

export function modSwitch(a: Components): Components {
  const { n } = a.params;
  return withPolynomials(
    a,
    a.polynomials.map((x) => x.slice(0, (a.level - 1) * n)),
    a.level - 1,
  );
}

export function rescale(a: Components): Components {
  const { n } = a.params;
  const polynomials = a.polynomials.map((x) => join(rescaleReference(ringOf(a.params), split(x, n), 1)));
  return withPolynomials(a, polynomials, a.level - 1);
}

export function relinearise(a: Components, digits: readonly KeyDigit[]): Components {
  const { params } = a;
  const ring = ringOf(params);
  const [c0, c1, c2] = a.polynomials;
  const [d0, d1] = sumDigits(ring, decomposeAsSeal(ring, split(c2, params.n)), keyOf(a, digits)).map((sum) =>
    join(modDown(ring, sum)),
  );
  return withPolynomials(a, [limbwise(a, c0, d0, plus), limbwise(a, c1, d1, plus)]);
}

export function applyGalois(a: Components, element: number, digits: readonly KeyDigit[]): Components {
  const { n } = a.params;
  const [c0, c1] = a.polynomials.map((x) => split(x, n));
  return withPolynomials(a, rotateAsSeal(ringOf(a.params), [c0, c1], element, keyOf(a, digits)).map(join));
}
