import { expect } from "chai";
import fc from "fast-check";

import { answerOf, roundingStep, roundTo } from "../../../offchain/client/answer.ts";
import { Raw } from "../../../offchain/fhe/ckks/raw.ts";

const opened = (values: readonly number[], errorBound: number) => ({
  values: new Raw(Float64Array.from(values)),
  errorBound,
});

describe("roundingStep and roundTo", () => {
  it("rounds to the largest power of ten not above the bound", () => {
    for (const [bound, step] of [
      [0.014, 0.01],
      [0.01, 0.01],
      [0.0099, 0.001],
      [0.1, 0.1],
      [1, 1],
      [9.99, 1],
      [1000, 1000],
      [2e-7, 1e-7],
    ]) {
      expect(roundingStep(bound), String(bound)).to.equal(step);
    }
  });

  it("refuses a bound that is none", () => {
    for (const bound of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => roundingStep(bound), String(bound)).to.throw(RangeError);
    }
  });

  it("moves a value by at most half a step, to a number people can read", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1000, max: 1000, noNaN: true }),
        fc.double({ min: 1e-6, max: 100, noNaN: true }),
        (value, bound) => {
          const step = roundingStep(bound);
          const rounded = roundTo(value, step);
          expect(Math.abs(rounded - value)).to.be.at.most(step / 2 + 1e-9);
          expect(String(rounded).replace(/^-?\d+\.?/, "").length).to.be.at.most(Math.max(0, -Math.log10(step)) + 1e-9);
          expect(Object.is(rounded, -0)).to.equal(false);
        },
      ),
    );
  });
});

describe("answerOf", () => {
  const labels = ["cat", "dog", "owl"];

  it("rounds, takes the softmax of what is shown, and names the largest", () => {
    const answer = answerOf({ finish: "softmax", labels }, opened([1.0042, 3.0031, -1.9973], 0.012));
    expect(answer.values).to.deep.equal([1, 3, -2]);
    expect(answer.step).to.equal(0.01);
    // softmax(1, 3, −2) by hand.
    expect(answer.probabilities![0]).to.be.closeTo(0.11849965, 1e-8);
    expect(answer.probabilities![1]).to.be.closeTo(0.8756006, 1e-8);
    expect(answer.probabilities![2]).to.be.closeTo(0.00589975, 1e-8);
    expect([answer.index, answer.label, answer.certain]).to.deep.equal([1, "dog", true]);
  });

  it("does not claim certainty where another class is within the error", () => {
    const { label, certain } = answerOf({ finish: "softmax", labels }, opened([1, 1.02, 0], 0.012));
    expect([label, certain]).to.deep.equal(["dog", false]);
  });

  it("applies a sigmoid to each output, which are no classes of one thing", () => {
    const answer = answerOf({ finish: "sigmoid", labels: ["spam", "urgent"] }, opened([0, Math.log(3)], 0.0001));
    expect(answer.probabilities![0]).to.equal(0.5);
    expect(answer.probabilities![1]).to.be.closeTo(0.75, 1e-4);
    expect([answer.index, answer.label, answer.certain]).to.deep.equal([undefined, undefined, undefined]);
  });

  it("leaves numbers that are no classes as they are", () => {
    const answer = answerOf({ finish: "none", labels: [] }, opened([12.34], 0.1));
    expect(answer.values).to.deep.equal([12.3]);
    expect([answer.probabilities, answer.label]).to.deep.equal([undefined, undefined]);
  });
});
