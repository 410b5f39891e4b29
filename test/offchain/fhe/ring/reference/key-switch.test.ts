import { expect } from "chai";

import { galoisElement } from "../../../../../offchain/fhe/ring/automorphism.ts";
import { addPolynomials, mulPolynomials, subPolynomials } from "../../../../../offchain/fhe/ring/pointwise.ts";
import { nttPrimes } from "../../../../../offchain/fhe/ring/primes.ts";
import { modDown, rescale } from "../../../../../offchain/fhe/ring/reference/divide.ts";
import { decompose } from "../../../../../offchain/fhe/ring/reference/key-switch.ts";
import { createReferenceRing, type ReferenceRing } from "../../../../../offchain/fhe/ring/reference/ring.ts";
import {
  relinearise,
  rotateAsSeal,
  rotateExtended,
  rotateHoisted,
  rotateHoistedExtended,
} from "../../../../../offchain/fhe/ring/reference/rotate.ts";
import { decrypt, encrypt, secretCoefficients, spread, switchingKey, turned } from "../scheme.ts";
import { somePolynomial } from "../polynomials.ts";

const N = 256;

function ringOf(data: number, special: number, group: number): ReferenceRing {
  const primes = nttPrimes(N, 30, data + special);
  const groups = Array.from({ length: Math.ceil(data / group) }, (_, g) =>
    Array.from({ length: data }, (_, i) => i).filter((i) => Math.floor(i / group) === g),
  );
  return createReferenceRing({ n: N, data: primes.slice(0, data), special: primes.slice(data), groups });
}

const largest = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);

describe("reference key switching, judged by decryption", function () {
  this.timeout(20_000);

  const element = galoisElement(5, N);
  const sets: [string, ReferenceRing][] = [
    ["one prime a digit, one special prime", ringOf(4, 1, 1)],
    ["two primes a digit, two special primes", ringOf(6, 2, 2)],
    ["three primes a digit, three special primes, the last group short", ringOf(5, 3, 3)],
  ];
  for (const [name, ring] of sets) {
    const coefficients = secretCoefficients(ring, 1);
    const secret = spread(ring, coefficients);
    const rotated = spread(ring, turned(coefficients, element));
    const top = ring.dataCount;
    const key = switchingKey(ring, rotated, secret, top, 50);
    const message = Array.from(somePolynomial(N, 2 ** 28, 3), (x) => x - 2 ** 27);
    const expected = turnedMessage(message);

    for (const level of [top, top - 1, 2]) {
      const [c0, c1] = encrypt(ring, message, secret, level, 9);

      it(`rotates at level ${level}: ${name}`, () => {
        const result = rotateHoisted(ring, c0, decompose(ring, c1), element, key);
        expect(largest(decrypt(ring, result, secret), expected)).to.be.within(1, 150);
      });

      it(`rotates in the extended basis at level ${level}, and then divides: ${name}`, () => {
        const [x0, x1] = rotateHoistedExtended(ring, c0, decompose(ring, c1), element, key);
        const result = [modDown(ring, x0), modDown(ring, x1)];
        expect(largest(decrypt(ring, result, secret), expected)).to.be.within(1, 150);
      });
    }
  }

  it("rotates in the extended basis again and again", () => {
    const [, ring] = sets[1];
    const coefficients = secretCoefficients(ring, 1);
    const secret = spread(ring, coefficients);
    const key = switchingKey(ring, spread(ring, turned(coefficients, element)), secret, 6, 50);
    const message = Array.from(somePolynomial(N, 2 ** 28, 3), (x) => x - 2 ** 27);
    const [c0, c1] = encrypt(ring, message, secret, 5, 9);
    const once = rotateHoistedExtended(ring, c0, decompose(ring, c1), element, key);
    const twice = rotateExtended(ring, once, element, key).map((x) => modDown(ring, x));
    const expected = turnedMessage(turnedMessage(message));
    expect(largest(decrypt(ring, twice, secret), expected)).to.be.within(1, 200);
  });

  it("rotates as SEAL does", () => {
    const [, ring] = sets[0];
    const coefficients = secretCoefficients(ring, 1);
    const secret = spread(ring, coefficients);
    const key = switchingKey(ring, spread(ring, turned(coefficients, element)), secret, 4, 50);
    const message = Array.from(somePolynomial(N, 2 ** 28, 3), (x) => x - 2 ** 27);
    const ciphertext = encrypt(ring, message, secret, 3, 9);
    const result = rotateAsSeal(ring, ciphertext, element, key);
    expect(largest(decrypt(ring, result, secret), turnedMessage(message))).to.be.below(600);
  });

  it("relinearises under both semantics", () => {
    for (const [ring, semantics] of [
      [sets[0][1], "seal-4.1"],
      [sets[0][1], "hoisted-1"],
      [sets[1][1], "hoisted-1"],
    ] as const) {
      const secret = spread(ring, secretCoefficients(ring, 1));
      const square = secret.map((s, index) => mulPolynomials(s, s, ring.primes[index]));
      const key = switchingKey(ring, square, secret, ring.dataCount, 70);
      const three = [4, 5].map((seed) =>
        Array.from({ length: ring.dataCount }, (_, i) => somePolynomial(N, ring.primes[i], seed * 100 + i)),
      );
      const [c1, c2] = three;
      const message = Array.from(somePolynomial(N, 2 ** 28, 3), (x) => x - 2 ** 27);
      const c0 = spread(ring, message)
        .slice(0, ring.dataCount)
        .map((m, i) => {
          const q = ring.primes[i];
          const masks = addPolynomials(mulPolynomials(c1[i], secret[i], q), mulPolynomials(c2[i], square[i], q), q);
          return subPolynomials(m, masks, q);
        });
      expect(decrypt(ring, [c0, c1, c2], secret)).to.deep.equal(message);
      const result = relinearise(ring, [c0, c1, c2], key, semantics);
      expect(largest(decrypt(ring, result, secret), message)).to.be.within(1, 300);
    }
  });

  it("rescales by several primes at once to the nearest integer", () => {
    const ring = ringOf(5, 1, 1);
    const secret = spread(ring, secretCoefficients(ring, 1));
    const zero = Array.from({ length: 5 }, () => new Uint32Array(N));
    const product = BigInt(ring.primes[3]) * BigInt(ring.primes[4]);
    const exact = [product, -product, product / 3n, 3n * product - 5n, product / 2n - (product >> 20n), 7n];
    const c0 = ring.primes.slice(0, 5).map((q, index) => {
      const row = Uint32Array.from({ length: N }, (_, i) => {
        const x = exact[i] ?? 0n;
        return Number(((x % BigInt(q)) + BigInt(q)) % BigInt(q));
      });
      ring.ntts[index].forward(row);
      return row;
    });
    const result = [rescale(ring, c0, 2), rescale(ring, zero, 2)];
    expect(decrypt(ring, result, secret).slice(0, 6)).to.deep.equal([1, -1, 0, 3, 0, 0]);
  });

  /** X → X^element on the coefficients of a message. */
  function turnedMessage(message: readonly number[]): number[] {
    const out = new Array<number>(N).fill(0);
    message.forEach((m, i) => {
      const target = (i * element) % (2 * N);
      out[target % N] = target < N ? m : -m;
    });
    return out;
  }
});
