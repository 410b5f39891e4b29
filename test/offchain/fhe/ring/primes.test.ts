import { expect } from "chai";

import { powMod } from "../../../../offchain/fhe/ring/modular.ts";
import { coeffModulus, isPrime, minimalPrimitiveRoot, nttPrimes } from "../../../../offchain/fhe/ring/primes.ts";
import vectors from "../../../vectors/ring.json" with { type: "json" };
import { loadSeal } from "./seal-oracle.ts";

describe("NTT primes", function () {
  this.timeout(20_000);

  it("tells primes from composites below 20,000, as a sieve does", () => {
    const composite = new Uint8Array(20000);
    for (let i = 2; i * i < composite.length; i++) {
      for (let j = i * i; j < composite.length; j += i) composite[j] = 1;
    }
    for (let i = 0; i < composite.length; i++) expect(isPrime(i), String(i)).to.equal(i >= 2 && composite[i] === 0);
  });

  it("is not deceived by Carmichael numbers and strong pseudoprimes to few bases", () => {
    // 25326001 is a strong pseudoprime to bases 2, 3 and 5; the others are Carmichael numbers or pseudoprimes to base 2.
    for (const n of [561, 2047, 41041, 825265, 25326001, 321197185, 1050985])
      expect(isPrime(n), String(n)).to.equal(false);
    expect(() => isPrime(2 ** 30)).to.throw(RangeError);
  });

  it("finds the vectors' primes, largest first", () => {
    for (const { n, bits, primes } of vectors.primes) expect(nttPrimes(n, bits, primes.length)).to.deep.equal(primes);
  });

  it("orders a modulus chain as SEAL does", async () => {
    const seal = await loadSeal();
    const cases: [number, number[]][] = [
      [4096, [30, 30, 30]],
      [8192, [30, 30, 30, 30, 30, 30, 30]],
      [16384, [30, 29, 30, 28, 29]],
    ];
    for (const [n, bits] of cases) {
      const moduli = seal.CoeffModulus.Create(n, Int32Array.from(bits));
      const expected = bits.map((_, i) => Number(moduli.get(i)!.value()));
      moduli.delete();
      expect(coeffModulus(n, bits)).to.deep.equal(expected);
    }
  });

  it("refuses lengths it cannot serve", () => {
    expect(() => nttPrimes(8192, 31, 1)).to.throw(RangeError);
    expect(() => nttPrimes(32768, 17, 2)).to.throw(RangeError, "there are only");
  });
});

describe("minimal primitive root", () => {
  it("finds the vectors' roots", () => {
    for (const { order, prime, root } of vectors.roots) expect(minimalPrimitiveRoot(order, prime)).to.equal(root);
  });

  it("is the least of all roots of its order, by exhaustion over a small field", () => {
    const q = 12289;
    const roots = Array.from({ length: q - 1 }, (_, i) => i + 1).filter((x) => powMod(x, 1024, q) === q - 1);
    expect(minimalPrimitiveRoot(2048, q)).to.equal(Math.min(...roots));
  });

  it("refuses a prime without such a root", () => {
    expect(() => minimalPrimitiveRoot(2048, 1073741789)).to.throw(RangeError, "no root of unity");
  });
});
