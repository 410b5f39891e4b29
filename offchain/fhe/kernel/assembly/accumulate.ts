/**
 * Sums of products, the inner loop of key switching and of plaintext products: every sum is kept in 64 bits and reduced once.
 */
import { fold, foldSums, high, lowerWords, reduce, sumsBelow, upperWords } from "./lanes";
import { Q, Q2, Q2_HIGH, Q_INVERSE } from "./prime";

/**
 * For terms (x, y, z) of one prime: out0 = Σ x·y·2⁻³² and out1 = Σ x·z·2⁻³², canonical. One side of every product is in
 * Montgomery form. `terms` lists three addresses a term.
 *
 * @param lazy whether a product may reach 2q² (one side in [0, 2q)) and not only q² (both canonical)
 */
export function accumulate(
  out0: usize,
  out1: usize,
  terms: usize,
  count: u32,
  n: u32,
  prime: usize,
  lazy: bool,
): void {
  const q = v128.load(prime, Q);
  const q2 = v128.load(prime, Q2);
  const q2High = v128.load(prime, Q2_HIGH);
  const qInverse = v128.load(prime, Q_INVERSE);
  // A sum must stay below 4q·2³² > 16q²; folding takes it below 2q·2³², where half as many terms fit again.
  const first: u32 = lazy ? 8 : 16;
  const next: u32 = first >> 1;
  const bytes = <usize>n << 2;
  const last = terms + <usize>count * 12;
  for (let i: usize = 0; i < bytes; i += 16) {
    let y0 = i64x2.splat(0);
    let y1 = i64x2.splat(0);
    let z0 = i64x2.splat(0);
    let z1 = i64x2.splat(0);
    let term = terms;
    let stop = terms + <usize>min(first, count) * 12;
    while (true) {
      for (; term < stop; term += 12) {
        const x = v128.load(load<usize>(term) + i);
        const y = v128.load(load<usize>(term, 4) + i);
        const z = v128.load(load<usize>(term, 8) + i);
        y0 = i64x2.add(y0, i64x2.extmul_low_i32x4_u(x, y));
        y1 = i64x2.add(y1, i64x2.extmul_high_i32x4_u(x, y));
        z0 = i64x2.add(z0, i64x2.extmul_low_i32x4_u(x, z));
        z1 = i64x2.add(z1, i64x2.extmul_high_i32x4_u(x, z));
      }
      sumsBelow(y0, q);
      sumsBelow(y1, q);
      sumsBelow(z0, q);
      sumsBelow(z1, q);
      if (term == last) break;
      y0 = foldSums(y0, q2High);
      y1 = foldSums(y1, q2High);
      z0 = foldSums(z0, q2High);
      z1 = foldSums(z1, q2High);
      stop = min(term + <usize>next * 12, last);
    }
    v128.store(out0 + i, reduce(y0, y1, q, q2, qInverse));
    v128.store(out1 + i, reduce(z0, z1, q, q2, qInverse));
  }
}

/**
 * Σ yⱼ·cⱼ for constants cⱼ: a sum of scaled polynomials, and the last step of a base conversion. The yⱼ are below 2^30, the
 * cⱼ in Montgomery form.
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
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) {
    let low = i64x2.splat(0);
    let top = i64x2.splat(0);
    let s = sources;
    // Sixteen terms below 2^30·q fit under 4q·2³², eight more after each fold.
    let stop = sources + (<usize>min<u32>(count, 16) << 3);
    while (true) {
      for (; s < stop; s += 8) {
        const y = v128.load(load<usize>(s) + i);
        const c = v128.load32_splat(s, 4);
        low = i64x2.add(low, i64x2.extmul_low_i32x4_u(y, c));
        top = i64x2.add(top, i64x2.extmul_high_i32x4_u(y, c));
      }
      sumsBelow(low, q);
      sumsBelow(top, q);
      if (s == last) break;
      low = foldSums(low, q2High);
      top = foldSums(top, q2High);
      stop = min(s + 64, last);
    }
    if (exact) {
      v128.store(out + i, reduce(low, top, q, q2, qInverse));
    } else {
      const carried = high(i32x4.mul(lowerWords(low, top), qInverse), q);
      // Upper words in [0, 2q) after a fold, carried ones in [0, q).
      v128.store(out + i, i32x4.add(i32x4.sub(fold(upperWords(low, top), q2), carried), q));
    }
  }
}
