/** Operations residue by residue on one limb. Operands and results are canonical and n residues long unless said otherwise. */
import { canonical, fold, lift, reduce, times } from "./lanes";
import { Q, Q2, Q_INVERSE, R, R_SHOUP } from "./prime";

/** out = a + b. */
export function add(out: usize, a: usize, b: usize, n: u32, prime: usize): void {
  const q = v128.load(prime, Q);
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) {
    v128.store(out + i, fold(i32x4.add(v128.load(a + i), v128.load(b + i)), q));
  }
}

/** out = a − b. */
export function sub(out: usize, a: usize, b: usize, n: u32, prime: usize): void {
  const q = v128.load(prime, Q);
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) {
    v128.store(out + i, lift(i32x4.sub(v128.load(a + i), v128.load(b + i)), q));
  }
}

/** out = −a. */
export function negate(out: usize, a: usize, n: u32, prime: usize): void {
  const q = v128.load(prime, Q);
  const zero = i32x4.splat(0);
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) {
    v128.store(out + i, lift(i32x4.sub(zero, v128.load(a + i)), q));
  }
}

/** out = a + s for a scalar s in [0, q). */
export function addScalar(out: usize, a: usize, s: u32, n: u32, prime: usize): void {
  const q = v128.load(prime, Q);
  const addend = i32x4.splat(s);
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) {
    v128.store(out + i, fold(i32x4.add(v128.load(a + i), addend), q));
  }
}

/** out = a·w for a constant w in [0, q) with its Shoup companion; a is any 32-bit value. */
export function scale(out: usize, a: usize, w: u32, shoup: u32, n: u32, prime: usize): void {
  const q = v128.load(prime, Q);
  const factor = i32x4.splat(w);
  const companion = i32x4.splat(shoup);
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) {
    v128.store(out + i, fold(times(v128.load(a + i), factor, companion, q), q));
  }
}

/** out = a·w + b for a constant w. */
export function scaleAdd(out: usize, a: usize, w: u32, shoup: u32, b: usize, n: u32, prime: usize): void {
  const q = v128.load(prime, Q);
  const q2 = v128.load(prime, Q2);
  const factor = i32x4.splat(w);
  const companion = i32x4.splat(shoup);
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) {
    v128.store(out + i, canonical(i32x4.add(times(v128.load(a + i), factor, companion, q), v128.load(b + i)), q, q2));
  }
}

/** out = (a − t)·w for a constant w, t in [0, 2q): the end of a division by a modulus. With `addend` not 0, that is added. */
export function divide(out: usize, a: usize, t: usize, w: u32, shoup: u32, addend: usize, n: u32, prime: usize): void {
  const q = v128.load(prime, Q);
  const q2 = v128.load(prime, Q2);
  const factor = i32x4.splat(w);
  const companion = i32x4.splat(shoup);
  const end = <usize>n << 2;
  if (addend == 0) {
    for (let i: usize = 0; i < end; i += 16) {
      const x = i32x4.sub(i32x4.add(v128.load(a + i), q2), v128.load(t + i));
      v128.store(out + i, fold(times(x, factor, companion, q), q));
    }
  } else {
    for (let i: usize = 0; i < end; i += 16) {
      const x = i32x4.sub(i32x4.add(v128.load(a + i), q2), v128.load(t + i));
      const y = i32x4.add(times(x, factor, companion, q), v128.load(addend + i));
      v128.store(out + i, canonical(y, q, q2));
    }
  }
}

/** out = a·b·2⁻³²: the product, when one of the two is in Montgomery form. */
export function multiply(out: usize, a: usize, b: usize, n: u32, prime: usize): void {
  const q = v128.load(prime, Q);
  const q2 = v128.load(prime, Q2);
  const qInverse = v128.load(prime, Q_INVERSE);
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    const low = i64x2.extmul_low_i32x4_u(x, y);
    const top = i64x2.extmul_high_i32x4_u(x, y);
    v128.store(out + i, reduce(low, top, q, q2, qInverse));
  }
}

/** The product of (a0, a1) and (b0, b1) as ciphertexts: a0·b0, a0·b1 + a1·b0, a1·b1. Outputs may be the operands. */
export function tensor(
  out0: usize,
  out1: usize,
  out2: usize,
  a0: usize,
  a1: usize,
  b0: usize,
  b1: usize,
  n: u32,
  prime: usize,
): void {
  const q = v128.load(prime, Q);
  const q2 = v128.load(prime, Q2);
  const qInverse = v128.load(prime, Q_INVERSE);
  const r = v128.load(prime, R);
  const rShoup = v128.load(prime, R_SHOUP);
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) {
    // In Montgomery form and [0, 2q); sums of two products stay below 4q².
    const x0 = times(v128.load(a0 + i), r, rShoup, q);
    const x1 = times(v128.load(a1 + i), r, rShoup, q);
    const y0 = v128.load(b0 + i);
    const y1 = v128.load(b1 + i);
    const low0 = i64x2.extmul_low_i32x4_u(x0, y0);
    const top0 = i64x2.extmul_high_i32x4_u(x0, y0);
    const low1 = i64x2.add(i64x2.extmul_low_i32x4_u(x0, y1), i64x2.extmul_low_i32x4_u(x1, y0));
    const top1 = i64x2.add(i64x2.extmul_high_i32x4_u(x0, y1), i64x2.extmul_high_i32x4_u(x1, y0));
    const low2 = i64x2.extmul_low_i32x4_u(x1, y1);
    const top2 = i64x2.extmul_high_i32x4_u(x1, y1);
    v128.store(out0 + i, reduce(low0, top0, q, q2, qInverse));
    v128.store(out1 + i, reduce(low1, top1, q, q2, qInverse));
    v128.store(out2 + i, reduce(low2, top2, q, q2, qInverse));
  }
}

/** Whether all residues are below the prime. */
export function isCanonical(a: usize, n: u32, prime: usize): bool {
  const q = v128.load(prime, Q);
  let all = i32x4.splat(-1);
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) {
    all = v128.and(all, i32x4.lt_u(v128.load(a + i), q));
  }
  return i32x4.all_true(all);
}
