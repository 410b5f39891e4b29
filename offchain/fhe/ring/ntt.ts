import { logDegree } from "./bit-reverse.ts";
import { constantRatio, invMod, MODULUS_BOUND } from "./modular.ts";
import { minimalPrimitiveRoot } from "./primes.ts";
import { rootPowers } from "./root-powers.ts";

/** The negacyclic number-theoretic transform of one ring Z_q[X]/(X^n + 1), in SEAL's order. */
export interface Ntt {
  /** Ring degree. */
  readonly n: number;
  /** Prime modulus. */
  readonly q: number;
  /** ψ, the minimal primitive 2n-th root of unity. */
  readonly root: number;
  /**
   * Coefficients to values, in place: a[i] becomes the value at ψ^(2·bitrev(i) + 1).
   *
   * @param a n residues in [0, q)
   * @throws RangeError when the length is not n
   */
  forward(a: Uint32Array): void;
  /**
   * Values to coefficients, in place; undoes `forward`.
   *
   * @param a n residues in [0, q)
   * @throws RangeError when the length is not n
   */
  inverse(a: Uint32Array): void;
}

/**
 * Builds the tables of one transform. Inputs and outputs are canonical; no step branches on data.
 *
 * Source of the method: Cooley–Tukey forward and Gentleman–Sande inverse with merged powers of ψ, Longa and Naehrig,
 * "Speeding up the Number Theoretic Transform for Faster Ideal Lattice-Based Cryptography" (2016), algorithms 1 and 2.
 *
 * @param n ring degree, a power of two
 * @param q prime below 2^30 with q ≡ 1 (mod 2n)
 * @throws RangeError when q does not fit n
 */
export function createNtt(n: number, q: number): Ntt {
  logDegree(n);
  if (!Number.isInteger(q) || q < 3 || q >= MODULUS_BOUND)
    throw new RangeError(`a modulus is a prime below 2^30, not ${q}`);
  const root = minimalPrimitiveRoot(2 * n, q);
  const forwardRoots = rootPowers(root, n, q);
  const inverseRoots = rootPowers(invMod(root, q), n, q);
  const forwardRatios = Float64Array.from(forwardRoots, (w) => constantRatio(w, q));
  const inverseRatios = Float64Array.from(inverseRoots, (w) => constantRatio(w, q));
  const scale = invMod(n % q, q);
  const scaleRatio = constantRatio(scale, q);

  return {
    n,
    q,
    root,
    forward(a) {
      checkLength(a, n);
      forwardPasses(a, q, forwardRoots, forwardRatios);
    },
    inverse(a) {
      checkLength(a, n);
      inversePasses(a, q, inverseRoots, inverseRatios);
      for (let i = 0; i < n; i++) {
        const x = a[i];
        const t = (Math.imul(x, scale) - Math.imul((x * scaleRatio) | 0, q) - q) | 0;
        a[i] = t + ((t >> 31) & q);
      }
    },
  };
}

function checkLength(a: Uint32Array, n: number): void {
  if (a.length !== n) throw new RangeError(`the transform takes ${n} residues, not ${a.length}`);
}

// The products below are mulModConstant, addMod and subMod written out: this is where key generation spends its time.

function forwardPasses(a: Uint32Array, q: number, roots: Uint32Array, ratios: Float64Array): void {
  const n = a.length;
  for (let groups = 1, gap = n >> 1; gap > 0; groups <<= 1, gap >>= 1) {
    for (let g = 0, start = 0; g < groups; g++, start += 2 * gap) {
      const w = roots[groups + g];
      const ratio = ratios[groups + g];
      for (let j = start; j < start + gap; j++) {
        const x = a[j];
        const y = a[j + gap];
        let d = (Math.imul(y, w) - Math.imul((y * ratio) | 0, q) - q) | 0;
        d += (d >> 31) & q;
        const sum = (x + d - q) | 0;
        const difference = (x - d) | 0;
        a[j] = sum + ((sum >> 31) & q);
        a[j + gap] = difference + ((difference >> 31) & q);
      }
    }
  }
}

function inversePasses(a: Uint32Array, q: number, roots: Uint32Array, ratios: Float64Array): void {
  const n = a.length;
  for (let groups = n >> 1, gap = 1; groups > 0; groups >>= 1, gap <<= 1) {
    for (let g = 0, start = 0; g < groups; g++, start += 2 * gap) {
      const w = roots[groups + g];
      const ratio = ratios[groups + g];
      for (let j = start; j < start + gap; j++) {
        const x = a[j];
        const y = a[j + gap];
        const sum = (x + y - q) | 0;
        let difference = (x - y) | 0;
        difference += (difference >> 31) & q;
        const t = (Math.imul(difference, w) - Math.imul((difference * ratio) | 0, q) - q) | 0;
        a[j] = sum + ((sum >> 31) & q);
        a[j + gap] = t + ((t >> 31) & q);
      }
    }
  }
}
