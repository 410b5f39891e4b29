import { expect } from "chai";
import { NAMED_SETS } from "../../../../offchain/fhe/ckks/named-sets.ts";
import {
  compactDeviation,
  compactReason,
  compactResultBytes,
  COMPACT_PUBLIC_BODY_BYTES,
  switchKeyBodyBytes,
} from "../../../../offchain/fhe/plan/compact-shape.ts";
import { compactErrorDeviation } from "../../../../offchain/fhe/result/noise.ts";
import { checkShape, compactBytes } from "../../../../offchain/fhe/result/shape.ts";
import { SMALL_POLYNOMIAL_BYTES, switchKeyBytes } from "../../../../offchain/fhe/result/small-keys.ts";

/** A plan cannot import what makes compact results, which lies above it; these tests keep the two in step. */
describe("what a plan knows of compact results is what makes them", () => {
  const shapes = [14, 15, 16, 17, 18].flatMap((bits) =>
    [1, 2, 16, 32, 64, 128].map((period) => ({ ring: 1024, bits, period })),
  );

  it("which shapes exist", () => {
    for (const shape of [
      ...shapes,
      { ring: 2048, bits: 16, period: 4 },
      { ring: 1024, bits: 13, period: 4 },
      { ring: 1024, bits: 16, period: 3 },
    ]) {
      const reason = compactReason(NAMED_SETS[0].set, shape);
      if (reason === undefined) checkShape(shape);
      else expect(() => checkShape(shape), JSON.stringify(shape)).to.throw();
    }
  });

  it("how many bytes results and keys take, and the table of the specification", () => {
    const existing = shapes.filter((shape) => compactReason(NAMED_SETS[0].set, shape) === undefined);
    for (const shape of existing) expect(compactResultBytes(shape)).to.equal(compactBytes(shape));
    expect(compactResultBytes({ ring: 1024, bits: 16, period: 16 })).to.equal(2152);
    for (const { set } of NAMED_SETS) expect(switchKeyBodyBytes(set)).to.equal(switchKeyBytes(set));
    expect(COMPACT_PUBLIC_BODY_BYTES).to.equal(SMALL_POLYNOMIAL_BYTES);
  });

  it("how much error they add", () => {
    for (const { set } of NAMED_SETS) {
      for (const shape of shapes.filter(({ period }) => period <= 32)) {
        const expected = compactErrorDeviation(set, shape, 2 ** 24);
        expect(compactDeviation(set, shape, 2 ** 24) / expected).to.be.closeTo(1, 1e-9);
      }
    }
  });
});
