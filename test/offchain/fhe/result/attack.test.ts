import { expect } from "chai";

import { coefficientsToSlots, slotsToCoefficients } from "../../../../offchain/fhe/ckks/embedding.ts";
import { transformsOf } from "../../../../offchain/fhe/ckks/residues.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { mulPolynomials, scalePolynomial } from "../../../../offchain/fhe/ring/pointwise.ts";
import { parseCompact } from "../../../../offchain/fhe/result/compact-format.ts";
import { compactResult } from "../../../../offchain/fhe/result/compact-result.ts";
import { switchToBits } from "../../../../offchain/fhe/result/modulus-switch.ts";
import { parseCompactPublicKey, type SwitchKey } from "../../../../offchain/fhe/result/opened-keys.ts";
import { switchRing } from "../../../../offchain/fhe/result/ring-switch.ts";
import { transform, zeroTransformed } from "../../../../offchain/fhe/result/small-ring.ts";
import {
  encrypt,
  keySet,
  params,
  q0,
  replicate,
  request,
  scaleFor,
  shape,
  source,
  switchKey,
  uniforms,
} from "./fixture.ts";
import { pack } from "./reference.ts";

const { n } = params;
const ntt = transformsOf(params, 1)[0];

function correlation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const a = Array.from(x);
  const b = Array.from(y);
  const mean = (list: number[]): number => list.reduce((sum, v) => sum + v, 0) / list.length;
  const [ma, mb] = [mean(a), mean(b)];
  const dot = (p: number[], mp: number, r: number[], mr: number): number =>
    p.reduce((sum, v, i) => sum + (v - mp) * (r[i] - mr), 0);
  return dot(a, ma, b, mb) / Math.sqrt(dot(a, ma, a, ma) * dot(b, mb, b, mb));
}

const centred = (x: number, modulus: number): number => (x < modulus / 2 ? x : x - modulus);

describe("A user who is after the weights", () => {
  // One plaintext product with 512 secret weights, repeated over the slots, at scale 2^19.
  const uniform = uniforms("weights");
  const weights = Float64Array.from({ length: 512 }, () => 2 * uniform() - 1);
  const encoded = slotsToCoefficients(
    Float64Array.from({ length: n / 2 }, (_, i) => weights[i % 512]),
    undefined,
    2 ** 19,
  );
  const plaintext = Uint32Array.from(encoded, (x) => {
    const rounded = Math.round(x);
    return rounded < 0 ? rounded + q0 : rounded;
  });
  ntt.forward(plaintext);

  // It chooses c1 = 2^10: what comes back as c1 is the plaintext itself, 2^10 times.
  const chosen = new Uint32Array(n).fill(2 ** 10);
  const product = mulPolynomials(chosen, plaintext, q0);
  const evaluated = { c0: new Uint32Array(n), c1: product };

  // And it chooses a switch key that hands c1 through: b = 0, a_0j = 16^j. No key pack can carry it, since their a follow from the key set.
  const constant = (value: number): Uint32Array => {
    const polynomial = new Uint32Array(1024);
    polynomial[0] = value;
    return polynomial;
  };
  const chosenKey = {
    params,
    keySet,
    samples: switchKey.samples.map((_, k) => ({
      a: k < 7 ? transform(constant(16 ** k)) : zeroTransformed(),
      b: zeroTransformed(),
    })),
  } as unknown as SwitchKey;

  /** Reads 512 weights off a published c1. */
  const read = (c1: Uint32Array): Float64Array =>
    coefficientsToSlots(Float64Array.from(c1, (x) => centred(x, 2 ** shape.bits))).real;

  it("reads them off an unmasked result with chosen c1", () => {
    const unmasked = switchToBits(switchRing(evaluated.c0, evaluated.c1, chosenKey, shape).t1, shape.bits);
    expect(correlation(read(unmasked), weights)).to.be.above(0.999);
  });

  it("learns nothing from the masked one, chosen c1 and chosen switch key notwithstanding", () => {
    for (let k = 0; k < 8; k++) {
      const mask = { ...request(evaluated).mask, request: BigInt(k) };
      const { c1 } = parseCompact(untrusted(compactResult(request(evaluated, { switchKey: chosenKey, mask }))));
      // Of unrelated sequences of 512, the correlation has deviation 0.044.
      expect(Math.abs(correlation(read(c1), weights)), `request ${k}`).to.be.below(0.22);
    }
  });

  it("gains nothing from averaging masked results over many requests", () => {
    const sum = new Float64Array(512);
    for (let k = 0; k < 64; k++) {
      const mask = { ...request(evaluated).mask, request: BigInt(k) };
      const { c1 } = parseCompact(untrusted(compactResult(request(evaluated, { switchKey: chosenKey, mask }))));
      read(c1).forEach((x, i) => (sum[i] += x));
    }
    expect(Math.abs(correlation(sum, weights))).to.be.below(0.22);
  }).timeout(10_000);

  it("cannot lift the mask with a public key of its own making: b′ reads the ephemeral where c0 is published, and no further", () => {
    // b′ = 2^21 puts u into c0 above the flooding. It then knows 32 of 1,024 coefficients of u, which the choice of widths allows for.
    const hostile = parseCompactPublicKey(keySet, untrusted(pack([...constant(2 ** 21)], 27)));
    const result = parseCompact(
      untrusted(compactResult(request(evaluated, { switchKey: chosenKey, compactPublicKey: hostile }))),
    );
    expect(Math.abs(correlation(read(result.c1), weights))).to.be.below(0.22);
    // Published coefficients are u·2^21/2^11 plus flooding of deviation 4.6: nearly whole multiples of 2^10.
    for (const x of result.c0) expect(Math.abs(centred(x % 1024, 1024))).to.be.below(64);
  });

  describe("with nothing but honest keys and seeded inputs", () => {
    // A scalar weight: 64 guesses, each of which says what the unmasked c1 would be.
    const secretWeight = 37;
    const input = encrypt(replicate([1, 2, 3, 4]), scaleFor(2 ** 10), source("guessing"));
    const times = (w: number): { c0: Uint32Array; c1: Uint32Array } => ({
      c0: scalePolynomial(input.c0, w, q0),
      c1: scalePolynomial(input.c1, w, q0),
    });
    const guesses = Array.from({ length: 64 }, (_, w) => w + 1);
    const predicted = guesses.map((w) => {
      const { c0, c1 } = times(w);
      return switchToBits(switchRing(c0, c1, switchKey, shape).t1, shape.bits);
    });
    /** Mean distance of a published c1 from what each guess predicts, as a part of what chance gives. */
    const distances = (c1: Uint32Array): number[] =>
      predicted.map((guess) => {
        const modulus = 2 ** shape.bits;
        const total = guess.reduce((sum, x, i) => sum + Math.abs(centred((x - c1[i] + modulus) % modulus, modulus)), 0);
        return total / guess.length / (modulus / 4);
      });

    it("finds a guessed weight in an unmasked result", () => {
      const unmasked = predicted[guesses.indexOf(secretWeight)];
      const found = distances(unmasked);
      expect(found.indexOf(Math.min(...found))).to.equal(guesses.indexOf(secretWeight));
      expect(found.filter((distance) => distance < 0.5).length).to.equal(1);
    });

    it("sees every guess equally far from a masked one", () => {
      const { c1 } = parseCompact(untrusted(compactResult(request(times(secretWeight)))));
      // Mean of 1,024 uniform distances: 1 with deviation 0.018.
      for (const distance of distances(c1)) expect(distance).to.be.within(0.91, 1.09);
    });
  });
});
