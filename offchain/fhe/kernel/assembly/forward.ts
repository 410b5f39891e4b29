/**
 * Forward negacyclic transform, natural order in, bit-reversed order out: passes of two levels (radix 4) down to blocks of
 * eight or four residues, then the last levels inside registers.
 *
 * The table holds, in the order of use: for each group of a radix-4 pass six words w1 w1″ w2 w2″ w3 w3″ and two unused; for
 * each sixteen residues of the tail, when log n is odd, w w″ w w″ for gap 4, and then vectors w w″ for gap 2 and
 * w w″ w w″ for gap 1, one lane a block of four.
 */
import { below, fold, times } from "./lanes";
import { FORWARD, Q, Q2 } from "./prime";

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

/** All radix-4 passes; reads the first from `source`. Returns the address of the tail's table. */
@inline
function passes(data: usize, source: usize, n: u32, table: usize, q: v128, q2: v128): usize {
  const end = data + (<usize>n << 2);
  let from = source;
  for (let gap: usize = <usize>n; gap >= 16; gap >>= 2) {
    // `gap` counts bytes between the four members of a butterfly: n/4 residues at first.
    for (let start = data; start < end; start += gap << 2) {
      const w1 = v128.load32_splat(table);
      const w1s = v128.load32_splat(table, 4);
      const w2 = v128.load32_splat(table, 8);
      const w2s = v128.load32_splat(table, 12);
      const w3 = v128.load32_splat(table, 16);
      const w3s = v128.load32_splat(table, 20);
      table += 32;
      const stop = start + gap;
      const shift = from - data;
      for (let p = start; p < stop; p += 16) {
        const p1 = p + gap;
        const p2 = p1 + gap;
        const p3 = p2 + gap;
        let x0 = v128.load(p + shift);
        let x1 = v128.load(p1 + shift);
        const t2 = times(v128.load(p2 + shift), w1, w1s, q);
        const t3 = times(v128.load(p3 + shift), w1, w1s, q);
        if (!ASC_NO_ASSERT) {
          below(x0, i32x4.shl(q, 2));
          below(x1, i32x4.shl(q, 2));
        }
        x0 = fold(x0, q2);
        x1 = fold(x1, q2);
        const y0 = fold(sum(x0, t2), q2);
        const y2 = fold(difference(x0, t2, q2), q2);
        const u = times(sum(x1, t3), w2, w2s, q);
        const v = times(difference(x1, t3, q2), w3, w3s, q);
        v128.store(p, sum(y0, u));
        v128.store(p1, difference(y0, u, q2));
        v128.store(p2, sum(y2, v));
        v128.store(p3, difference(y2, v, q2));
      }
    }
    from = data;
  }
  return table;
}

/**
 * Transforms n residues, reading them from `source` and leaving the result at `data` (the same or not overlapping).
 * Inputs in [0, 4q). Outputs canonical if `exact`, else in [0, 2q).
 */
export function forward(data: usize, source: usize, n: u32, prime: usize, exact: bool): void {
  const q = v128.load(prime, Q);
  const q2 = v128.load(prime, Q2);
  const odd = (ctz(n) & 1) != 0;
  let table = passes(data, source, n, load<u32>(prime, FORWARD), q, q2);
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
