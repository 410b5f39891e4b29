/** Sums of polynomials times constants: base conversions, and scalar products. */
import { fold, foldSums, high, lowerWords, reduce, sumsBelow, upperWords } from "./lanes";
import { Q, Q2, Q2_HIGH, Q_INVERSE } from "./prime";

/**
 * How many times the modulus of a group fits, to the nearest integer, into Σ yⱼ·(Q/qⱼ): ⌊Σ ⌊yⱼ·fⱼ/2³²⌋/2²⁶ + ½⌋ with
 * fⱼ = ⌊2⁵⁸/qⱼ⌋.
 *
 * @param sources pairs of words: address of yⱼ, fⱼ
 * @param count how many, at most 15
 */
export function quotient(out: usize, sources: usize, count: u32, n: u32): void {
  const half = i32x4.splat(1 << 25);
  const stop = sources + (<usize>count << 3);
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 32) {
    let sum0 = half;
    let sum1 = half;
    for (let s = sources; s < stop; s += 8) {
      const y = load<usize>(s) + i;
      const f = v128.load32_splat(s, 4);
      sum0 = i32x4.add(sum0, high(v128.load(y), f));
      sum1 = i32x4.add(sum1, high(v128.load(y, 16), f));
    }
    v128.store(out + i, i32x4.shr_u(sum0, 26));
    v128.store(out + i, i32x4.shr_u(sum1, 26), 16);
  }
}

/** The end of a combination: canonical, or in (0, 4q). */
@inline
function finish(low: v128, top: v128, exact: bool, q: v128, q2: v128, qInverse: v128): v128 {
  if (exact) return reduce(low, top, q, q2, qInverse);
  const carried = high(i32x4.mul(lowerWords(low, top), qInverse), q);
  // Upper words in [0, 2q) after a fold, carried ones in [0, q).
  return i32x4.add(i32x4.sub(fold(upperWords(low, top), q2), carried), q);
}

/**
 * Σ yⱼ·cⱼ for constants cⱼ: a sum of scaled polynomials, and the last step of a base conversion. The yⱼ are below 2^30, the
 * cⱼ in Montgomery form; n is a multiple of 8.
 *
 * @param sources pairs of words: address of yⱼ, cⱼ
 * @param exact whether the result is to be canonical; otherwise it is in (0, 4q)
 */
export function combine(out: usize, sources: usize, count: u32, n: u32, prime: usize, exact: bool): void {
  const q = v128.load(prime, Q);
  const q2 = v128.load(prime, Q2);
  const q2High = v128.load(prime, Q2_HIGH);
  const qInverse = v128.load(prime, Q_INVERSE);
  const last = sources + (<usize>count << 3);
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 32) {
    let low0 = i64x2.splat(0);
    let top0 = i64x2.splat(0);
    let low1 = i64x2.splat(0);
    let top1 = i64x2.splat(0);
    let s = sources;
    // Sixteen terms below 2^30·q fit under 4q·2³², eight more after each fold.
    let stop = sources + (<usize>min<u32>(count, 16) << 3);
    while (true) {
      for (; s < stop; s += 8) {
        const address = load<usize>(s) + i;
        const c = v128.load32_splat(s, 4);
        const y = v128.load(address);
        const z = v128.load(address, 16);
        low0 = i64x2.add(low0, i64x2.extmul_low_i32x4_u(y, c));
        top0 = i64x2.add(top0, i64x2.extmul_high_i32x4_u(y, c));
        low1 = i64x2.add(low1, i64x2.extmul_low_i32x4_u(z, c));
        top1 = i64x2.add(top1, i64x2.extmul_high_i32x4_u(z, c));
      }
      if (!ASC_NO_ASSERT) {
        sumsBelow(low0, q);
        sumsBelow(top0, q);
        sumsBelow(low1, q);
        sumsBelow(top1, q);
      }
      if (s == last) break;
      low0 = foldSums(low0, q2High);
      top0 = foldSums(top0, q2High);
      low1 = foldSums(low1, q2High);
      top1 = foldSums(top1, q2High);
      stop = min(s + 64, last);
    }
    v128.store(out + i, finish(low0, top0, exact, q, q2, qInverse));
    v128.store(out + i, finish(low1, top1, exact, q, q2, qInverse), 16);
  }
}
