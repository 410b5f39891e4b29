/**
 * SHA-256 of four messages at a time, one a 32-bit lane: how trees of short leaves are hashed (docs/formats.md, section 1).
 * Source: FIPS 180-4, sections 4.1.2, 4.2.2, 5.3.3 and 6.2; names as there.
 */

const ROUND_CONSTANTS = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

/** The message schedule: 64 vectors. */
const SCHEDULE = memory.data(64 * 16, 16);

/** The chaining value: 8 vectors. */
const STATE = memory.data(8 * 16, 16);

/** Where memory is free. */
export function heapBase(): usize {
  return __heap_base;
}

@inline
function rotr(x: v128, by: i32): v128 {
  return v128.or(i32x4.shr_u(x, by), i32x4.shl(x, 32 - by));
}

@inline
function xor3(a: v128, b: v128, c: v128): v128 {
  return v128.xor(v128.xor(a, b), c);
}

/** Σ₁(e) + Ch(e, f, g) + h + K + W. */
@inline
function t1(e: v128, f: v128, g: v128, h: v128, at: usize): v128 {
  const k = v128.load32_splat(ROUND_CONSTANTS + (at << 2));
  const w = v128.load(SCHEDULE + (at << 4));
  const sum = i32x4.add(xor3(rotr(e, 6), rotr(e, 11), rotr(e, 25)), v128.bitselect(f, g, e));
  return i32x4.add(i32x4.add(h, sum), i32x4.add(k, w));
}

/** Σ₀(a) + Maj(a, b, c). */
@inline
function t2(a: v128, b: v128, c: v128): v128 {
  return i32x4.add(xor3(rotr(a, 2), rotr(a, 13), rotr(a, 22)), v128.bitselect(c, b, v128.xor(a, b)));
}

/** Swaps the bytes of every lane. */
@inline
function swapped(x: v128): v128 {
  return i8x16.swizzle(x, i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
}

/** Stores word i of each of four rows as vector i of `to`, for four i. */
@inline
function transpose(r0: v128, r1: v128, r2: v128, r3: v128, to: usize): void {
  const low01 = i32x4.shuffle(r0, r1, 0, 4, 1, 5);
  const low23 = i32x4.shuffle(r2, r3, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
  const high23 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(low01, low23, 0, 2), 0);
  v128.store(to, i64x2.shuffle(low01, low23, 1, 3), 16);
  v128.store(to, i64x2.shuffle(high01, high23, 0, 2), 32);
  v128.store(to, i64x2.shuffle(high01, high23, 1, 3), 48);
}

/** The next block of four messages, at `block`, `block + stride`, …, into the chaining value. */
function compress(block: usize, stride: usize): void {
  for (let part: usize = 0; part < 64; part += 16) {
    const from = block + part;
    transpose(
      swapped(v128.load(from)),
      swapped(v128.load(from + stride)),
      swapped(v128.load(from + 2 * stride)),
      swapped(v128.load(from + 3 * stride)),
      SCHEDULE + (part << 2),
    );
  }
  for (let at = SCHEDULE + 16 * 16; at < SCHEDULE + 64 * 16; at += 16) {
    const w2 = v128.load(at - 2 * 16);
    const w15 = v128.load(at - 15 * 16);
    const s1 = xor3(rotr(w2, 17), rotr(w2, 19), i32x4.shr_u(w2, 10));
    const s0 = xor3(rotr(w15, 7), rotr(w15, 18), i32x4.shr_u(w15, 3));
    v128.store(at, i32x4.add(i32x4.add(s1, v128.load(at - 7 * 16)), i32x4.add(s0, v128.load(at - 16 * 16))));
  }
  let a = v128.load(STATE, 0);
  let b = v128.load(STATE, 16);
  let c = v128.load(STATE, 32);
  let d = v128.load(STATE, 48);
  let e = v128.load(STATE, 64);
  let f = v128.load(STATE, 80);
  let g = v128.load(STATE, 96);
  let h = v128.load(STATE, 112);
  // Instead of moving eight values a round, eight rounds take them in turn.
  for (let at: usize = 0; at < 64; at += 8) {
    let t = t1(e, f, g, h, at);
    d = i32x4.add(d, t);
    h = i32x4.add(t, t2(a, b, c));
    t = t1(d, e, f, g, at + 1);
    c = i32x4.add(c, t);
    g = i32x4.add(t, t2(h, a, b));
    t = t1(c, d, e, f, at + 2);
    b = i32x4.add(b, t);
    f = i32x4.add(t, t2(g, h, a));
    t = t1(b, c, d, e, at + 3);
    a = i32x4.add(a, t);
    e = i32x4.add(t, t2(f, g, h));
    t = t1(a, b, c, d, at + 4);
    h = i32x4.add(h, t);
    d = i32x4.add(t, t2(e, f, g));
    t = t1(h, a, b, c, at + 5);
    g = i32x4.add(g, t);
    c = i32x4.add(t, t2(d, e, f));
    t = t1(g, h, a, b, at + 6);
    f = i32x4.add(f, t);
    b = i32x4.add(t, t2(c, d, e));
    t = t1(f, g, h, a, at + 7);
    e = i32x4.add(e, t);
    a = i32x4.add(t, t2(b, c, d));
  }
  v128.store(STATE, i32x4.add(a, v128.load(STATE, 0)), 0);
  v128.store(STATE, i32x4.add(b, v128.load(STATE, 16)), 16);
  v128.store(STATE, i32x4.add(c, v128.load(STATE, 32)), 32);
  v128.store(STATE, i32x4.add(d, v128.load(STATE, 48)), 48);
  v128.store(STATE, i32x4.add(e, v128.load(STATE, 64)), 64);
  v128.store(STATE, i32x4.add(f, v128.load(STATE, 80)), 80);
  v128.store(STATE, i32x4.add(g, v128.load(STATE, 96)), 96);
  v128.store(STATE, i32x4.add(h, v128.load(STATE, 112)), 112);
}

/** The chaining value before the first block. */
function start(): void {
  v128.store(STATE, i32x4.splat(0x6a09e667), 0);
  v128.store(STATE, i32x4.splat(0xbb67ae85), 16);
  v128.store(STATE, i32x4.splat(0x3c6ef372), 32);
  v128.store(STATE, i32x4.splat(0xa54ff53a), 48);
  v128.store(STATE, i32x4.splat(0x510e527f), 64);
  v128.store(STATE, i32x4.splat(0x9b05688c), 80);
  v128.store(STATE, i32x4.splat(0x1f83d9ab), 96);
  v128.store(STATE, i32x4.splat(0x5be0cd19), 112);
}

/** Writes half a digest, four vectors of the chaining value, to four places. */
@inline
function writeHalf(state: usize, offset: usize, to0: usize, to1: usize, to2: usize, to3: usize): void {
  transpose(v128.load(state, 0), v128.load(state, 16), v128.load(state, 32), v128.load(state, 48), SCHEDULE);
  v128.store(to0 + offset, swapped(v128.load(SCHEDULE, 0)));
  v128.store(to1 + offset, swapped(v128.load(SCHEDULE, 16)));
  v128.store(to2 + offset, swapped(v128.load(SCHEDULE, 32)));
  v128.store(to3 + offset, swapped(v128.load(SCHEDULE, 48)));
}

/**
 * Hashes padded messages of `stride` bytes, a multiple of 64, that lie one behind the other.
 *
 * The digest of message i is written to `out + (i >> 1)·pair + (i & 1)·odd`: the two children of a node side by side, wherever the
 * nodes lie. Four messages are read before their digests are written, so the nodes may lie where the messages do.
 *
 * @param count a multiple of 4; what pads it must be memory
 */
export function hash(messages: usize, stride: usize, count: usize, out: usize, pair: usize, odd: usize): void {
  for (let i: usize = 0; i < count; i += 4) {
    start();
    for (let block: usize = 0; block < stride; block += 64) compress(messages + block, stride);
    const to = out + (i >> 1) * pair;
    writeHalf(STATE, 0, to, to + odd, to + pair, to + pair + odd);
    writeHalf(STATE + 64, 16, to, to + odd, to + pair, to + pair + odd);
    messages += 4 * stride;
  }
}

/** Forgets what was hashed last. */
export function wipe(): void {
  memory.fill(SCHEDULE, 0, 64 * 16);
  memory.fill(STATE, 0, 8 * 16);
}
