/**
 * The arithmetic of semantics `seal-4.1` in plain TypeScript: docs/spec/seal-4.1.md as a program. Made to be read and to check engines by, which
 * must give the same residues; nothing here is fast.
 */
import { galoisPermutation, permute } from "../ring/automorphism.ts";
import { addMod, invMod, mulMod, negateMod, subMod } from "../ring/modular.ts";
import type { ParameterSet } from "./parameters.ts";
import { limb, primesOf, transformsOf } from "./residues.ts";
import type { KeyDigit } from "./switching-key.ts";

/** Two or three polynomials in NTT form over the data primes 0 … level−1, limb by limb. */
export interface Components {
  readonly params: ParameterSet;
  readonly level: number;
  readonly polynomials: readonly Uint32Array[];
}

type Binary = (x: number, y: number, q: number) => number;

/** Applies a modular operation residue by residue over the primes of a level. */
function zip(params: ParameterSet, level: number, a: Uint32Array, b: Uint32Array, f: Binary): Uint32Array {
  const primes = primesOf(params, level);
  return a.map((x, k) => f(x, b[k], primes[Math.floor(k / params.n)]));
}

function sum(params: ParameterSet, level: number, a: Uint32Array, b: Uint32Array): Uint32Array {
  return zip(params, level, a, b, addMod);
}

function product(params: ParameterSet, level: number, a: Uint32Array, b: Uint32Array): Uint32Array {
  return zip(params, level, a, b, mulMod);
}

function map(a: Components, f: (polynomial: Uint32Array, index: number) => Uint32Array): Components {
  return { ...a, polynomials: a.polynomials.map(f) };
}

/** c_k + d_k. Both of one level and degree. */
export function add(a: Components, b: Components): Components {
  return map(a, (x, k) => sum(a.params, a.level, x, b.polynomials[k]));
}

/** c_k − d_k. */
export function subtract(a: Components, b: Components): Components {
  return map(a, (x, k) => zip(a.params, a.level, x, b.polynomials[k], subMod));
}

/** −c_k. */
export function negate(a: Components): Components {
  return map(a, (x) => zip(a.params, a.level, x, x, (y, _, q) => negateMod(y, q)));
}

/** c_0 + m, the rest unchanged. */
export function addPlain(a: Components, plain: Uint32Array): Components {
  return map(a, (x, k) => (k === 0 ? sum(a.params, a.level, x, plain) : x));
}

/** c_k · m. */
export function multiplyPlain(a: Components, plain: Uint32Array): Components {
  return map(a, (x) => product(a.params, a.level, x, plain));
}

/** (c_0·d_0, c_0·d_1 + c_1·d_0, c_1·d_1) of two values of two polynomials. */
export function multiply(a: Components, b: Components): Components {
  const { params, level } = a;
  const times = (x: Uint32Array, y: Uint32Array): Uint32Array => product(params, level, x, y);
  const [a0, a1] = a.polynomials;
  const [b0, b1] = b.polynomials;
  return {
    params,
    level,
    polynomials: [times(a0, b0), sum(params, level, times(a0, b1), times(a1, b0)), times(a1, b1)],
  };
}

/** Drops the last prime: its limb is left out. */
export function modSwitch(a: Components): Components {
  return { ...map(a, (x) => x.slice(0, (a.level - 1) * a.params.n)), level: a.level - 1 };
}

/** Divides by the last prime, rounding. */
export function rescale(a: Components): Components {
  const { params, level } = a;
  const last = params.data[level - 1];
  return { ...map(a, (x) => divide(params, level - 1, x, limb(x, level - 1, params.n), last)), level: level - 1 };
}

/** c_2 switched from s² to s and added. */
export function relinearise(a: Components, key: readonly KeyDigit[]): Components {
  const { params, level } = a;
  const [c0, c1, c2] = a.polynomials;
  const [d0, d1] = switchKey(params, level, c2, key);
  return { params, level, polynomials: [sum(params, level, c0, d0), sum(params, level, c1, d1)] };
}

/** X ↦ X^element on both polynomials, then σ(c_1) switched from σ(s) to s. */
export function applyGalois(a: Components, element: number, key: readonly KeyDigit[]): Components {
  const { params, level } = a;
  const table = galoisPermutation(element, params.n);
  const [c0, c1] = a.polynomials.map((polynomial) => {
    const moved = new Uint32Array(polynomial.length);
    for (let i = 0; i < level; i++) permute(limb(polynomial, i, params.n), table, limb(moved, i, params.n));
    return moved;
  });
  const [d0, d1] = switchKey(params, level, c1, key);
  return { params, level, polynomials: [sum(params, level, c0, d0), d1] };
}

/**
 * Σ_j [t]_j·(b_j, a_j) over the data primes of the level and the special prime, divided by the special prime.
 *
 * @param target NTT form
 * @param key digits for exactly this level, as `expandSwitchingKey(…, level)` gives them
 */
function switchKey(params: ParameterSet, level: number, target: Uint32Array, key: readonly KeyDigit[]): Uint32Array[] {
  const { n } = params;
  const transforms = transformsOf(params, level, "QP");
  const sums = [new Uint32Array((level + 1) * n), new Uint32Array((level + 1) * n)];
  for (let j = 0; j < level; j++) {
    const digit = limb(target, j, n).slice();
    transforms[j].inverse(digit);
    transforms.forEach((ntt, i) => {
      const lifted = digit.map((x) => x % ntt.q);
      ntt.forward(lifted);
      [key[j].b, key[j].a].forEach((half, k) => {
        const out = limb(sums[k], i, n);
        const factor = limb(half, i, n);
        for (let at = 0; at < n; at++) out[at] = addMod(out[at], mulMod(lifted[at], factor[at], ntt.q), ntt.q);
      });
    });
  }
  return sums.map((x) => divide(params, level, x, limb(x, level, n), params.special[0]));
}

/**
 * (x − r)·d⁻¹ modulo every prime of the level, r the representative of x in (−d/2, d/2]: division by d with rounding.
 *
 * @param x NTT form, its first `level` limbs
 * @param last x modulo d, NTT form
 * @param divisor d, a prime of the set
 */
function divide(params: ParameterSet, level: number, x: Uint32Array, last: Uint32Array, divisor: number): Uint32Array {
  const { n, data } = params;
  const half = Math.floor(divisor / 2);
  const rounded = last.slice();
  const all = transformsOf(params, data.length, "QP");
  all.find(({ q }) => q === divisor)!.inverse(rounded);
  for (let k = 0; k < n; k++) rounded[k] = addMod(rounded[k], half, divisor);
  const out = new Uint32Array(level * n);
  transformsOf(params, level).forEach((ntt, i) => {
    const { q } = ntt;
    const remainder = rounded.map((y) => subMod(y % q, half % q, q));
    ntt.forward(remainder);
    const inverse = invMod(divisor % q, q);
    for (let k = 0; k < n; k++) out[i * n + k] = mulMod(subMod(x[i * n + k], remainder[k], q), inverse, q);
  });
  return out;
}
