/**
 * From residues to centred integers, exactly: Garner's mixed-radix form (Knuth, TAOCP 2, 4.3.2), x = v_0 + v_1·q_0 + v_2·q_0·q_1 + …,
 * which needs products modulo single primes only and compares with q/2 digit by digit.
 */
import { invMod, mulMod, subMod } from "../ring/modular.ts";

/**
 * The representatives in (−Q/2, Q/2] of residues modulo Q = ∏ primes, as doubles.
 *
 * @param residues coefficients (not NTT form), limb by limb
 * @param primes one a limb, distinct
 * @param n residues a limb
 * @returns n numbers: exact integers up to 2^53, beyond it within a relative 2^−50
 */
export function centredCoefficients(residues: Uint32Array, primes: readonly number[], n: number): Float64Array {
  const digits = mixedRadix(residues, primes, n);
  const half = halfDigits(primes);
  const out = new Float64Array(n);
  const top = primes.length - 1;
  for (let k = 0; k < n; k++) {
    let i = top;
    while (i > 0 && digits[i * n + k] === half[i]) i--;
    const negative = digits[i * n + k] > half[i];
    // Q − x = (Q − 1 − x) + 1, and the digits of Q − 1 − x are the complements of those of x.
    let value = 0;
    for (let j = top; j >= 0; j--) {
      const digit = digits[j * n + k];
      value = value * primes[j] + (negative ? primes[j] - 1 - digit : digit);
    }
    out[k] = negative ? -(value + 1) : value;
  }
  return out;
}

/** Digits v_i, limb by limb. */
function mixedRadix(residues: Uint32Array, primes: readonly number[], n: number): Uint32Array {
  const digits = residues.slice(0, primes.length * n);
  for (let i = 1; i < primes.length; i++) {
    const q = primes[i];
    for (let j = 0; j < i; j++) {
      const inverse = invMod(primes[j] % q, q);
      for (let k = 0; k < n; k++) {
        digits[i * n + k] = mulMod(subMod(digits[i * n + k], digits[j * n + k] % q, q), inverse, q);
      }
    }
  }
  return digits;
}

/** Digits of (Q − 1)/2, lowest first. */
function halfDigits(primes: readonly number[]): number[] {
  let rest = (primes.reduce((product, prime) => product * BigInt(prime), 1n) - 1n) / 2n;
  return primes.map((prime) => {
    const digit = Number(rest % BigInt(prime));
    rest /= BigInt(prime);
    return digit;
  });
}
