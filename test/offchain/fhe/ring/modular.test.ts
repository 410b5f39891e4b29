import { expect } from "chai";
import fc from "fast-check";

import {
  addMod,
  constantRatio,
  invMod,
  mulMod,
  mulModConstant,
  negateMod,
  powMod,
  subMod,
  toCentred,
  toResidue,
} from "../../../../offchain/fhe/ring/modular.ts";

const PRIMES = [3, 12289, 65537, 536903681, 1073479681, 1073692673, 1073741789];

/** A prime and two residues, with the extremes of the range drawn often. */
const operands = fc.constantFrom(...PRIMES).chain((q) => {
  const residue = fc.oneof(fc.integer({ min: 0, max: q - 1 }), fc.constantFrom(0, 1, q - 1, q - 2, (q - 1) / 2));
  return fc.tuple(fc.constant(q), residue, residue);
});

const exact = (x: bigint, q: number): number => Number(((x % BigInt(q)) + BigInt(q)) % BigInt(q));

describe("modular arithmetic", function () {
  this.timeout(20_000);

  it("agrees with arbitrary-precision integers on sums, differences and products", () => {
    fc.assert(
      fc.property(operands, ([q, a, b]) => {
        expect(addMod(a, b, q)).to.equal(exact(BigInt(a) + BigInt(b), q));
        expect(subMod(a, b, q)).to.equal(exact(BigInt(a) - BigInt(b), q));
        expect(negateMod(a, q)).to.equal(exact(-BigInt(a), q));
        expect(mulMod(a, b, q)).to.equal(exact(BigInt(a) * BigInt(b), q));
        expect(mulModConstant(a, b, constantRatio(b, q), q)).to.equal(exact(BigInt(a) * BigInt(b), q));
      }),
      { numRuns: 5000 },
    );
  });

  it("is exact where the quotient is an integer or just below one", () => {
    for (const q of PRIMES) {
      for (let k = 1; k < Math.min(q, 2000); k++) {
        const inverse = invMod(k, q);
        // k·inverse = 1 + (quotient)·q, and (q − k)·inverse = −1 + (quotient)·q.
        expect(mulMod(k, inverse, q)).to.equal(1);
        expect(mulMod(q - k, inverse, q)).to.equal(q - 1);
        expect(mulModConstant(q - k, inverse, constantRatio(inverse, q), q)).to.equal(q - 1);
      }
    }
  });

  it("raises to powers and inverts", () => {
    expect(powMod(3, 0, 7)).to.equal(1);
    expect(powMod(2, 30, 1073692673)).to.equal(2 ** 30 - 1073692673);
    fc.assert(
      fc.property(operands, ([q, a]) => {
        fc.pre(a !== 0);
        expect(mulMod(a, invMod(a, q), q)).to.equal(1);
        expect(powMod(a, q - 1, q)).to.equal(1);
      }),
    );
    expect(() => invMod(0, 12289)).to.throw(RangeError, "no inverse");
  });

  it("maps signed integers to residues and back to the nearest representative", () => {
    expect(toResidue(-1, 12289)).to.equal(12288);
    expect(Object.is(toResidue(-12289, 12289), 0)).to.equal(true);
    fc.assert(
      fc.property(fc.integer({ min: -6144, max: 6144 }), (x) => {
        expect(toCentred(toResidue(x, 12289), 12289)).to.equal(x);
      }),
    );
  });
});
