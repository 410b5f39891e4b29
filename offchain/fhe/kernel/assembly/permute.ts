/**
 * Galois automorphisms on values in bit-reversed order. Four neighbours hold the values at ψ^e, ψ^(e+n), ψ^(e+n/2) and
 * ψ^(e+3n/2), a set every automorphism maps to another such set: whole vectors move, and their lanes are shuffled.
 */

/**
 * out[i] = a[table(i)].
 *
 * @param table eight shuffle masks of 16 bytes, then a word for each vector of the result: byte offset of its source, plus
 * the index of its mask
 */
export function permute(out: usize, a: usize, table: usize, n: u32): void {
  const stop = out + (<usize>n << 2);
  let entry = table + 128;
  for (let p = out; p < stop; p += 16, entry += 4) {
    const word = load<u32>(entry);
    const mask = v128.load(table + ((word & 7) << 4));
    v128.store(p, i8x16.swizzle(v128.load(a + (word & ~15)), mask));
  }
}
