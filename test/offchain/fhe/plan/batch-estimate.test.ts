import { expect } from "chai";

import { N8192_D6_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { compile } from "../../../../offchain/fhe/plan/compile.ts";
import { costModel } from "../../../../offchain/fhe/plan/cost-model.ts";
import { GraphWriter, randomSamples } from "./random-graph.ts";

describe("the milliseconds of a plan for batches", () => {
  it("are those of the SIMD kernel, which evaluates it, and of its sums those of every term", () => {
    const costs = costModel("seal-4.1", N8192_D6_S1.set, true);
    const sealed = costModel("seal-4.1", N8192_D6_S1.set);
    for (const operation of ["term", "rescale", "square", "keySwitch"] as const)
      expect(costs.milliseconds(operation, 4)).to.be.below(sealed.milliseconds(operation, 4) / 3);

    const millisecondsOf = (units: number): number => {
      const graph = new GraphWriter([40], 1).dense("a", 40, units).graph();
      const calibration = randomSamples(4, 40, 77);
      return compile(graph, { calibration, inputRange: { min: -1, max: 1 }, batch: true }).plan.estimates.milliseconds;
    };
    // 40 terms a row, each at the one level the plan starts at, and no more than the work of a rescale beside them.
    const [few, many] = [millisecondsOf(20), millisecondsOf(60)];
    const terms = 40 * 40 * costs.milliseconds("term", 2);
    expect(many - few).to.be.within(terms - 2, 2 * terms + 2);
  });
});
