import { expect } from "chai";
import fc from "fast-check";

import { nttPrimes } from "../../../../../offchain/fhe/ring/primes.ts";
import { liftCentred } from "../../../../../offchain/fhe/ring/reference/lift.ts";

const PRIMES = nttPrimes(8192, 30, 9);
const OTHER = PRIMES[8];

/** Residues of an integer modulo each prime of a basis, one coefficient. */
const residuesOf = (x: bigint, basis: readonly number[]): Uint32Array[] =>
  basis.map((q) => {
    const modulus = BigInt(q);
    return Uint32Array.of(Number(((x % modulus) + modulus) % modulus));
  });

describe("base conversion", function () {
  this.timeout(20_000);

  it("gives the residue of the integer nearest to zero, for any number of primes", () => {
    const cases = fc.integer({ min: 1, max: 8 }).chain((count) => {
      const basis = PRIMES.slice(0, count);
      const product = basis.reduce((total, q) => total * BigInt(q), 1n);
      // Within 2⁻²⁰ of Q/2 either representative may come out; that is the next test's.
      const most = count === 1 ? product / 2n : product / 2n - (product >> 20n);
      return fc.tuple(fc.constant(basis), fc.bigInt({ min: -most, max: most }));
    });
    fc.assert(
      fc.property(cases, ([basis, x]) => {
        const [lifted] = liftCentred(residuesOf(x, basis), basis, OTHER);
        expect(lifted).to.equal(residuesOf(x, [OTHER])[0][0]);
      }),
      { numRuns: 1000 },
    );
  });

  it("gives one of the two representatives near Q/2, and the exact one for a single prime", () => {
    for (const count of [1, 2, 5]) {
      const basis = PRIMES.slice(0, count);
      const product = basis.reduce((total, q) => total * BigInt(q), 1n);
      for (let offset = -3n; offset <= 3n; offset++) {
        const x = product / 2n + offset;
        const [lifted] = liftCentred(residuesOf(x, basis), basis, OTHER);
        const allowed = [x, x - product].map((value) => residuesOf(value, [OTHER])[0][0]);
        if (count === 1) expect(lifted).to.equal(allowed[offset > 0n ? 1 : 0]);
        else expect(allowed).to.include(lifted);
      }
    }
  });
});
