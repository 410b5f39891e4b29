import { expect } from "chai";

import { N16384_D13_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { primalAttackBits } from "../../../../offchain/fhe/result/lattice-estimate.ts";
import { applyMask, maskWidths, sampleMask } from "../../../../offchain/fhe/result/mask.ts";
import { maskingEstimate, SUM_OF_FOUR_FISHER } from "../../../../offchain/fhe/result/masking-estimate.ts";
import { compactNoise, sumVariance } from "../../../../offchain/fhe/result/noise.ts";
import { maxPeriod } from "../../../../offchain/fhe/result/shape.ts";
import { smallSecretCoefficients } from "../../../../offchain/fhe/result/small-secret.ts";
import { compactPublicKey, named, params, shape, smallSecret } from "./fixture.ts";
import { productAt } from "./reference.ts";

const variance = (list: ArrayLike<number>): number => Array.from(list).reduce((sum, x) => sum + x * x, 0) / list.length;

describe("What a mask hides", () => {
  it("is estimated as the standard estimated its own table, ternary secrets, 128 bits, uSVP", () => {
    for (const [dimension, modulusBits, bits] of [
      [1024, 27, 131.6],
      [2048, 54, 129.7],
      [4096, 109, 128.1],
      [8192, 218, 128.5],
    ]) {
      const estimate = primalAttackBits({
        dimension,
        modulusBits,
        secretDeviation: Math.sqrt(2 / 3),
        errorDeviation: 3.19,
        samples: 2 * dimension,
      });
      expect(estimate).to.be.closeTo(bits, 0.4);
    }
  });

  it("knows an instance that anybody can solve", () => {
    const weak = { dimension: 128, modulusBits: 27, secretDeviation: 1, errorDeviation: 1, samples: 256 };
    expect(primalAttackBits(weak)).to.equal(0);
  });

  it("is at least 128 bits for every shape there is, and would not be for twice the period at 18 bits", () => {
    for (let bits = 14; bits <= 18; bits++) {
      const { securityBits } = maskingEstimate(params, { ring: 1024, bits, period: maxPeriod(bits) }, 0);
      expect(securityBits).to.be.above(128);
    }
    expect(maskingEstimate(params, { ring: 1024, bits: 18, period: 64 }, 0).securityBits).to.be.below(128);
  });

  it("is what docs/spec/compact-1.md states for N = 8,192 and period 16", () => {
    for (const [bits, margin, leaked, flooding, hints, security] of [
      [14, 4.5, 0.05, 0.19, 34, 298],
      [16, 2.5, 0.76, 2.9, 52, 217],
      [18, 0.5, 9.9, 26.5, 84, 166],
    ]) {
      const estimate = maskingEstimate(params, { ring: 1024, bits, period: 16 }, 0);
      expect(estimate.marginBits).to.be.closeTo(margin, 0.05);
      expect(estimate.leakedBits / leaked).to.be.within(0.95, 1.05);
      expect(estimate.leakedBitsByFloodingAlone / flooding).to.be.within(0.95, 1.05);
      expect(estimate.hostileHints).to.equal(hints);
      expect(estimate.securityBits).to.be.closeTo(security, 0.5);
    }
  });

  it("shrinks with a noisier evaluation and a larger ring", () => {
    const small = maskingEstimate(params, shape, 0);
    expect(maskingEstimate(params, shape, 5_000).leakedBits).to.be.above(2 * small.leakedBits);
    expect(maskingEstimate(N16384_D13_S1.set, shape, 0).leakedBits).to.be.above(1.9 * small.leakedBits);
  });

  it("bounds the mutual information of Gaussian noise under a sum of four uniforms, tightly", () => {
    // Densities on a grid of 1/200 of a uniform's width; the sum of four has standard deviation 1/√3.
    const grid = 200;
    const uniform = new Array<number>(grid).fill(1 / grid);
    const convolve = (a: number[], b: number[]): number[] => {
      const out = new Array<number>(a.length + b.length - 1).fill(0);
      a.forEach((x, i) => {
        b.forEach((y, j) => (out[i + j] += x * y));
      });
      return out;
    };
    const entropy = (p: number[]): number => p.reduce((sum, x) => (x > 0 ? sum - x * Math.log2(x) : sum), 0);
    const two = convolve(uniform, uniform);
    const four = convolve(two, two);
    for (const ratio of [0.1, 0.36, 1]) {
      const deviation = (ratio * grid) / Math.sqrt(3);
      const reach = Math.ceil(6 * deviation);
      const raw = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)));
      const total = raw.reduce((sum, x) => sum + x, 0);
      const gaussian = raw.map((x) => x / total);
      const information = entropy(convolve(four, gaussian)) - entropy(four);
      const bound = 0.5 * Math.log2(1 + SUM_OF_FOUR_FISHER * ratio ** 2);
      expect(information).to.be.below(bound);
      expect(information).to.be.above(0.95 * bound);
    }
  });

  it("is made of samples with the variances it is computed from", () => {
    for (const bits of [14, 16, 18]) {
      const widths = maskWidths(bits);
      const draws = Array.from({ length: 8 }, (_, k) =>
        sampleMask(named(`stream ${bits} ${k}`), { ring: 1024, bits, period: 32 }),
      );
      for (const [part, tolerance] of [
        ["u", 0.07],
        ["e", 0.07],
        ["f", 0.3],
      ] as const) {
        const all = draws.flatMap((draw) => [...draw[part]]);
        expect(variance(all) / sumVariance(widths[part]), `${part} at ${bits} bits`).to.be.closeTo(1, tolerance);
        expect(Math.abs(all.reduce((sum, x) => sum + x, 0) / all.length)).to.be.below(
          5 * Math.sqrt(sumVariance(widths[part]) / all.length),
        );
        expect(Math.max(...all.map(Math.abs))).to.be.at.most(2 * (2 ** widths[part] - 1));
      }
    }
  });

  it("adds an encryption of zero with the noise that is computed", () => {
    const stride = 1024 / 32;
    const errors: number[] = [];
    for (let k = 0; k < 40; k++) {
      const sample = sampleMask(named(`zero ${k}`), shape);
      const zero = { t0: new Uint32Array(32), t1: new Uint32Array(1024) };
      const { t0, t1 } = applyMask(zero, compactPublicKey, { ...sample, f: new Int32Array(32) });
      t0.forEach((x, j) => {
        const phase = x + productAt(t1, smallSecretCoefficients(smallSecret), stride * j);
        errors.push((((phase % 2 ** 27) + 1.5 * 2 ** 27) % 2 ** 27) - 2 ** 26);
      });
    }
    // 1,280 errors; the key's own error is one draw of 1,024, so allow 15 % in all.
    expect(Math.sqrt(variance(errors)) / compactNoise(params.n, shape.bits).zero).to.be.within(0.85, 1.15);
  });
});
