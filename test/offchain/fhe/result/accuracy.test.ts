import { expect } from "chai";

import { transformsOf } from "../../../../offchain/fhe/ckks/residues.ts";
import { addPolynomials } from "../../../../offchain/fhe/ring/pointwise.ts";
import { compactErrorDeviation } from "../../../../offchain/fhe/result/noise.ts";
import { encrypt, params, q0, replicate, request, roundTrip, scaleFor, source, uniforms } from "./fixture.ts";

const slotsOf = (period: number): number[] => Array.from({ length: period }, (_, slot) => slot);

/** Root mean square and largest of a list. */
function spread(errors: readonly number[]): { rms: number; largest: number } {
  return {
    rms: Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length),
    largest: Math.max(...errors.map(Math.abs)),
  };
}

describe("Accuracy of compact results", () => {
  /** Errors of `results` results of random values in ±8. */
  function errorsOf(bits: number, period: number, scale: number, results: number): { errors: number[]; bound: number } {
    const uniform = uniforms(`values ${bits} ${period}`);
    const random = source(`inputs ${bits} ${period}`);
    const errors: number[] = [];
    let bound = 0;
    for (let k = 0; k < results; k++) {
      const values = slotsOf(period).map(() => 16 * uniform() - 8);
      const made = request(encrypt(replicate(values), scale, random), { bits, period });
      const opened = roundTrip(made, scale, slotsOf(period));
      opened.values.values().forEach((value, slot) => errors.push(value - values[slot]));
      bound = opened.errorBound;
    }
    return { errors, bound };
  }

  for (const [bits, period, results] of [
    [14, 16, 24],
    [16, 16, 24],
    [18, 16, 24],
    [17, 64, 6],
    [18, 32, 12],
    [16, 1, 100],
  ] as const) {
    it(`stays within the stated bound and is as large as computed, with ${bits} bits and period ${period}`, () => {
      const scale = scaleFor(8);
      const { errors, bound } = errorsOf(bits, period, scale, results);
      const { rms, largest } = spread(errors);
      const deviation = compactErrorDeviation(params, { ring: 1024, bits, period }, scale);
      expect(bound).to.be.closeTo(6 * deviation, 1e-12);
      expect(largest).to.be.below(bound);
      // Six deviations are not just a large number: with 100 values and more, the largest passes two of them.
      expect(largest).to.be.above(2 * deviation);
      expect(rms / deviation).to.be.within(0.75, 1.25);
    }).timeout(10_000);
  }

  it("holds up to the edge: values that fill 0.98 of the modulus come back, of either sign", () => {
    const scale = scaleFor(8, 0.98);
    // Constant slots put all of the value into one coefficient.
    for (const value of [8, -8]) {
      const made = request(encrypt(replicate(new Array<number>(16).fill(value)), scale, source(`edge ${value}`)));
      const opened = roundTrip(made, scale, slotsOf(16));
      for (const got of opened.values.values()) expect(Math.abs(got - value)).to.be.below(opened.errorBound);
    }
  });

  it("gives the average over each class of slots where slots do not repeat", () => {
    const uniform = uniforms("unequal");
    const values = Float64Array.from({ length: params.n / 2 }, () => 16 * uniform() - 8);
    const sums = new Float64Array(16);
    values.forEach((value, slot) => (sums[slot % 16] += value));
    // Averages of 256 values in ±8 are near zero: a scale that the values themselves would overflow.
    const scale = scaleFor(8);
    const opened = roundTrip(request(encrypt(values, scale, source("unequal inputs"))), scale, slotsOf(16));
    opened.values.values().forEach((got, slot) => {
      expect(Math.abs(got - sums[slot] / 256)).to.be.below(opened.errorBound);
    });
  });

  it("does not care what wraps around in coefficients that are dropped", () => {
    const scale = scaleFor(8);
    const values = slotsOf(16).map((slot) => slot - 8);
    const { c0, c1 } = encrypt(replicate(values), scale, source("wrapping"));
    const uniform = uniforms("garbage");
    const garbage = Uint32Array.from({ length: params.n }, (_, i) => (i % 256 === 0 ? 0 : Math.floor(uniform() * q0)));
    transformsOf(params, 1)[0].forward(garbage);
    const opened = roundTrip(request({ c0: addPolynomials(c0, garbage, q0), c1 }), scale, slotsOf(16));
    opened.values.values().forEach((got, slot) => {
      expect(Math.abs(got - values[slot])).to.be.below(opened.errorBound);
    });
  });

  it("takes outputs from the slots the layout names, in its order", () => {
    const scale = scaleFor(16);
    const values = slotsOf(16).map((slot) => slot);
    const opened = roundTrip(request(encrypt(replicate(values), scale, source("order"))), scale, [9, 3, 15]);
    expect([...opened.values.values()].map(Math.round)).to.deep.equal([9, 3, 15]);
  });
});
