/** A source of uniform numbers in [0, 1), 32 bits each. The same seed gives the same sequence on every machine. */
export type Random = () => number;

/**
 * Seeded pseudo-random numbers: sfc32 of PractRand (Chris Doty-Humphrey), three words of state and a counter. For
 * training and splitting data only; nothing secret may come from it.
 *
 * @param seed 32-bit unsigned integer
 */
export function seededRandom(seed: number): Random {
  let a = 0;
  let b = seed | 0;
  let c = 1;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  // PractRand discards the first outputs, while the seed has not yet reached every word of the state.
  for (let i = 0; i < 15; i++) next();
  return next;
}

/**
 * The numbers 0 … n−1 in an order drawn from `random` (Fisher–Yates).
 *
 * @param n how many
 * @param random where the order comes from
 */
export function shuffledIndices(n: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
