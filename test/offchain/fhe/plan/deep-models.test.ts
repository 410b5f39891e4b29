import { expect } from "chai";
import { evaluateGraph } from "../../../../offchain/fhe/graph/evaluate.ts";
import type { Graph } from "../../../../offchain/fhe/graph/graph.ts";
import { compile, type CompiledModel } from "../../../../offchain/fhe/plan/compile.ts";
import { fromDecimal } from "../../../../offchain/fhe/plan/decimal.ts";
import { openEncrypted } from "./encrypted-run.ts";
import { GraphWriter, randomSamples } from "./random-graph.ts";

/** Models of so many squares, with the set they are compiled for and the level they begin at. */
const models: [squares: number, params: string, level: number][] = [
  [4, "n16384-d10-s4", 10],
  [5, "n16384-d12-s2", 12],
  [6, "n32768-d21-s8", 14],
];

/** Answers under encryption, and holds them against the model's own. */
async function expectWithinBound(graph: Graph, inputs: number, compiled: CompiledModel): Promise<void> {
  const { plan } = compiled;
  using model = await openEncrypted(compiled);
  expect(model.packBytes).to.equal(plan.estimates.keyBytes);
  const input = randomSamples(1, inputs, 1000);
  const expected = evaluateGraph(graph, input);
  const bound = fromDecimal(plan.estimates.errorBound);
  const { outputs } = await model.run(input);
  expect(bound).to.be.below(fromDecimal(plan.outputs[0].bound));
  outputs.forEach((value, i) => expect(Math.abs(value - expected[i])).to.be.at.most(bound));
}

describe("deeper models under hoisted-1", function () {
  this.timeout(180_000);

  for (const [squares, params, level] of models) {
    it(`answer within the stated error: ${squares} squares, ${params}`, async () => {
      const writer = new GraphWriter([4], squares);
      for (let k = 0; k < squares; k++) writer.dense(`dense ${k}`, 4, 4).then(`square ${k}`, { op: "square" });
      const graph = writer.dense("last", 4, 2).graph();
      const compiled = compile(graph, {
        calibration: randomSamples(8, 4, 5),
        inputRange: { min: -1, max: 1 },
        semantics: "hoisted-1",
      });
      const { plan } = compiled;
      expect(plan.params.id).to.equal(params);
      expect(plan.inputs[0].level).to.equal(level);
      await expectWithinBound(graph, 4, compiled);
    });
  }

  it("answer within the stated error where a branch goes past two squares", async () => {
    const writer = new GraphWriter([6], 3).dense("one", 6, 6).then("square", { op: "square" }).dense("two", 6, 6);
    writer.then("again", { op: "square" }).dense("three", 6, 3).dense("beside", 6, 3, 0);
    const graph = writer.then("add", { op: "add" }, 5, 6).graph();
    const compiled = compile(graph, {
      calibration: randomSamples(8, 6, 5),
      inputRange: { min: -1, max: 1 },
      semantics: "hoisted-1",
    });
    expect(compiled.plan.params.id).to.equal("n8192-d6-s2");
    expect(fromDecimal(compiled.plan.estimates.errorBound)).to.be.below(0.1);
    await expectWithinBound(graph, 6, compiled);
  });
});
