import { expect } from "chai";
import fc from "fast-check";

import {
  conjugationElement,
  galoisCoefficients,
  galoisElement,
  galoisPermutation,
  inverseElement,
  permute,
} from "../../../../offchain/fhe/ring/automorphism.ts";
import { createNtt } from "../../../../offchain/fhe/ring/ntt.ts";
import { nttPrimes } from "../../../../offchain/fhe/ring/primes.ts";
import vectors from "../../../vectors/ring.json" with { type: "json" };
import { somePolynomial } from "./polynomials.ts";

describe("Galois automorphisms", function () {
  this.timeout(20_000);

  it("reproduces the vectors' elements and images", () => {
    for (const { n, step, element } of vectors.galois) expect(galoisElement(step, n)).to.equal(element);
    for (const { prime, element, coefficients, image } of vectors.automorphism) {
      expect([...galoisCoefficients(Uint32Array.from(coefficients), element, prime)]).to.deep.equal(image);
    }
  });

  it("permutes values as it moves coefficients", () => {
    const cases = fc.tuple(fc.constantFrom(16, 256, 4096), fc.nat(), fc.integer());
    fc.assert(
      fc.property(cases, ([n, k, seed]) => {
        const element = (2 * k + 1) % (2 * n);
        const q = nttPrimes(n, 30, 1)[0];
        const ntt = createNtt(n, q);
        const a = somePolynomial(n, q, seed);
        const moved = galoisCoefficients(a, element, q);
        ntt.forward(moved);
        ntt.forward(a);
        const permuted = new Uint32Array(n);
        permute(a, galoisPermutation(element, n), permuted);
        expect(permuted).to.deep.equal(moved);
      }),
      { numRuns: 30 },
    );
  });

  it("composes like the elements multiply", () => {
    const n = 8192;
    fc.assert(
      fc.property(fc.integer({ min: -4095, max: 4095 }), fc.integer({ min: -4095, max: 4095 }), (s, t) => {
        const sum = s + t;
        fc.pre(Math.abs(sum) < n / 2);
        expect((galoisElement(s, n) * galoisElement(t, n)) % (2 * n)).to.equal(galoisElement(sum, n));
        expect((galoisElement(s, n) * inverseElement(galoisElement(s, n), n)) % (2 * n)).to.equal(1);
      }),
    );
  });

  it("conjugates with 2n − 1, which undoes itself", () => {
    const element = conjugationElement(64);
    expect(element).to.equal(127);
    const table = galoisPermutation(element, 64);
    expect([...table].map((i) => table[i])).to.deep.equal(Array.from({ length: 64 }, (_, i) => i));
  });

  it("refuses elements and steps outside the group", () => {
    expect(() => galoisPermutation(2, 16)).to.throw(RangeError, "odd");
    expect(() => galoisPermutation(33, 16)).to.throw(RangeError);
    expect(() => galoisElement(8, 16)).to.throw(RangeError, "within");
    expect(() => galoisElement(0.5, 16)).to.throw(RangeError);
  });
});
