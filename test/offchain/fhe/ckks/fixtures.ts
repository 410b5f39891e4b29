/** Deterministic material for tests. Its secrets protect nothing. */
import type { Bytes32, Hex } from "../../../../offchain/digest/hex.ts";
import { keySetId } from "../../../../offchain/fhe/ckks/key-set.ts";
import { N8192_D6_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { seededSource, type RandomSource } from "../../../../offchain/fhe/ckks/sampling.ts";
import { generateSecret } from "../../../../offchain/fhe/ckks/secret.ts";
import { fastestExpansion } from "../../../../offchain/fhe/kernel/expand-polynomial.ts";

/** N = 8192, six data primes, one special. */
export const params = N8192_D6_S1.set;

export const OWNER: Hex = `0x${"11".repeat(20)}`;
export const SALT: Bytes32 = `0x${"22".repeat(32)}`;

export const keySet = keySetId(OWNER, SALT, params);

/** The same bytes in every run for the same label. */
export function testRandom(label: string): RandomSource {
  return seededSource(new TextEncoder().encode(`test/${label}`));
}

export const secret = generateSecret(params, testRandom("secret"));

/** `expandPolynomial` as nodes and clients compute it, ten times as fast; kernel/expand-polynomial.test.ts holds it to the plain one. */
export const expand = await fastestExpansion();

/** Values in [−bound, bound), the same in every run for the same label. */
export function testValues(label: string, bound: number, count = params.n / 2): Float64Array {
  const bytes = new Uint8Array(4 * count);
  testRandom(label)(bytes);
  const words = new Uint32Array(bytes.buffer);
  return Float64Array.from(words, (word) => (word / 2 ** 31 - 1) * bound);
}

/** Largest distance between two lists of equal length. */
export function maxDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError("lists of different lengths");
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

/** Runs a function that must throw, and gives what it threw. */
export function thrownBy(f: () => unknown): unknown {
  try {
    f();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
