/**
 * What instructions cost on the reference: node-seal 7 on one core. Each operation's time is proportional to the transforms it makes, so one factor an operation,
 * measured at N = 8192 with six data primes and one special, holds at every level; other degrees scale with N·log N.
 */

/** Milliseconds at N = 8192, times the level, or for a key switch times level·(level + 1). */
const FACTORS = {
  keySwitch: 0.264,
  multiplyPlain: 0.135,
  addPlain: 0.02,
  add: 0.02,
  multiply: 0.28,
  square: 0.2,
  rescale: 0.35,
} as const;

/** What a megabyte of keys weighs beside a millisecond of every evaluation: it is sent and stored once a user. */
const MILLISECONDS_PER_KEY_MEGABYTE = 4;

function degreeFactor(n: number): number {
  return (n * Math.log2(n)) / (8192 * 13);
}

/** Milliseconds of one operation at a level, on ciphertexts of two polynomials. */
export function milliseconds(operation: keyof typeof FACTORS, n: number, level: number): number {
  const transforms = operation === "keySwitch" ? level * (level + 1) : level;
  return FACTORS[operation] * transforms * degreeFactor(n);
}

/** The weight of key bytes in milliseconds, for choosing between layouts. */
export function keyWeight(bytes: number): number {
  return (bytes / 1e6) * MILLISECONDS_PER_KEY_MEGABYTE;
}
