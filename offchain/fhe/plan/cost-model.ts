/**
 * What instructions cost on the reference: node-seal 7.0 under Node 24 on one core of an x86-64 server. Measured at N = 8192 with six data primes and one special, at levels
 * 2, 4 and 6, the best of 60 runs: a rotation 3.4, 8.2 and 15.5 ms. A key switch makes transforms of every digit modulo every prime, so it grows with the
 * square of the level; everything else grows with the level. Other degrees scale with N·log N.
 */

/** Milliseconds at N = 8192: [times the level, times its square]. */
const FACTORS = {
  keySwitch: [1.275, 0.2125],
  multiplyPlain: [0.21, 0],
  addPlain: [0.02, 0],
  add: [0.045, 0],
  multiply: [0.39, 0],
  square: [0.305, 0],
  rescale: [0.5, 0],
} as const;

/** What a megabyte of keys weighs beside a millisecond of every evaluation: it is sent and stored once a user. */
const MILLISECONDS_PER_KEY_MEGABYTE = 4;

/**
 * Milliseconds of one operation on ciphertexts of two polynomials.
 *
 * @param n ring degree
 * @param level of the operand
 */
export function milliseconds(operation: keyof typeof FACTORS, n: number, level: number): number {
  const [linear, square] = FACTORS[operation];
  return ((linear * level + square * level * level) * n * Math.log2(n)) / (8192 * 13);
}

/** The weight of key bytes in milliseconds, for choosing between layouts. */
export function keyWeight(bytes: number): number {
  return (bytes / 1e6) * MILLISECONDS_PER_KEY_MEGABYTE;
}
