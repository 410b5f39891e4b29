import { expect } from "chai";
import fc from "fast-check";
import { N8192_D6_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import {
  equalScales,
  integerScale,
  multiplyScales,
  rescaled,
  ScaleSizeError,
  scaleToNumber,
  type ExactScale,
} from "../../../../offchain/fhe/plan/exact-scale.ts";

const { set } = N8192_D6_S1;
const positive = fc.integer({ min: 1, max: 2 ** 40 });

/** The fraction as two big integers: the definition. */
function fraction({ rest, exponents }: ExactScale): readonly [bigint, bigint] {
  const power = (j: number, exponent: number): bigint => BigInt(set.data[j]) ** BigInt(Math.max(0, exponent));
  return [
    exponents.reduce((product, exponent, j) => product * power(j, exponent), rest),
    exponents.reduce((product, exponent, j) => product * power(j, -exponent), 1n),
  ];
}

describe("exact scales", () => {
  it("multiply and divide as fractions do", () => {
    fc.assert(
      fc.property(positive, positive, fc.integer({ min: 2, max: 6 }), (a, b, level) => {
        const product = rescaled(multiplyScales(integerScale(set, a), integerScale(set, b)), level, 1);
        const [up, down] = fraction(product);
        expect(up * BigInt(set.data[level - 1])).to.equal(BigInt(a) * BigInt(b) * down);
      }),
    );
  });

  it("are equal exactly when the fractions are", () => {
    const scale = (value: number): ExactScale => integerScale(set, value);
    const there = rescaled(multiplyScales(scale(2 ** 30), scale(set.data[4])), 5, 1);
    expect(equalScales(there, scale(2 ** 30))).to.equal(true);
    // 2^30·q5/q4 differs from 2^30 in the fourth digit, 2^30·(2^45+1)/2^45 in the fourteenth.
    expect(equalScales(rescaled(multiplyScales(scale(2 ** 30), scale(set.data[5])), 5, 1), scale(2 ** 30))).to.equal(
      false,
    );
    expect(equalScales(scale(2 ** 45), scale(2 ** 45 + 1))).to.equal(false);
    expect(equalScales(scale(set.data[0] * 3), multiplyScales(scale(3), scale(set.data[0])))).to.equal(true);
  });

  it("become the nearest double, even after squares with more digits than a double's range", () => {
    let scale = integerScale(set, 2 ** 30 + 1);
    for (let square = 0; square < 6; square++) scale = rescaled(multiplyScales(scale, scale), 6, 1);
    expect(Number(scale.rest)).to.equal(Infinity);
    const [up, down] = fraction(scale);
    const expected = Number((up << 64n) / down) / 2 ** 64;
    expect(scaleToNumber(set, scale) / expected).to.be.closeTo(1, 1e-14);
  });

  it("of too many digits are refused", () => {
    let scale = integerScale(set, 2 ** 50 - 27);
    expect(() => {
      for (let square = 0; square < 10; square++) scale = multiplyScales(scale, scale);
    }).to.throw(ScaleSizeError);
  });
});
