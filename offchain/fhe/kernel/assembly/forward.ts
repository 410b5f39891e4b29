/**
 * Forward negacyclic transform, natural order in, bit-reversed order out: passes of two levels (radix 4) down to blocks of
 * eight or four residues, then the last levels inside registers.
 *
 * The table holds, in the order of use: for each group of a radix-4 pass six words w1 w1″ w2 w2″ w3 w3″ and two unused; for
 * each sixteen residues of the tail, when log n is odd, w w″ w w″ for gap 4, and then vectors w w″ for gap 2 and
 * w w″ w w″ for gap 1, one lane a block of four.
 */
import { below, fold, high, times } from "./lanes";
import { FORWARD, ONE_SHOUP, Q, Q2 } from "./prime";

/** One butterfly of Cooley and Tukey on x in [0, 2q): x + t. In [0, 4q). */
@inline
function sum(x: v128, t: v128): v128 {
  return i32x4.add(x, t);
}

/** x − t + 2q for t in [0, 2q). In (0, 4q). */
@inline
function difference(x: v128, t: v128, q2: v128): v128 {
  return i32x4.sub(i32x4.add(x, q2), t);
}

/** Two levels on four vectors in [0, 4q), which go to the addresses given; in [0, 4q). */
@inline
function butterfly(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  a: v128,
  b: v128,
  c: v128,
  d: v128,
  w1: v128,
  w1s: v128,
  w2: v128,
  w2s: v128,
  w3: v128,
  w3s: v128,
  q: v128,
  q2: v128,
): void {
  if (!ASC_NO_ASSERT) {
    const q4 = i32x4.shl(q, 2);
    below(a, q4);
    below(b, q4);
    below(c, q4);
    below(d, q4);
  }
  const t2 = times(c, w1, w1s, q);
  const t3 = times(d, w1, w1s, q);
  const x0 = fold(a, q2);
  const x1 = fold(b, q2);
  const y0 = fold(sum(x0, t2), q2);
  const y2 = fold(difference(x0, t2, q2), q2);
  const u = times(sum(x1, t3), w2, w2s, q);
  const v = times(difference(x1, t3, q2), w3, w3s, q);
  v128.store(p0, sum(y0, u));
  v128.store(p1, difference(y0, u, q2));
  v128.store(p2, sum(y2, v));
  v128.store(p3, difference(y2, v, q2));
}

// How the first pass takes what it reads: residues modulo q itself, or modulo another prime p.
const PLAIN = 0;
const CENTRED = 1;
const TURNED = 2;
/** With one of these: residues may be beyond what a transform takes, for p > 3q. */
const WIDE = 4;

/** A vector as the first pass takes it. */
@inline
function taken(mode: i32, x: v128, bound: v128, correction: v128, exponent: v128, turn: v128, one: v128, q: v128): v128 {
  let y = x;
  if ((mode & WIDE) != 0) y = i32x4.sub(x, i32x4.mul(high(x, one), q));
  if ((mode & CENTRED) != 0) y = i32x4.add(y, v128.and(i32x4.gt_u(x, bound), correction));
  if ((mode & TURNED) != 0) {
    const turned = i32x4.eq(v128.and(exponent, turn), turn);
    y = i32x4.add(y, v128.andnot(v128.and(turned, correction), i32x4.eq(x, i32x4.splat(0))));
  }
  return y;
}

/** The first pass, from `source` to `data`. */
@inline
function firstPass(mode: i32, data: usize, source: usize, n: u32, prime: usize, half: u32, complement: u32, element: u32): void {
  const q = v128.load(prime, Q);
  const q2 = v128.load(prime, Q2);
  const table = <usize>load<u32>(prime, FORWARD);
  const w1 = v128.load32_splat(table);
  const w1s = v128.load32_splat(table, 4);
  const w2 = v128.load32_splat(table, 8);
  const w2s = v128.load32_splat(table, 12);
  const w3 = v128.load32_splat(table, 16);
  const w3s = v128.load32_splat(table, 20);
  const one = v128.load(prime, ONE_SHOUP);
  const bound = i32x4.splat(half);
  const correction = i32x4.splat(complement);
  const turn = i32x4.splat(n);
  const step = i32x4.splat(element << 2);
  const quarter = i32x4.splat((n >> 2) * element);
  let e0 = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(element));
  const gap = <usize>n;
  const shift = source - data;
  const stop = data + gap;
  for (let p = data; p < stop; p += 16) {
    const p1 = p + gap;
    const p2 = p1 + gap;
    const p3 = p2 + gap;
    const e1 = i32x4.add(e0, quarter);
    const e2 = i32x4.add(e1, quarter);
    const e3 = i32x4.add(e2, quarter);
    const a = taken(mode, v128.load(p + shift), bound, correction, e0, turn, one, q);
    const b = taken(mode, v128.load(p1 + shift), bound, correction, e1, turn, one, q);
    const c = taken(mode, v128.load(p2 + shift), bound, correction, e2, turn, one, q);
    const d = taken(mode, v128.load(p3 + shift), bound, correction, e3, turn, one, q);
    butterfly(p, p1, p2, p3, a, b, c, d, w1, w1s, w2, w2s, w3, w3s, q, q2);
    if ((mode & TURNED) != 0) e0 = i32x4.add(e0, step);
  }
}

/** The other passes of two levels. Returns the address of the tail's table. */
@inline
function passes(data: usize, n: u32, table: usize, q: v128, q2: v128): usize {
  const end = data + (<usize>n << 2);
  for (let gap: usize = <usize>n >> 2; gap >= 16; gap >>= 2) {
    // `gap` counts bytes between the four members of a butterfly: n/16 residues at first.
    for (let start = data; start < end; start += gap << 2) {
      const w1 = v128.load32_splat(table);
      const w1s = v128.load32_splat(table, 4);
      const w2 = v128.load32_splat(table, 8);
      const w2s = v128.load32_splat(table, 12);
      const w3 = v128.load32_splat(table, 16);
      const w3s = v128.load32_splat(table, 20);
      table += 32;
      const stop = start + gap;
      for (let p = start; p < stop; p += 16) {
        const p1 = p + gap;
        const p2 = p1 + gap;
        const p3 = p2 + gap;
        const a = v128.load(p);
        const b = v128.load(p1);
        const c = v128.load(p2);
        const d = v128.load(p3);
        butterfly(p, p1, p2, p3, a, b, c, d, w1, w1s, w2, w2s, w3, w3s, q, q2);
      }
    }
  }
  return table;
}

/**
 * Transforms n residues, reading them from `source` and leaving the result at `data` (the same or not overlapping). Inputs in
 * [0, 4q), or any 32-bit values if `wide`. Outputs canonical if `exact`, else in [0, 2q).
 */
export function forward(data: usize, source: usize, wide: bool, n: u32, prime: usize, exact: bool): void {
  if (wide) firstPass(PLAIN | WIDE, data, source, n, prime, 0, 0, 0);
  else firstPass(PLAIN, data, source, n, prime, 0, 0, 0);
  laterPasses(data, n, prime, exact);
}

/**
 * The same on residues modulo another prime p, taken nearest to zero. Outputs in [0, 2q).
 *
 * @param half ⌊p/2⌋
 * @param complement −p mod q
 * @param wide whether p > 3q
 */
export function forwardCentred(
  data: usize,
  source: usize,
  half: u32,
  complement: u32,
  wide: bool,
  n: u32,
  prime: usize,
): void {
  if (wide) firstPass(CENTRED | WIDE, data, source, n, prime, half, complement, 0);
  else firstPass(CENTRED, data, source, n, prime, half, complement, 0);
  laterPasses(data, n, prime, false);
}

/**
 * The same on residues modulo another prime p, lifted as SEAL lifts them after an automorphism, but seen from before it: where
 * X → X^element turns the sign of a coefficient x ≠ 0, SEAL lifts p − x, so here x − p stands in place of x. Outputs in [0, 2q).
 *
 * @param element Galois element
 * @param complement −p mod q
 * @param wide whether p > 3q
 */
export function forwardTurned(
  data: usize,
  source: usize,
  element: u32,
  complement: u32,
  wide: bool,
  n: u32,
  prime: usize,
): void {
  if (wide) firstPass(TURNED | WIDE, data, source, n, prime, 0, complement, element);
  else firstPass(TURNED, data, source, n, prime, 0, complement, element);
  laterPasses(data, n, prime, false);
}

/** All passes but the first. */
function laterPasses(data: usize, n: u32, prime: usize, exact: bool): void {
  const q = v128.load(prime, Q);
  const q2 = v128.load(prime, Q2);
  const odd = (ctz(n) & 1) != 0;
  let table = passes(data, n, load<u32>(prime, FORWARD) + 32, q, q2);
  const end = data + (<usize>n << 2);
  for (let p = data; p < end; p += 64) {
    let a = v128.load(p);
    let b = v128.load(p, 16);
    let c = v128.load(p, 32);
    let d = v128.load(p, 48);
    if (odd) {
      const t = times(b, v128.load32_splat(table), v128.load32_splat(table, 4), q);
      const u = times(d, v128.load32_splat(table, 8), v128.load32_splat(table, 12), q);
      table += 16;
      a = fold(a, q2);
      c = fold(c, q2);
      b = difference(a, t, q2);
      a = sum(a, t);
      d = difference(c, u, q2);
      c = sum(c, u);
    }
    // Four blocks of four become four lanes.
    const ab0 = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const ab1 = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    const cd0 = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const cd1 = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    let x0 = i8x16.shuffle(ab0, cd0, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    let x1 = i8x16.shuffle(ab0, cd0, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    let x2 = i8x16.shuffle(ab1, cd1, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    let x3 = i8x16.shuffle(ab1, cd1, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);

    const w1 = v128.load(table);
    const w1s = v128.load(table, 16);
    const t2 = times(x2, w1, w1s, q);
    const t3 = times(x3, w1, w1s, q);
    x0 = fold(x0, q2);
    x1 = fold(x1, q2);
    const y0 = fold(sum(x0, t2), q2);
    const y2 = fold(difference(x0, t2, q2), q2);
    const u = times(sum(x1, t3), v128.load(table, 32), v128.load(table, 48), q);
    const v = times(difference(x1, t3, q2), v128.load(table, 64), v128.load(table, 80), q);
    table += 96;
    x0 = fold(sum(y0, u), q2);
    x1 = fold(difference(y0, u, q2), q2);
    x2 = fold(sum(y2, v), q2);
    x3 = fold(difference(y2, v, q2), q2);
    if (exact) {
      x0 = fold(x0, q);
      x1 = fold(x1, q);
      x2 = fold(x2, q);
      x3 = fold(x3, q);
    }
    if (!ASC_NO_ASSERT) {
      below(x0, exact ? q : q2);
      below(x1, exact ? q : q2);
      below(x2, exact ? q : q2);
      below(x3, exact ? q : q2);
    }

    const r0 = i8x16.shuffle(x0, x1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const r1 = i8x16.shuffle(x0, x1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    const s0 = i8x16.shuffle(x2, x3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const s1 = i8x16.shuffle(x2, x3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    v128.store(p, i8x16.shuffle(r0, s0, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
    v128.store(p, i8x16.shuffle(r0, s0, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 16);
    v128.store(p, i8x16.shuffle(r1, s1, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23), 32);
    v128.store(p, i8x16.shuffle(r1, s1, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 48);
  }
}
