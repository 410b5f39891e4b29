import { createHash } from "node:crypto";
import { expect } from "chai";
import {
  ERROR_BOUND,
  ERROR_VARIANCE,
  platformRandom,
  sampleError,
  sampleTernary,
  seededSource,
} from "../../../../offchain/fhe/ckks/sampling.ts";
import { testRandom } from "./fixtures.ts";

/** Probability of k in a centred binomial of 2·21 bits: C(42, 21 + k) / 2^42. */
function binomial(k: number): number {
  let count = 1;
  for (let i = 1; i <= 21 + k; i++) count = (count * (42 - i + 1)) / i;
  return count / 2 ** 42;
}

describe("sampling", () => {
  const n = 1 << 18;

  it("draws errors with the distribution of a centred binomial of 42 bits", () => {
    const errors = sampleError(n, testRandom("errors"));
    for (let k = -10; k <= 10; k++) {
      const expected = n * binomial(k);
      const seen = errors.filter((error) => error === k).length;
      // Six standard deviations of a count.
      expect(Math.abs(seen - expected), `errors equal to ${k}`).to.be.lessThan(6 * Math.sqrt(expected));
    }
    expect(Math.max(...errors.slice(0, 10000).map(Math.abs))).to.be.at.most(ERROR_BOUND);
  });

  it("draws errors with mean 0 and the variance of σ = 3.24", () => {
    const errors = sampleError(n, testRandom("moments"));
    let sum = 0;
    let squares = 0;
    for (const error of errors) {
      sum += error;
      squares += error * error;
    }
    expect(Math.abs(sum / n)).to.be.lessThan((6 * Math.sqrt(ERROR_VARIANCE)) / Math.sqrt(n));
    expect(squares / n).to.be.closeTo(ERROR_VARIANCE, 0.2);
    expect(Math.sqrt(ERROR_VARIANCE)).to.be.within(3.19, 3.3);
  });

  it("draws secrets uniformly from −1, 0, 1", () => {
    const secret = sampleTernary(n, testRandom("ternary"));
    for (const value of [-1, 0, 1]) {
      const seen = secret.filter((coefficient) => coefficient === value).length;
      expect(Math.abs(seen - n / 3), `coefficients equal to ${value}`).to.be.lessThan(6 * Math.sqrt((n * 2) / 9));
    }
    expect(secret.every((value) => Math.abs(value) <= 1)).to.equal(true);
  });

  it("takes fresh randomness from the platform, beyond the quota of one call", () => {
    const one = new Uint8Array(200_000);
    const two = new Uint8Array(200_000);
    platformRandom(one);
    platformRandom(two);
    expect(one).not.to.deep.equal(two);
    // Every stretch was filled: 64 zero bytes in a row do not happen.
    for (let at = 0; at < one.length - 64; at += 64)
      expect(one.subarray(at, at + 64).some((byte) => byte !== 0)).to.equal(true);
  });

  it("expands a seed by SHAKE256, however it is read", () => {
    const source = seededSource(Uint8Array.of(1, 2), Uint8Array.of(3));
    const first = new Uint8Array(5);
    const second = new Uint8Array(300);
    source(first);
    source(second);
    const expected = createHash("shake256", { outputLength: 305 })
      .update(Uint8Array.of(1, 2, 3))
      .digest();
    expect(Buffer.concat([first, second]).equals(expected)).to.equal(true);
  });
});
