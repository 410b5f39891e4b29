import { expect } from "chai";
import fc from "fast-check";

import { loadClearModel } from "../../../../offchain/fhe/engine/clear.ts";
import { evaluateGraph } from "../../../../offchain/fhe/graph/evaluate.ts";
import { elementCount, type Graph } from "../../../../offchain/fhe/graph/graph.ts";
import { applyBatchLayout, checkBatchSamples, readBatchOutputs } from "../../../../offchain/fhe/plan/batch-layout.ts";
import { checkPlan, parsePlan, planBytes } from "../../../../offchain/fhe/plan/canonical.ts";
import { compile, type CompiledModel, type CompileOptions } from "../../../../offchain/fhe/plan/compile.ts";
import { InputError } from "../../../../offchain/fhe/plan/errors.ts";
import type { Plan } from "../../../../offchain/fhe/plan/plan.ts";
import { GraphWriter, plainWindow, randomSamples } from "./random-graph.ts";

const SAMPLES = 5;

function compileBatch(graph: Graph, options: Partial<CompileOptions> = {}): CompiledModel {
  const calibration = randomSamples(4, elementCount(graph.nodes[0].shape), 77);
  return compile(graph, { calibration, inputRange: { min: -1, max: 1 }, batch: true, ...options });
}

/** A batch of samples through the plan on slots, from the integers of the package. */
async function runClear({ plan, constants }: CompiledModel, values: Float64Array): Promise<Float64Array[]> {
  const samples = checkBatchSamples(plan, values);
  using model = loadClearModel(checkPlan(plan), { residues: constants.residues() });
  using user = await model.openKeys(undefined);
  const slots = plan.params.n / 2;
  return readBatchOutputs(await user.run(plan.inputs.map((input) => applyBatchLayout(input, samples, slots))), SAMPLES);
}

async function expectSameAsGraph(graph: Graph, seed: number): Promise<CompiledModel> {
  const compiled = compileBatch(graph);
  const size = elementCount(graph.nodes[0].shape);
  const values = randomSamples(SAMPLES, size, seed);
  const results = await runClear(compiled, values);
  for (let k = 0; k < SAMPLES; k++) {
    const expected = evaluateGraph(graph, values.subarray(k * size, (k + 1) * size));
    expect(results[k].length).to.equal(expected.length);
    expected.forEach((value, i) => expect(results[k][i]).to.be.closeTo(value, 1e-5 * Math.max(1, Math.abs(value))));
  }
  return compiled;
}

const ops = ({ instructions }: Plan) => new Set(instructions.map(({ op }) => op));

describe("throughput plans", function () {
  this.timeout(30_000);

  it("compute the model on every sample of a batch, whatever the sizes", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 4 }),
        fc.integer({ min: 0, max: 2 ** 31 }),
        async (sizes, seed) => {
          const writer = new GraphWriter([sizes[0]], seed);
          sizes.slice(1).forEach((units, i) => {
            if (i > 0) writer.then(`square${i}`, { op: "square" });
            writer.dense(`dense${i}`, sizes[i], units);
          });
          await expectSameAsGraph(writer.graph(), seed);
        },
      ),
      { numRuns: 8 },
    ));

  it("share a convolution's weights among its windows, and leave out what padding adds", async () => {
    const padded = {
      ...plainWindow(3, 1),
      padding: [
        [1, 1],
        [1, 1],
      ] as const,
    };
    const graph = new GraphWriter([4, 4, 1], 5)
      .conv2d("conv", 1, 2, padded)
      .then("square", { op: "square" })
      .then("flatten", { op: "reshape", shape: [32] })
      .dense("dense", 32, 3)
      .graph();
    const { plan } = await expectSameAsGraph(graph, 6);
    // 2 × 9 taps, 32 × 3 weights; biases are addends of their own, one a row.
    const factors = new Set(plan.instructions.flatMap((it) => (it.op === "combine" ? it.constants : [])));
    expect(factors.size).to.equal(2 * 9 + 32 * 3);
    // Of 16 windows of 9 taps 4 corners see 5 pixels less, 8 edges 3.
    const products = plan.instructions.map((it) => (it.op === "combine" ? it.values.length : 0));
    expect(products.reduce((a, b) => a + b)).to.equal(2 * (16 * 9 - 4 * 5 - 8 * 3) + 32 * 3);
  });

  it("need no rotation, and of keys relinearisation and the batch's public key alone", async () => {
    const graph = new GraphWriter([3], 1).dense("a", 3, 8).then("s", { op: "square" }).dense("b", 8, 2).graph();
    const { plan } = await expectSameAsGraph(graph, 2);
    expect([...ops(plan)]).to.have.members(["input", "combine", "addPlain", "rescale", "square", "relinearise"]);
    expect(plan.keys.map(({ kind }) => kind)).to.deep.equal(["relin", "batchPublic"]);
    // Eight squares and two sums: the sums are relinearised, a level lower.
    expect(plan.instructions.filter(({ op }) => op === "relinearise").length).to.equal(2);
    expect(plan.keys[0]).to.include({ level: 2 });
    expect(planBytes(parsePlan(planBytes(plan)).plan)).to.deep.equal(planBytes(plan));
  });

  it("relinearise at once where sums are more than squares", async () => {
    const graph = new GraphWriter([3], 1).dense("a", 3, 2).then("s", { op: "square" }).dense("b", 2, 9).graph();
    const { plan } = await expectSameAsGraph(graph, 3);
    expect(plan.instructions.filter(({ op }) => op === "relinearise").length).to.equal(2);
    expect(plan.keys[0]).to.include({ kind: "relin", level: 3 });
  });

  it("evaluate quadratics, one after another too, whether sums or squares are relinearised", async () => {
    for (const [hidden, outputs] of [
      [8, 2],
      [2, 9],
    ]) {
      const graph = new GraphWriter([3], 1)
        .dense("a", 3, hidden)
        .then("inner", { op: "polynomial", coefficients: [0.3, 1, 0.25] })
        .then("outer", { op: "polynomial", coefficients: [0.5, 1, -0.01] })
        .dense("b", hidden, outputs)
        .graph();
      const { plan } = await expectSameAsGraph(graph, 4);
      expect(plan.layers.map(({ name }) => name)).to.deep.equal(["a", "inner", "outer", "b"]);
    }
  });

  it("hold no value that nobody needs, and rows without weights", async () => {
    const dead = Float64Array.of(1, 0, 0.5, 0, 0, 0);
    const graph = new GraphWriter([2], 1)
      .dense("a", 2, 3)
      .then("s", { op: "square" })
      // The second unit reaches nothing; the second output is its bias alone.
      .then("b", {
        op: "dense",
        units: 2,
        kernel: Float64Array.of(dead[0], 0, 0, 0, dead[2], 0),
        bias: Float64Array.of(0, 0.75),
      })
      .graph();
    const { plan } = await expectSameAsGraph(graph, 4);
    expect(plan.instructions.filter(({ op }) => op === "square").length).to.equal(2);
  });

  it("state an error bound that takes the batch result in", () => {
    const graph = new GraphWriter([4], 9).dense("a", 4, 4).then("s", { op: "square" }).dense("b", 4, 2).graph();
    const [coarse, fine] = [20, 23].map((bits) => compileBatch(graph, { bits }));
    expect(coarse.report.error.compact / fine.report.error.compact).to.be.within(4, 8);
    expect(coarse.plan.estimates.resultBytes - fine.plan.estimates.resultBytes).to.equal((-3 * 2 * 8192) / 8);
  });

  it("refuse values that could wrap around, naming the layer", () => {
    const graph = new GraphWriter([2], 9).dense("a", 2, 2).then("s", { op: "square" }).dense("b", 2, 2).graph();
    const far = { calibration: Float64Array.of(1, 1), inputRange: { min: -1e9, max: 1e9 } };
    expect(() => compileBatch(graph, far)).to.throw(/could wrap around/);
    expect(() => compileBatch(graph, { bits: 16 })).to.throw(/results of 16 bits/);
  });

  it("are refused by a reader when something would bring samples together", () => {
    const { plan } = compileBatch(new GraphWriter([2], 9).dense("a", 2, 2).graph());
    const last = plan.instructions.length;
    const changed = (change: Partial<Plan>) => () => checkPlan({ ...plan, ...change });
    const rotated: Partial<Plan> = {
      instructions: [...plan.instructions, { op: "rotate", a: plan.outputs[0].value, step: 1 }],
      outputs: [{ ...plan.outputs[0], value: last }, plan.outputs[1]],
    };
    expect(changed(rotated)).to.throw(/bring samples together/);
    expect(changed({ batch: { samples: 2048, bits: 23 } })).to.throw(/slots a sample/);
    expect(changed({ batch: { samples: 4096, bits: 24 } })).to.throw(/24 bits/);
    expect(changed({ keys: [] })).to.throw(/batchPublic/);
  });
});

describe("a batch's layout", () => {
  const { plan } = compileBatch(new GraphWriter([2], 9).dense("a", 2, 2).graph());

  it("puts element by element a sample in a slot, and zeros after the last", () => {
    const samples = checkBatchSamples(plan, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
    const [first, second] = plan.inputs.map((input) => applyBatchLayout(input, samples, 8));
    expect([...first]).to.deep.equal([0.1, 0.3, 0.5, 0, 0, 0, 0, 0]);
    expect([...second]).to.deep.equal([0.2, 0.4, 0.6, 0, 0, 0, 0, 0]);
    expect(readBatchOutputs([first, second], 2).map((row) => [...row])).to.deep.equal([
      [0.1, 0.2],
      [0.3, 0.4],
    ]);
  });

  it("refuses parts of samples, too many, and values outside the range, and quotes none", () => {
    for (const values of [[], [0.5], new Float64Array(2 * 4097), [0, 1.5], [0, Number.NaN], [0, Infinity]])
      expect(() => checkBatchSamples(plan, values))
        .to.throw(InputError)
        .with.property("message")
        .not.match(/1\.5|NaN/);
    expect(() =>
      checkBatchSamples(
        { ...compileBatch(new GraphWriter([2], 9).dense("a", 2, 2).graph(), { batch: false }).plan },
        [0, 0],
      ),
    ).to.throw(/one sample at a time/);
  });
});
