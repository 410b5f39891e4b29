import { expect } from "chai";
import fc from "fast-check";

import {
  addProduct,
  multiplySmall,
  reduceToSmall,
  SMALL_DEGREE,
  SMALL_MODULUS,
  transform,
  zeroTransformed,
} from "../../../../offchain/fhe/result/small-ring.ts";
import { mod, productAt } from "./reference.ts";

const constant = (value: number): Int32Array => new Int32Array(SMALL_DEGREE).fill(value);
const polynomial = (min: number, max: number): fc.Arbitrary<Int32Array> =>
  fc
    .array(fc.integer({ min, max }), { minLength: SMALL_DEGREE, maxLength: SMALL_DEGREE })
    .map((values) => Int32Array.from(values));

describe("The small ring", () => {
  it("multiplies as the sum of products says, modulo 2^27 and Y^1024 = −1", () => {
    fc.assert(
      fc.property(polynomial(0, SMALL_MODULUS - 1), polynomial(-1023, 1023), fc.nat(SMALL_DEGREE - 1), (a, b, at) => {
        expect(multiplySmall(a, b)[at]).to.equal(mod(productAt(a, b, at), SMALL_MODULUS));
      }),
      { numRuns: 30 },
    );
  });

  it("wraps Y^1023·Y to −1", () => {
    const top = constant(0);
    const one = constant(0);
    top[SMALL_DEGREE - 1] = 5;
    one[1] = 3;
    expect([...multiplySmall(top, one)]).to.deep.equal([SMALL_MODULUS - 15, ...new Array<number>(1023).fill(0)]);
  });

  it("keeps the largest sum a result of N = 32,768 can form, of either sign", () => {
    const terms = 224;
    for (const digit of [-8, 7]) {
      const sum = zeroTransformed();
      const a = transform(constant(SMALL_MODULUS - 1));
      const b = transform(constant(digit));
      for (let i = 0; i < terms; i++) addProduct(sum, a, b);
      // Coefficient i has i + 1 positive and 1023 − i negative terms.
      const reduced = reduceToSmall(sum);
      for (const i of [0, 511, 1023]) {
        const exact = BigInt(terms) * BigInt(SMALL_MODULUS - 1) * BigInt(digit) * BigInt(2 * (i + 1) - SMALL_DEGREE);
        expect(reduced[i]).to.equal(Number(BigInt.asUintN(27, exact)));
      }
    }
  });
});
