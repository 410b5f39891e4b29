/**
 * Sums of products, the inner loop of key switching and of plaintext products: every sum is kept in 64 bits and reduced once.
 */
import { foldSums, reduce, sumsBelow } from "./lanes";
import { Q, Q2, Q2_HIGH, Q_INVERSE } from "./prime";

/**
 * For terms (x, y, z) of one prime: out0 = Σ x·y·2⁻³² and out1 = Σ x·z·2⁻³², canonical. One side of every product is in
 * Montgomery form. `terms` lists three addresses a term; n is a multiple of 8.
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
  // Two vectors at a time: addresses are looked up half as often.
  for (let i: usize = 0; i < bytes; i += 32) {
    let y0 = i64x2.splat(0);
    let y1 = i64x2.splat(0);
    let y2 = i64x2.splat(0);
    let y3 = i64x2.splat(0);
    let z0 = i64x2.splat(0);
    let z1 = i64x2.splat(0);
    let z2 = i64x2.splat(0);
    let z3 = i64x2.splat(0);
    let term = terms;
    let stop = terms + <usize>min(first, count) * 12;
    while (true) {
      for (; term < stop; term += 12) {
        const px = load<usize>(term) + i;
        const py = load<usize>(term, 4) + i;
        const pz = load<usize>(term, 8) + i;
        const x = v128.load(px);
        const u = v128.load(px, 16);
        let y = v128.load(py);
        y0 = i64x2.add(y0, i64x2.extmul_low_i32x4_u(x, y));
        y1 = i64x2.add(y1, i64x2.extmul_high_i32x4_u(x, y));
        y = v128.load(py, 16);
        y2 = i64x2.add(y2, i64x2.extmul_low_i32x4_u(u, y));
        y3 = i64x2.add(y3, i64x2.extmul_high_i32x4_u(u, y));
        let z = v128.load(pz);
        z0 = i64x2.add(z0, i64x2.extmul_low_i32x4_u(x, z));
        z1 = i64x2.add(z1, i64x2.extmul_high_i32x4_u(x, z));
        z = v128.load(pz, 16);
        z2 = i64x2.add(z2, i64x2.extmul_low_i32x4_u(u, z));
        z3 = i64x2.add(z3, i64x2.extmul_high_i32x4_u(u, z));
      }
      if (!ASC_NO_ASSERT) {
        sumsBelow(y0, q);
        sumsBelow(y1, q);
        sumsBelow(y2, q);
        sumsBelow(y3, q);
        sumsBelow(z0, q);
        sumsBelow(z1, q);
        sumsBelow(z2, q);
        sumsBelow(z3, q);
      }
      if (term == last) break;
      y0 = foldSums(y0, q2High);
      y1 = foldSums(y1, q2High);
      y2 = foldSums(y2, q2High);
      y3 = foldSums(y3, q2High);
      z0 = foldSums(z0, q2High);
      z1 = foldSums(z1, q2High);
      z2 = foldSums(z2, q2High);
      z3 = foldSums(z3, q2High);
      stop = min(term + <usize>next * 12, last);
    }
    v128.store(out0 + i, reduce(y0, y1, q, q2, qInverse));
    v128.store(out0 + i, reduce(y2, y3, q, q2, qInverse), 16);
    v128.store(out1 + i, reduce(z0, z1, q, q2, qInverse));
    v128.store(out1 + i, reduce(z2, z3, q, q2, qInverse), 16);
  }
}
