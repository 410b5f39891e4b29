import type { ParameterSet } from "../ckks/parameters.ts";
import { transformsOf } from "../ckks/residues.ts";
import type { SmallSample } from "./opened-keys.ts";
import { addProduct, reduceToSmall, transform, zeroTransformed } from "./small-ring.ts";

/** What a ring switch spends its time on. There is one in plain functions, and one on the kernel (`kernel-arithmetic.ts`), with the same results. */
export interface SwitchArithmetic {
  /**
   * Takes a polynomial out of NTT form.
   *
   * @param residues N, modulo the first data prime; left as they are
   */
  coefficients(residues: Uint32Array, params: ParameterSet): Uint32Array;
  /**
   * Σ digit·b and Σ digit·a modulo 2^27.
   *
   * @param digits polynomials of 1,024 small integers
   * @param samples as many
   */
  sums(digits: readonly Int32Array[], samples: readonly SmallSample[]): readonly [b: Uint32Array, a: Uint32Array];
}

/** In plain functions. */
export const plainArithmetic: SwitchArithmetic = {
  coefficients(residues, params) {
    const out = residues.slice();
    transformsOf(params, 1)[0].inverse(out);
    return out;
  },
  sums(digits, samples) {
    const [b, a] = [zeroTransformed(), zeroTransformed()];
    const transformed = zeroTransformed();
    digits.forEach((digit, k) => {
      transform(digit, transformed);
      addProduct(b, transformed, samples[k].b);
      addProduct(a, transformed, samples[k].a);
    });
    return [reduceToSmall(b), reduceToSmall(a)];
  },
};
