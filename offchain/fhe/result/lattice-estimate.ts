/**
 * Classical cost of the primal attack on learning with errors, as the HomomorphicEncryption.org standard (2018) counted it: unique shortest vector by
 * BKZ with sieving.
 *
 * Alkim, Ducas, Pöppelmann, Schwabe, "Post-quantum key exchange: a new hope" (2016), section 6.3, for the condition of success; Bai and
 * Galbraith (2014) for small secrets; cost 2^(0.292β + 16.4 + log2 8d).
 */

/** One instance of learning with errors. */
export interface LweInstance {
  /** Dimension n of the secret. */
  readonly dimension: number;
  /** log2 of the modulus. */
  readonly modulusBits: number;
  /** Standard deviation of a coefficient of the secret. */
  readonly secretDeviation: number;
  /** Standard deviation of the error. */
  readonly errorDeviation: number;
  /** Samples the attacker has. */
  readonly samples: number;
}

const SMALLEST_BLOCK = 60;

/**
 * The cost of the attack.
 *
 * @returns bits of security against it; 0 when a block size of 60, below which the model means nothing, suffices
 */
export function primalAttackBits(instance: LweInstance): number {
  let low = SMALLEST_BLOCK;
  let high = instance.dimension + instance.samples;
  if (latticeFor(instance, low) !== undefined) return 0;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (latticeFor(instance, middle) === undefined) low = middle;
    else high = middle;
  }
  return 0.292 * high + 16.4 + Math.log2(8 * (latticeFor(instance, high) ?? instance.dimension + instance.samples + 1));
}

/** The smallest lattice dimension, over the number of samples used, in which block size β succeeds. */
function latticeFor(
  { dimension, modulusBits, secretDeviation, errorDeviation, samples }: LweInstance,
  beta: number,
): number | undefined {
  const logDelta = rootHermiteBits(beta);
  const balance = Math.log2(errorDeviation / secretDeviation);
  const projected = Math.log2(errorDeviation) + 0.5 * Math.log2(beta);
  for (let m = 0; m <= samples; m += 1) {
    const d = m + dimension + 1;
    if (beta > d) continue;
    const volume = m * modulusBits + dimension * balance;
    if (projected <= (2 * beta - d - 1) * logDelta + volume / d) return d;
  }
  return undefined;
}

/** log2 of the root Hermite factor that BKZ with block size β reaches (Chen, 2013). */
function rootHermiteBits(beta: number): number {
  return Math.log2(((Math.PI * beta) ** (1 / beta) * beta) / (2 * Math.PI * Math.E)) / (2 * (beta - 1));
}
