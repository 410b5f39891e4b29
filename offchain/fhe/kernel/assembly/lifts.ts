/**
 * From residues modulo one prime p, in coefficient form, to residues modulo another, q. Results are in [0, 4q), what the
 * forward transform takes.
 */
import { high } from "./lanes";
import { ONE_SHOUP, Q } from "./prime";

/** Any 32-bit value to [0, 2q). */
@inline
function shrink(a: v128, oneShoup: v128, q: v128): v128 {
  return i32x4.sub(a, i32x4.mul(high(a, oneShoup), q));
}

/** The residues as they are, for p > 4q, where the transform would not take them. */
export function liftPlain(out: usize, a: usize, n: u32, prime: usize): void {
  const q = v128.load(prime, Q);
  const oneShoup = v128.load(prime, ONE_SHOUP);
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) {
    v128.store(out + i, shrink(v128.load(a + i), oneShoup, q));
  }
}

/**
 * The representatives nearest to zero.
 *
 * @param half ⌊p/2⌋
 * @param complement −p mod q
 * @param wide whether p > 3q
 */
export function liftCentred(out: usize, a: usize, half: u32, complement: u32, wide: bool, n: u32, prime: usize): void {
  const q = v128.load(prime, Q);
  const oneShoup = v128.load(prime, ONE_SHOUP);
  const bound = i32x4.splat(half);
  const correction = i32x4.splat(complement);
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) {
    const x = v128.load(a + i);
    const c = v128.and(i32x4.gt_u(x, bound), correction);
    v128.store(out + i, i32x4.add(wide ? shrink(x, oneShoup, q) : x, c));
  }
}

/**
 * What lifting after an automorphism comes to, seen from before it: where X → X^element turns the sign of a coefficient
 * x ≠ 0, SEAL lifts p − x, so here x − p stands in place of x.
 *
 * @param element Galois element
 * @param complement −p mod q
 * @param wide whether p > 3q
 */
export function liftTurned(out: usize, a: usize, element: u32, complement: u32, wide: bool, n: u32, prime: usize): void {
  const q = v128.load(prime, Q);
  const oneShoup = v128.load(prime, ONE_SHOUP);
  const correction = i32x4.splat(complement);
  const zero = i32x4.splat(0);
  const turn = i32x4.splat(n);
  const step = i32x4.splat(element << 2);
  let exponent = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(element));
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) {
    const x = v128.load(a + i);
    const turned = i32x4.eq(v128.and(exponent, turn), turn);
    const c = v128.andnot(v128.and(turned, correction), i32x4.eq(x, zero));
    v128.store(out + i, i32x4.add(wide ? shrink(x, oneShoup, q) : x, c));
    exponent = i32x4.add(exponent, step);
  }
}

/**
 * How many times the modulus of a group fits, to the nearest integer, into Σ yⱼ·(Q/qⱼ): ⌊Σ ⌊yⱼ·fⱼ/2³²⌋/2²⁸ + ½⌋ with
 * fⱼ = ⌊2⁶⁰/qⱼ⌋.
 *
 * @param sources pairs of words: address of yⱼ, fⱼ
 * @param count how many, at most 15
 */
export function quotient(out: usize, sources: usize, count: u32, n: u32): void {
  const half = i32x4.splat(1 << 27);
  const stop = sources + (<usize>count << 3);
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) {
    let sum = half;
    for (let s = sources; s < stop; s += 8) {
      sum = i32x4.add(sum, high(v128.load(load<usize>(s) + i), v128.load32_splat(s, 4)));
    }
    v128.store(out + i, i32x4.shr_u(sum, 28));
  }
}
