import { expect } from "chai";
import fc from "fast-check";
import { centredCoefficients } from "../../../../offchain/fhe/ckks/crt.ts";
import {
  decode,
  decodeCoefficients,
  decodeComplex,
  encode,
  encodeCoefficients,
  EncodingError,
  encodeScalar,
} from "../../../../offchain/fhe/ckks/encoder.ts";
import { N16384_D13_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { primesOf } from "../../../../offchain/fhe/ckks/residues.ts";
import { maxDistance, params, testValues, thrownBy } from "./fixtures.ts";
import { openSealReference, type SealReference } from "./seal-reference.ts";

const slots = params.n / 2;

describe("encoder", () => {
  let reference: SealReference;
  before(async () => {
    reference = await openSealReference();
  });
  after(() => {
    reference[Symbol.dispose]();
  });

  it("gives node-seal's integers, each at most one apart", () => {
    const values = testValues("encode", 8);
    const ours = decodeCoefficients(params, encode(params, values, { scale: 2 ** 30, level: 6 }), 6);
    const theirs = decodeCoefficients(params, reference.encode(values, 2 ** 30), 6);
    expect(maxDistance(ours, theirs)).to.be.at.most(1);
    expect(Math.max(...theirs.map(Math.abs))).to.be.greaterThan(2 ** 26);
  });

  it("puts values into the slots node-seal decodes them from", () => {
    for (const slot of [0, 1, 2, 1023, 2048, 4095]) {
      const values = new Float64Array(slots);
      values[slot] = 1;
      const decoded = reference.decode(encode(params, values, { scale: 2 ** 40, level: 3 }), 3, 2 ** 40);
      expect(maxDistance(decoded, values), `slot ${slot}`).to.be.lessThan(1e-9);
    }
  });

  it("decodes what node-seal encodes", () => {
    const values = testValues("decode", 100);
    const decoded = decode(params, reference.encode(values, 2 ** 40), { scale: 2 ** 40, level: 6 });
    expect(maxDistance(decoded, values)).to.be.lessThan(1e-9);
  });

  it("encodes a scalar to the residue node-seal repeats in every slot", () => {
    for (const value of [0.7310585, -3.25, 1e6, 0]) {
      const theirs = reference.encode(new Float64Array(slots).fill(value), 2 ** 30);
      const ours = encodeScalar(params, value, { scale: 2 ** 30, level: 6 });
      expect([...ours]).to.deep.equal(Array.from({ length: 6 }, (_, i) => theirs[i * params.n]));
    }
  });

  it("keeps imaginary parts", () => {
    const real = testValues("real", 1);
    const imaginary = testValues("imaginary", 1);
    const residues = encode(params, real, { scale: 2 ** 50, level: 4 }, imaginary);
    const decoded = decodeComplex(params, residues, { scale: 2 ** 50, level: 4 });
    expect(maxDistance(decoded.real, real)).to.be.lessThan(1e-12);
    expect(maxDistance(decoded.imaginary, imaginary)).to.be.lessThan(1e-12);
  });

  it("carries the same integers modulo special primes", () => {
    const values = testValues("special", 4);
    const wide = encode(params, values, { scale: 2 ** 30, level: 2, basis: "QP" });
    expect(wide.length).to.equal(3 * params.n);
    const expected = decode(params, encode(params, values, { scale: 2 ** 30, level: 2 }), { scale: 2 ** 30, level: 2 });
    expect(maxDistance(decode(params, wide, { scale: 2 ** 30, level: 2, basis: "QP" }), expected)).to.equal(0);
  });

  it("reduces integers exactly up to 2^100 and beyond, where a double has no fraction", () => {
    const big = 3 * 2 ** 98 + 2 ** 60;
    const coefficients = new Float64Array(params.n);
    coefficients.set([big, -big, 2 ** 51 - 1, 1 - 2 ** 51, 5, -5]);
    const residues = encodeCoefficients(params, coefficients.slice(), 6);
    const { n } = params;
    const primes = primesOf(params, 6);
    const expected = Array.from({ length: 6 }, (_, k) => BigInt(coefficients[k]));
    const decoded = decodeCoefficients(params, residues, 6);
    expected.forEach((value, k) => expect(BigInt(decoded[k]), `coefficient ${k}`).to.equal(value));
    // A constant polynomial shows its residues in NTT form.
    const constant = new Float64Array(n);
    constant[0] = -big;
    const limbs = encodeCoefficients(params, constant, 6);
    primes.forEach((prime, i) => {
      const residue = ((BigInt(-big) % BigInt(prime)) + BigInt(prime)) % BigInt(prime);
      expect(BigInt(limbs[i * n + 17])).to.equal(residue);
    });
  });

  it("encodes and decodes at every level of both named sets", () => {
    for (const set of [params, N16384_D13_S1.set]) {
      const values = testValues("levels", 8, set.n / 2);
      for (let level = 2; level <= set.data.length; level++) {
        const encoding = { scale: 2 ** 30, level };
        expect(maxDistance(decode(set, encode(set, values, encoding), encoding), values)).to.be.lessThan(1e-6);
      }
    }
  });

  it("is linear", () => {
    const value = fc.double({ min: -100, max: 100, noNaN: true });
    const encoding = { scale: 2 ** 40, level: 3 };
    fc.assert(
      fc.property(value, value, fc.integer({ min: 0, max: slots - 1 }), (a, b, slot) => {
        const one = new Float64Array(slots).fill(a);
        const two = new Float64Array(slots);
        two[slot] = b;
        const primes = primesOf(params, 3);
        const left = encode(params, one, encoding);
        const right = encode(params, two, encoding);
        const sum = left.map((residue, k) => (residue + right[k]) % primes[Math.floor(k / params.n)]);
        const expected = one.map((x, k) => x + two[k]);
        return maxDistance(decode(params, sum, encoding), expected) < 1e-7;
      }),
      { numRuns: 15 },
    );
  });

  const bad = new Float64Array(slots);
  bad[7] = Number.NaN;
  const refusals: [string, () => unknown, string][] = [
    ["a value that is no number", () => encode(params, bad, { scale: 2 ** 30, level: 1 }), "ENCODING_NOT_FINITE"],
    ["an infinite scalar", () => encodeScalar(params, Infinity, { scale: 1, level: 1 }), "ENCODING_NOT_FINITE"],
    [
      "a value that wraps around",
      () => encode(params, new Float64Array(slots).fill(1), { scale: 2 ** 30, level: 1 }),
      "ENCODING_OVERFLOW",
    ],
    [
      "a scalar that wraps around",
      () => encodeScalar(params, 2 ** 31, { scale: 2 ** 30, level: 2 }),
      "ENCODING_OVERFLOW",
    ],
    ["a scale of zero", () => encode(params, new Float64Array(slots), { scale: 0, level: 1 }), "ENCODING_SCALE"],
  ];
  for (const [name, f, code] of refusals) {
    it(`refuses ${name}`, () => {
      const error = thrownBy(f);
      expect(error).to.be.instanceOf(EncodingError).with.property("code", code);
    });
  }

  it("refuses a number of values or residues that is not the set's", () => {
    expect(() => encode(params, new Float64Array(slots - 1), { scale: 1, level: 1 })).to.throw(
      RangeError,
      /4096 slots/,
    );
    expect(() => decode(params, new Uint32Array(params.n), { scale: 1, level: 2 })).to.throw(RangeError, /2 limbs/);
    expect(() => encode(params, new Float64Array(slots), { scale: 1, level: 7 })).to.throw(RangeError, /levels/);
  });
});

describe("centred coefficients", () => {
  const primes = [97, 1073184769, 12289];
  const modulus = primes.reduce((product, prime) => product * BigInt(prime), 1n);

  it("are the representatives nearest zero of every residue class", () => {
    const half = (modulus - 1n) / 2n;
    fc.assert(
      fc.property(fc.bigInt({ min: -half, max: half }), (x) => {
        const residues = Uint32Array.from(primes, (prime) =>
          Number(((x % BigInt(prime)) + BigInt(prime)) % BigInt(prime)),
        );
        return BigInt(centredCoefficients(residues, primes, 1)[0]) === x;
      }),
      { examples: [[0n], [half], [-half], [1n], [-1n], [half - 1n]], numRuns: 500 },
    );
  });
});
