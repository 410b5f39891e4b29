/**
 * Reverses the lowest bits of an index.
 *
 * @param index integer in [0, 2^bits)
 * @param bits number of bits, at most 31
 */
export function bitReverse(index: number, bits: number): number {
  let reversed = 0;
  for (let i = 0; i < bits; i++) reversed |= ((index >>> i) & 1) << (bits - 1 - i);
  return reversed;
}

/**
 * The base-two logarithm of a ring degree.
 *
 * @param n power of two in [2, 2^16]
 * @throws RangeError when n is not such a power
 */
export function logDegree(n: number): number {
  const log = 31 - Math.clz32(n);
  if (!Number.isInteger(n) || n < 2 || n > 65536 || 2 ** log !== n) {
    throw new RangeError(`a ring degree is a power of two in [2, 65536], not ${n}`);
  }
  return log;
}
