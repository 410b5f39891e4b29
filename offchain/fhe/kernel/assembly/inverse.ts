/**
 * Inverse negacyclic transform, bit-reversed order in, natural order out: the mirror of the forward one (Gentleman and
 * Sande's butterflies). Residues stay in [0, 2q) between levels. The last level multiplies by a scale the caller chooses,
 * n⁻¹ times whatever else has to be multiplied anyway.
 *
 * The table holds, in the order of use: for each sixteen residues vectors w w″ w w″ for gap 1 and w w″ for gap 2, one lane a
 * block of four, and when log n is odd words w w″ w w″ for gap 4; then for each group of a radix-4 pass words
 * w2 w2″ w3 w3″ w1 w1″ and two unused. The last pass takes w2 and w3 from there and the rest from the scale:
 * s s″ s·w1 (s·w1)″.
 */
import { below, fold, times } from "./lanes";
import { INVERSE, Q, Q2 } from "./prime";

/** x + y for x and y in [0, 2q); in [0, 2q). */
@inline
function sum(x: v128, y: v128, q2: v128): v128 {
  return fold(i32x4.add(x, y), q2);
}

/** x − y + 2q for x and y in [0, 2q); in (0, 4q). */
@inline
function difference(x: v128, y: v128, q2: v128): v128 {
  return i32x4.sub(i32x4.add(x, q2), y);
}

/** The levels inside blocks of eight or four residues, from `source` to `data`. Returns the address of the next table. */
@inline
function blocks(data: usize, source: usize, n: u32, table: usize, q: v128, q2: v128): usize {
  const odd = (ctz(n) & 1) != 0;
  const end = data + (<usize>n << 2);
  const shift = source - data;
  for (let p = data; p < end; p += 64) {
    const a = v128.load(p + shift);
    const b = v128.load(p + shift, 16);
    const c = v128.load(p + shift, 32);
    const d = v128.load(p + shift, 48);
    if (!ASC_NO_ASSERT) {
      below(a, q2);
      below(b, q2);
      below(c, q2);
      below(d, q2);
    }
    // Four blocks of four become four lanes.
    const ab0 = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const ab1 = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    const cd0 = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const cd1 = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    const x0 = i8x16.shuffle(ab0, cd0, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    const x1 = i8x16.shuffle(ab0, cd0, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    const x2 = i8x16.shuffle(ab1, cd1, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    const x3 = i8x16.shuffle(ab1, cd1, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);

    const y0 = sum(x0, x1, q2);
    const y1 = times(difference(x0, x1, q2), v128.load(table), v128.load(table, 16), q);
    const y2 = sum(x2, x3, q2);
    const y3 = times(difference(x2, x3, q2), v128.load(table, 32), v128.load(table, 48), q);
    const w1 = v128.load(table, 64);
    const w1s = v128.load(table, 80);
    const z0 = sum(y0, y2, q2);
    const z1 = sum(y1, y3, q2);
    const z2 = times(difference(y0, y2, q2), w1, w1s, q);
    const z3 = times(difference(y1, y3, q2), w1, w1s, q);

    const r0 = i8x16.shuffle(z0, z1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const r1 = i8x16.shuffle(z0, z1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    const s0 = i8x16.shuffle(z2, z3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const s1 = i8x16.shuffle(z2, z3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    let e = i8x16.shuffle(r0, s0, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    let f = i8x16.shuffle(r0, s0, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    let g = i8x16.shuffle(r1, s1, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    let h = i8x16.shuffle(r1, s1, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    table += 96;
    if (odd) {
      const t = times(difference(e, f, q2), v128.load32_splat(table), v128.load32_splat(table, 4), q);
      const u = times(difference(g, h, q2), v128.load32_splat(table, 8), v128.load32_splat(table, 12), q);
      table += 16;
      e = sum(e, f, q2);
      f = t;
      g = sum(g, h, q2);
      h = u;
    }
    v128.store(p, e);
    v128.store(p, f, 16);
    v128.store(p, g, 32);
    v128.store(p, h, 48);
  }
  return table;
}

/**
 * Transforms n residues, reading them from `source` and leaving the result at `data` (the same or not overlapping).
 * Inputs in [0, 2q). Outputs canonical, multiplied by n·s for the s in `scale`.
 */
export function inverse(data: usize, source: usize, n: u32, prime: usize, scale: usize): void {
  const q = v128.load(prime, Q);
  const q2 = v128.load(prime, Q2);
  let table = blocks(data, source, n, load<u32>(prime, INVERSE), q, q2);
  const end = data + (<usize>n << 2);
  let gap: usize = (ctz(n) & 1) != 0 ? 32 : 16;
  for (; gap < <usize>n; gap <<= 2) {
    for (let start = data; start < end; start += gap << 2) {
      const w2 = v128.load32_splat(table);
      const w2s = v128.load32_splat(table, 4);
      const w3 = v128.load32_splat(table, 8);
      const w3s = v128.load32_splat(table, 12);
      const w1 = v128.load32_splat(table, 16);
      const w1s = v128.load32_splat(table, 20);
      table += 32;
      const stop = start + gap;
      for (let p = start; p < stop; p += 16) {
        const p1 = p + gap;
        const p2 = p1 + gap;
        const p3 = p2 + gap;
        const x0 = v128.load(p);
        const x1 = v128.load(p1);
        const x2 = v128.load(p2);
        const x3 = v128.load(p3);
        const y0 = sum(x0, x1, q2);
        const y1 = times(difference(x0, x1, q2), w2, w2s, q);
        const y2 = sum(x2, x3, q2);
        const y3 = times(difference(x2, x3, q2), w3, w3s, q);
        v128.store(p, sum(y0, y2, q2));
        v128.store(p1, sum(y1, y3, q2));
        v128.store(p2, times(difference(y0, y2, q2), w1, w1s, q));
        v128.store(p3, times(difference(y1, y3, q2), w1, w1s, q));
      }
    }
  }
  const w2 = v128.load32_splat(table);
  const w2s = v128.load32_splat(table, 4);
  const w3 = v128.load32_splat(table, 8);
  const w3s = v128.load32_splat(table, 12);
  const s = v128.load32_splat(scale);
  const ss = v128.load32_splat(scale, 4);
  const sw = v128.load32_splat(scale, 8);
  const sws = v128.load32_splat(scale, 12);
  const stop = data + gap;
  for (let p = data; p < stop; p += 16) {
    const p1 = p + gap;
    const p2 = p1 + gap;
    const p3 = p2 + gap;
    const x0 = v128.load(p);
    const x1 = v128.load(p1);
    const x2 = v128.load(p2);
    const x3 = v128.load(p3);
    const y0 = sum(x0, x1, q2);
    const y1 = times(difference(x0, x1, q2), w2, w2s, q);
    const y2 = sum(x2, x3, q2);
    const y3 = times(difference(x2, x3, q2), w3, w3s, q);
    v128.store(p, fold(times(i32x4.add(y0, y2), s, ss, q), q));
    v128.store(p1, fold(times(i32x4.add(y1, y3), s, ss, q), q));
    v128.store(p2, fold(times(difference(y0, y2, q2), sw, sws, q), q));
    v128.store(p3, fold(times(difference(y1, y3, q2), sw, sws, q), q));
  }
}
