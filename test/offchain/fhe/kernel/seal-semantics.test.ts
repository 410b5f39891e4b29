import { adversarialPolynomials, somePolynomial } from "../ring/polynomials.ts";
import { compareOperations, Pair } from "./seal-pair.ts";

describe("kernel under seal-4.1, byte for byte as node-seal", function () {
  this.timeout(60_000);

  const sets: [string, number, number[], number[]][] = [
    ["4,096, 2 + 1 primes", 4096, [30, 30, 30], [1, -5]],
    ["8,192, 6 + 1 primes", 8192, [30, 30, 30, 30, 30, 30, 30], [1, 64]],
    ["8,192, primes of unequal size", 8192, [28, 30, 27, 29, 30], [3]],
    ["8,192, a small special prime", 8192, [30, 30, 27], [3]],
  ];
  for (const [name, n, bits, steps] of sets) {
    describe(name, () => {
      let pair: Pair;
      before(async () => {
        pair = await Pair.create(n, bits, steps);
      });
      after(() => {
        pair.dispose();
      });

      for (let level = bits.length - 1; level >= 1; level--) {
        it(`computes everything at level ${level}`, () => {
          compareOperations(pair, level, (q, k) => somePolynomial(n, q, 31 * k + level));
        });
      }

      it("computes everything on residues at the bounds", () => {
        for (const index of [1, 2, 5]) {
          compareOperations(pair, bits.length - 1, (q) => adversarialPolynomials(n, q)[index][1]);
        }
      });
    });
  }

  for (const [n, count] of [
    [16384, 4],
    [32768, 3],
  ]) {
    it(`computes everything at N = ${n} with ${count} primes`, async () => {
      const pair = await Pair.create(n, new Array<number>(count).fill(30), []);
      compareOperations(pair, count - 1, (q, k) => somePolynomial(n, q, k));
      pair.dispose();
    });
  }
});
