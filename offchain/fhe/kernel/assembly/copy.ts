/** Moving a limb as it is. Lengths are multiples of 4 residues. */

/** out = a. */
export function copy(out: usize, a: usize, n: u32): void {
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) v128.store(out + i, v128.load(a + i));
}

/** out = 0. */
export function clear(out: usize, n: u32): void {
  const zero = i32x4.splat(0);
  for (let i: usize = 0, end = <usize>n << 2; i < end; i += 16) v128.store(out + i, zero);
}
