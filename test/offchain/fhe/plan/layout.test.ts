import { expect } from "chai";
import { InputError } from "../../../../offchain/fhe/plan/errors.ts";
import { applyFinish, applyInputLayout, readOutput } from "../../../../offchain/fhe/plan/layout.ts";
import type { PlanInput } from "../../../../offchain/fhe/plan/plan.ts";

const input: Pick<PlanInput, "layout" | "range"> = {
  layout: { kind: "gather", shape: [2, 2], period: 8, indices: [3, -1, 0, 0, -1, 2, 1, -1] },
  range: { min: "-0.5", max: "2" },
};

describe("an input layout", () => {
  it("places every element where its indices say, in every period, and zero elsewhere", () => {
    const period = [2, 0, -0.5, -0.5, 0, 1, 0.25, 0];
    expect([...applyInputLayout(input, [-0.5, 0.25, 1, 2], 16)]).to.deep.equal([...period, ...period]);
  });

  it("refuses values outside the declared range, not finite, or of another number, without saying them", () => {
    const cases: [number[], RegExp][] = [
      [[0, 0, 0], /3 numbers, and the model takes 4/],
      [[0, 0, 0, 0, 0], /5 numbers/],
      [[0, 2.000001, 0, 0], /element 1 lies outside -0.5 to 2/],
      [[0, 0, -0.6, 0], /element 2 lies outside/],
      [[0, 0, 0, NaN], /element 3 is not a finite number/],
      [[Infinity, 0, 0, 0], /element 0 is not a finite number/],
    ];
    for (const [values, message] of cases) {
      expect(() => applyInputLayout(input, values, 16)).to.throw(InputError, message);
    }
    expect(() => applyInputLayout(input, [0, 1.98765, 5, 0], 16)).to.throw(InputError, /^((?!1\.98765).)*$/);
  });
});

describe("an output layout", () => {
  it("reads each number as the mean over the slots that repeat it", () => {
    const slots = Float64Array.of(1, 10, 2, 20, 3, 30, 4, 40);
    expect([...readOutput({ period: 2, slots: [1, 0] }, slots)]).to.deep.equal([25, 2.5]);
    expect([...readOutput({ period: 8, slots: [6] }, slots)]).to.deep.equal([4]);
  });
});

describe("the finish", () => {
  it("is softmax as everybody computes it, also for large values", () => {
    const shares = applyFinish("softmax", Float64Array.of(1, 2, 3));
    [0.09003057317038046, 0.24472847105479767, 0.6652409557748219].forEach((share, k) => {
      expect(shares[k]).to.be.closeTo(share, 1e-15);
    });
    expect([...applyFinish("softmax", Float64Array.of(1000, 1000))]).to.deep.equal([0.5, 0.5]);
  });

  it("is the sigmoid, or nothing", () => {
    expect(
      applyFinish("sigmoid", Float64Array.of(0, Math.log(3))).map((value) => Math.round(1e12 * value) / 1e12),
    ).to.deep.equal(Float64Array.of(0.5, 0.75));
    const values = Float64Array.of(-1, 5);
    expect(applyFinish("none", values)).to.deep.equal(values);
    expect(applyFinish("none", values)).not.to.equal(values);
  });
});
