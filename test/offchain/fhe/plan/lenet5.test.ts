import { expect } from "chai";
import { evaluateGraph } from "../../../../offchain/fhe/graph/evaluate.ts";
import type { Graph } from "../../../../offchain/fhe/graph/graph.ts";
import { compile, type CompiledModel } from "../../../../offchain/fhe/plan/compile.ts";
import { fromDecimal } from "../../../../offchain/fhe/plan/decimal.ts";
import { openEncrypted } from "./encrypted-run.ts";
import { GraphWriter, plainWindow, randomSamples } from "./random-graph.ts";

const PIXELS = 28 * 28;

/** LeNet-5 (LeCun, Bottou, Bengio and Haffner, 1998) as it is usually written down, its pools averages and its activations squares. */
function lenet5(): Graph {
  const writer = new GraphWriter([28, 28, 1], 1);
  const pool = { op: "averagePool", window: plainWindow(2, 2) } as const;
  writer.conv2d("conv1", 1, 6, plainWindow(5, 1)).then("square1", { op: "square" }).then("pool1", pool);
  writer.conv2d("conv2", 6, 16, plainWindow(5, 1)).then("square2", { op: "square" }).then("pool2", pool);
  writer.then("flatten", { op: "reshape", shape: [256] });
  writer.dense("dense1", 256, 120).then("square3", { op: "square" });
  writer.dense("dense2", 120, 84).then("square4", { op: "square" });
  return writer.dense("logits", 84, 10).graph("lenet5");
}

describe("LeNet-5 of the usual shape, compiled", function () {
  this.timeout(120_000);
  const graph = lenet5();
  let compiled: CompiledModel;

  before(() => {
    compiled = compile(graph, {
      calibration: randomSamples(1, PIXELS, 5, [0, 1]),
      inputRange: { min: 0, max: 1 },
      semantics: "hoisted-1",
    });
  });

  it("takes at most 65 rotations, 190 products and 37 MB of keys, its pools added up before they are multiplied", () => {
    const { plan, report } = compiled;
    expect(plan.compiler).to.equal("grid/1");
    expect(plan.params.id).to.equal("n16384-d10-s4");
    const { rotations, hoisted, plainProducts } = report.operations;
    expect(rotations).to.be.at.most(65);
    expect(hoisted).to.be.at.least(rotations - 1);
    expect(plainProducts).to.be.at.most(190);
    expect(plan.estimates.keyBytes).to.be.at.most(37_000_000);
    expect(report.constantBytes).to.be.at.most(150_000_000);
    const second = report.layers[2].layout;
    expect(second?.form === "grid" && second.pools.length).to.be.above(0);
  });

  it("answers as in the clear under encryption, within the stated error", async () => {
    const { plan } = compiled;
    using encrypted = await openEncrypted(compiled);
    expect(encrypted.packBytes).to.equal(plan.estimates.keyBytes);
    const image = randomSamples(1, PIXELS, 1000, [0, 1]);
    const expected = evaluateGraph(graph, image);
    const bound = fromDecimal(plan.estimates.errorBound);
    const { outputs } = await encrypted.run(image);
    expect(bound).to.be.below(fromDecimal(plan.outputs[0].bound) / 10);
    expect(outputs).to.have.length(10);
    outputs.forEach((value, i) => expect(Math.abs(value - expected[i])).to.be.at.most(bound));
  });
});
