import { expect } from "chai";
import fc from "fast-check";

import { mulMod } from "../../../../offchain/fhe/ring/modular.ts";
import { createNtt } from "../../../../offchain/fhe/ring/ntt.ts";
import { addPolynomials, mulPolynomials } from "../../../../offchain/fhe/ring/pointwise.ts";
import { nttPrimes } from "../../../../offchain/fhe/ring/primes.ts";
import vectors from "../../../vectors/ring.json" with { type: "json" };
import { adversarialPolynomials, schoolbookNegacyclic, somePolynomial } from "./polynomials.ts";
import { createOracle, type SealOracle } from "./seal-oracle.ts";

describe("negacyclic NTT", function () {
  this.timeout(20_000);

  it("reproduces the vectors", () => {
    for (const { n, prime, coefficients, values } of vectors.ntt) {
      const ntt = createNtt(n, prime);
      const a = Uint32Array.from(coefficients);
      ntt.forward(a);
      expect([...a]).to.deep.equal(values);
      ntt.inverse(a);
      expect([...a]).to.deep.equal(coefficients);
    }
  });

  it("turns negacyclic products into products of values", () => {
    const n = 64;
    const q = nttPrimes(n, 30, 1)[0];
    const ntt = createNtt(n, q);
    const polynomials = [
      ...adversarialPolynomials(n, q),
      ...[1, 2, 3].map((seed) => [`seed ${seed}`, somePolynomial(n, q, seed)] as [string, Uint32Array]),
    ];
    for (const [nameA, a] of polynomials) {
      for (const [nameB, b] of polynomials) {
        const x = a.slice();
        const y = b.slice();
        ntt.forward(x);
        ntt.forward(y);
        const product = mulPolynomials(x, y, q);
        ntt.inverse(product);
        expect(product, `${nameA} × ${nameB}`).to.deep.equal(schoolbookNegacyclic(a, b, q));
      }
    }
  });

  it("is linear, and its inverse undoes it, at every degree", () => {
    const degrees = fc.constantFrom(2, 4, 16, 512, 1024, 4096, 8192, 16384, 32768);
    fc.assert(
      fc.property(degrees, fc.constantFrom(30, 28), fc.integer(), fc.integer(), (n, bits, seedA, seedB) => {
        const q = nttPrimes(n, bits, 1)[0];
        const ntt = createNtt(n, q);
        const a = somePolynomial(n, q, seedA);
        const b = somePolynomial(n, q, seedB);
        const sum = addPolynomials(a, b, q);
        const back = a.slice();
        ntt.forward(back);
        const valuesB = b.slice();
        ntt.forward(valuesB);
        ntt.forward(sum);
        expect(sum).to.deep.equal(addPolynomials(back, valuesB, q));
        ntt.inverse(back);
        expect(back).to.deep.equal(a);
      }),
      { numRuns: 20 },
    );
  });

  it("keeps outputs canonical on adversarial inputs", () => {
    for (const n of [4096, 32768]) {
      const q = nttPrimes(n, 30, 1)[0];
      const ntt = createNtt(n, q);
      for (const [name, a] of adversarialPolynomials(n, q)) {
        const values = a.slice();
        ntt.forward(values);
        expect(
          values.every((x) => x < q),
          name,
        ).to.equal(true);
        // A constant c has the value c everywhere; c·X^(n−1) has the value c·ψ^((2k+1)(n−1)) at the k-th.
        if (name === "1 at the start") expect(values.every((x) => x === 1)).to.equal(true);
        ntt.inverse(values);
        expect(values, name).to.deep.equal(a);
      }
    }
  });

  it("evaluates at the odd powers of ψ in bit-reversed order", () => {
    const n = 8;
    const q = nttPrimes(n, 30, 1)[0];
    const ntt = createNtt(n, q);
    const x = new Uint32Array(n);
    x[1] = 1;
    ntt.forward(x);
    const odd = [1, 9, 5, 13, 3, 11, 7, 15];
    let power = 1;
    const powers = Array.from({ length: 16 }, () => {
      const current = power;
      power = mulMod(power, ntt.root, q);
      return current;
    });
    expect([...x]).to.deep.equal(odd.map((e) => powers[e]));
  });

  it("refuses wrong lengths and primes that do not fit", () => {
    expect(() => createNtt(8192, 12289)).to.throw(RangeError, "no root of unity");
    expect(() => createNtt(1000, 12289)).to.throw(RangeError, "power of two");
    expect(() => createNtt(16, 2 ** 30 + 33)).to.throw(RangeError, "below 2^30");
    const ntt = createNtt(16, nttPrimes(16, 30, 1)[0]);
    expect(() => {
      ntt.forward(new Uint32Array(8));
    }).to.throw(RangeError, "16 residues");
  });
});

describe("negacyclic NTT against node-seal", function () {
  this.timeout(20_000);

  const oracles: SealOracle[] = [];

  before(async () => {
    oracles.push(await createOracle(4096, [30, 30, 30]), await createOracle(8192, [30, 28, 30, 30]));
  });

  it("gives SEAL's bytes in both directions", () => {
    for (const { seal, context, n, primes, read, write } of oracles) {
      const limbs = primes.length - 1;
      const values = [0, 1].flatMap((component) =>
        primes.slice(0, limbs).map((q, i) => somePolynomial(n, q, 100 * component + i)),
      );
      const evaluator = new seal.Evaluator(context);
      const ciphertext = write(values, limbs);
      evaluator.cipherTransformFromNttInplace(ciphertext);
      const coefficients = read(ciphertext);
      evaluator.cipherTransformToNttInplace(ciphertext);
      const again = read(ciphertext);
      ciphertext.delete();
      evaluator.delete();

      expect(again).to.deep.equal(values);
      values.forEach((polynomial, k) => {
        const ntt = createNtt(n, primes[k % limbs]);
        const own = polynomial.slice();
        ntt.inverse(own);
        expect(own).to.deep.equal(coefficients[k]);
        ntt.forward(own);
        expect(own).to.deep.equal(polynomial);
      });
    }
  });
});
