import { expect } from "chai";
import fc from "fast-check";

import { nttPrimes } from "../../../../offchain/fhe/ring/primes.ts";
import { switchToBits, switchToSmall } from "../../../../offchain/fhe/result/modulus-switch.ts";
import { toQ } from "./reference.ts";

describe("Modulus switching", () => {
  const primes = [...nttPrimes(8192, 30, 3), ...nttPrimes(8192, 29, 3), ...nttPrimes(4096, 28, 3)];

  it("rounds from any prime to 2^27 as whole-number division does", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...primes),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (q, part) => {
          const x = Math.floor(part * q);
          expect(switchToSmall(x, q)).to.equal(toQ(x, q));
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it("is exact on both sides of every tie of a stretch, where an estimate in doubles would err", () => {
    for (const q of primes) {
      for (let y = 2 ** 27 - 500; y < 2 ** 27; y++) {
        const tie = Number(((2n * BigInt(y) + 1n) * BigInt(q)) / 2n ** 28n);
        for (const x of [tie - 1, tie, tie + 1]) if (x < q) expect(switchToSmall(x, q)).to.equal(toQ(x, q));
      }
    }
  });

  it("rounds to 2^T halves upwards and wraps the top to zero", () => {
    const half = 2 ** 10;
    const coefficients = Uint32Array.of(
      0,
      half - 1,
      half,
      half + 1,
      3 * half - 1,
      3 * half,
      2 ** 27 - half,
      2 ** 27 - half - 1,
    );
    expect([...switchToBits(coefficients, 16)]).to.deep.equal([0, 0, 1, 1, 1, 2, 0, 65535]);
  });
});
