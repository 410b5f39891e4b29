import { expect } from "chai";
import fc from "fast-check";
import { loadClearModel } from "../../../../offchain/fhe/engine/clear.ts";
import { evaluateGraph } from "../../../../offchain/fhe/graph/evaluate.ts";
import { elementCount, type Graph } from "../../../../offchain/fhe/graph/graph.ts";
import { checkPlan, parsePlan, planBytes } from "../../../../offchain/fhe/plan/canonical.ts";
import { compile, type CompiledModel, type CompileOptions } from "../../../../offchain/fhe/plan/compile.ts";
import { CompileError } from "../../../../offchain/fhe/plan/errors.ts";
import { applyInputLayout, readOutputs, repeated } from "../../../../offchain/fhe/plan/layout.ts";
import { GraphWriter, paddedWindow, plainWindow, randomSamples } from "./random-graph.ts";

const RANGE = { min: -1, max: 1 };

function compileRandom(graph: Graph, options: Partial<CompileOptions> = {}): CompiledModel {
  const calibration = randomSamples(4, elementCount(graph.nodes[0].shape), 77);
  return compile(graph, { calibration, inputRange: RANGE, ...options });
}

/** What the plan gives with no encryption, on its slot values or on the integers of the package. */
async function runClear(
  { plan, constants }: CompiledModel,
  input: Float64Array,
  encoded: boolean,
): Promise<Float64Array> {
  const slots = plan.params.n / 2;
  const values = encoded
    ? { residues: constants.residues() }
    : { slots: constants.vectors.map((vector) => repeated(vector, slots)) };
  const model = loadClearModel(checkPlan(plan), values);
  using user = await model.openKeys(undefined);
  return readOutputs(plan, await user.run([applyInputLayout(plan.inputs[0], input, slots)]));
}

/** @param encoded whether the constants go through integers, which rounds them to about 30 bits */
async function expectSameAsGraph(
  graph: Graph,
  options: Partial<CompileOptions>,
  seed: number,
  encoded = false,
): Promise<CompiledModel> {
  const compiled = compileRandom(graph, options);
  const input = randomSamples(1, elementCount(graph.nodes[0].shape), seed);
  const expected = evaluateGraph(graph, input);
  const actual = await runClear(compiled, input, encoded);
  expect(actual).to.have.length(expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  expected.forEach((value, k) => expect(actual[k]).to.be.closeTo(value, (encoded ? 1e-5 : 1e-11) * largest));
  return compiled;
}

const everyWay: Partial<CompileOptions>[] = [
  { layout: "diagonal", compact: true },
  { layout: "diagonal", compact: false },
  { layout: "hybrid", compact: true },
  { layout: "hybrid", compact: false },
  { semantics: "hoisted-1", compact: true },
  { semantics: "hoisted-1", compact: false },
];
const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const size = (max: number) => fc.integer({ min: 1, max });

describe("a compiled model computes what the graph does", function () {
  this.timeout(120_000);

  it("for multilayer perceptrons of any width, in both layouts, compact or not", async () => {
    await fc.assert(
      fc.asyncProperty(
        size(40),
        size(20),
        size(12),
        size(9),
        seeds,
        fc.constantFrom(...everyWay),
        async (a, b, c, d, seed, way) => {
          const writer = new GraphWriter([a], seed);
          writer.dense("one", a, b).then("square", { op: "square" }).dense("two", b, c);
          writer.then("quadratic", { op: "polynomial", coefficients: [0.5, 1, -0.5] }).dense("three", c, d);
          await expectSameAsGraph(writer.graph(), way, seed);
        },
      ),
      { numRuns: 10 },
    );
  });

  it("for convolutions laid out by the client, and those further on", async () => {
    for (const [k, way] of everyWay.entries()) {
      const writer = new GraphWriter([9, 8, 2], k);
      writer.conv2d("conv", 2, 3, plainWindow(3, 2)).then("square", { op: "square" });
      writer.conv2d("second", 3, 2, plainWindow(2, 1)).then("again", { op: "square" });
      writer.then("flatten", { op: "reshape", shape: [12] }).dense("last", 12, 5);
      const { plan, report } = await expectSameAsGraph(writer.graph(), way, k, true);
      const forms = report.layers.map(({ layout }) => layout?.form ?? "square");
      // Where the cost model weighs otherwise, the convolutions lie on a grid, and the plan says so.
      const onGrid = way.layout !== "diagonal" && forms[0] === "grid";
      const [first, second] = onGrid ? ["grid", "grid"] : ["windows", "matrix"];
      expect(forms.slice(0, 4)).to.deep.equal([first, "square", second, "square"]);
      const hybrid = onGrid ? "grid/1" : way.semantics === "hoisted-1" ? "hybrid/2" : "hybrid/1";
      expect(plan.compiler).to.equal(way.layout === "diagonal" ? "diagonal/1" : hybrid);
      expect(plan.semantics).to.equal(way.semantics ?? "seal-4.1");
    }
  });

  it("for models that begin with a square, are one layer, or end in a convolution", async () => {
    for (const [k, way] of everyWay.entries()) {
      const squareFirst = new GraphWriter([2, 3], k)
        .then("turn", { op: "permute", order: [1, 0] })
        .then("square", { op: "square" });
      squareFirst.then("flatten", { op: "reshape", shape: [6] }).dense("last", 6, 3);
      await expectSameAsGraph(squareFirst.graph(), way, k);
      await expectSameAsGraph(new GraphWriter([5], k).dense("only", 5, 7).graph(), way, k);
      await expectSameAsGraph(new GraphWriter([6, 6, 1], k).conv2d("only", 1, 3, plainWindow(3, 2)).graph(), way, k);
    }
  });

  it("for values of more numbers than there are slots, in parts", async () => {
    for (const [k, semantics] of (["seal-4.1", "hoisted-1"] as const).entries()) {
      const writer = new GraphWriter([12, 12, 1], k).conv2d("wide", 1, 170, plainWindow(3, 1));
      writer.then("square", { op: "square" }).then("pool", { op: "averagePool", window: plainWindow(10, 10) });
      writer.then("flatten", { op: "reshape", shape: [170] }).dense("last", 170, 5);
      const { plan } = await expectSameAsGraph(writer.graph(), { semantics }, k, true);
      const squares = plan.instructions.filter(({ op }) => op === "square").length;
      expect(squares).to.be.at.least((10 * 10 * 170) / (plan.params.n / 2));
    }
  });

  it("for more outputs than a compact result holds, in as few as hold them, whose parts are alike", async () => {
    const shape = fc.record({ inputs: size(40), hidden: size(20), outputs: fc.integer({ min: 65, max: 200 }) });
    const ways = everyWay.filter(({ compact }) => compact);
    await fc.assert(
      fc.asyncProperty(
        shape,
        fc.constantFrom(...ways),
        fc.constantFrom(16, 18),
        seeds,
        async (sizes, way, bits, seed) => {
          const { inputs, hidden, outputs } = sizes;
          const labels = Array.from({ length: outputs }, (_, k) => `class ${k}`);
          const graph = new GraphWriter([inputs], seed)
            .dense("first", inputs, hidden)
            .then("square", { op: "square" })
            .dense("last", hidden, outputs)
            .graph();
          const { plan } = await expectSameAsGraph(graph, { ...way, bits, labels }, seed);
          const parts = plan.outputs.map(({ layout }) => layout.slots.length);
          expect(parts).to.have.length(Math.ceil(outputs / (bits === 18 ? 32 : 64)));
          expect(Math.max(...parts) - Math.min(...parts)).to.be.at.most(1);
          expect(plan.outputs.flatMap((output) => output.labels)).to.deep.equal(labels);
          expect(new Set(plan.outputs.map(({ layout }) => layout.period)).size).to.equal(1);
        },
      ),
      // One more than fits: two parts of which one is as long as a power of two.
      {
        numRuns: 12,
        examples: [[{ inputs: 1, hidden: 1, outputs: 65 }, { layout: "diagonal", compact: true }, 16, 0]],
      },
    );
  });

  it("for a convolution with more outputs than a compact result holds, on a grid until then", async () => {
    const writer = new GraphWriter([12, 12, 1], 5).conv2d("first", 1, 2, plainWindow(2, 1));
    const graph = writer.then("square", { op: "square" }).conv2d("last", 2, 1, plainWindow(3, 1)).graph();
    const { plan } = await expectSameAsGraph(graph, { semantics: "hoisted-1" }, 9);
    expect(plan.outputs.map(({ layout }) => layout.slots.length)).to.deep.equal([41, 40]);
  });

  it("for branches with different squares on their way", async () => {
    for (const [k, way] of everyWay.entries()) {
      const writer = new GraphWriter([6], k).dense("one", 6, 5).then("square", { op: "square" }).dense("two", 5, 4);
      writer.dense("beside", 6, 4, 0).then("add", { op: "add" }, 3, 4);
      writer.then("again", { op: "polynomial", coefficients: [0.1, 1, 0.5] }).dense("three", 4, 4);
      writer.then("join", { op: "concatenate", axis: 0 }, writer.last, 1, 5).dense("last", 13, 3);
      const { plan } = await expectSameAsGraph(writer.graph(), way, k, true);
      expect(plan.inputs[0].level).to.equal(6);
    }
  });

  it("for residual blocks, whose branches lie on one grid", async () => {
    const around = paddedWindow(3, 1, 1);
    const bend = { op: "polynomial", coefficients: [0.1, 1, 0.5] } as const;
    for (const semantics of ["seal-4.1", "hoisted-1"] as const) {
      const writer = new GraphWriter([6, 6, 1], 3).conv2d("stem", 1, 4, around).then("bend", bend);
      writer.conv2d("inner", 4, 4, around).then("again", bend).conv2d("outer", 4, 4, around);
      writer.then("meet", { op: "add" }, writer.last, 2).then("last bend", bend);
      const graph = writer.then("pool", { op: "averagePool", window: plainWindow(6, 1) }).graph();
      const { plan, report } = await expectSameAsGraph(graph, { semantics }, 8);
      expect(plan.compiler).to.equal("grid/1");
      expect(report.operations.plainProducts).to.be.below(200);
    }
  });

  it("in deeper models too, in the parameter set that has the levels", async () => {
    const writer = new GraphWriter([8], 3);
    for (const name of ["one", "two", "three", "four"])
      writer.dense(name, 8, 8).then(`${name} squared`, { op: "square" });
    writer.dense("last", 8, 4);
    const { plan } = await expectSameAsGraph(writer.graph(), { layout: "hybrid" }, 3);
    expect(plan.params.id).to.equal("n16384-d13-s1");
    expect(plan.inputs[0].level).to.equal(10);
  });

  it("with layers whose weights are partly zero, whose plaintexts are dropped", async () => {
    const writer = new GraphWriter([16], 1);
    const kernel = new Float64Array(16 * 16);
    for (let i = 0; i < 16; i++) kernel[i * 16 + i] = 1 + i;
    writer
      .then("diagonal", { op: "dense", units: 16, kernel, bias: null })
      .then("square", { op: "square" })
      .dense("last", 16, 2);
    const { report } = await expectSameAsGraph(writer.graph(), { layout: "diagonal" }, 5);
    expect(report.layers[0].plainProducts).to.equal(1);
  });

  it("with layers that have hardly any weight, whose plaintexts would round to zero", async () => {
    for (const way of everyWay) {
      const writer = new GraphWriter([16], 1).dense("one", 16, 16).then("square", { op: "square" });
      const kernel = new Float64Array(16 * 16);
      for (let i = 0; i < 16; i++) kernel[i * 16 + i] = 1;
      kernel[1] = 1e-12;
      kernel[2] = 1e-7;
      writer
        .then("pruned", { op: "dense", units: 16, kernel, bias: null })
        .then("again", { op: "square" })
        .dense("last", 16, 2);
      const { plan, constants } = await expectSameAsGraph(writer.graph(), way, 5, true);
      const residues = constants.residues();
      let at = 0;
      for (const { level } of plan.constants) {
        expect(residues.subarray(at, at + plan.params.n).some((residue) => residue !== 0)).to.equal(true);
        at += level * plan.params.n;
      }
    }
  });
});

describe("a compiled plan", function () {
  this.timeout(30_000);
  const graph = new GraphWriter([20], 11)
    .dense("one", 20, 9)
    .then("square", { op: "square" })
    .dense("two", 9, 3)
    .graph();

  it("passes its own checks, is canonical, and is the same when compiled again", () => {
    const { plan } = compileRandom(graph);
    expect(parsePlan(planBytes(plan)).plan).to.deep.equal(plan);
    expect(compileRandom(graph).plan).to.deep.equal(plan);
  });

  it("says what the options asked for", () => {
    const { plan } = compileRandom(graph, {
      labels: ["a", "b", "c"],
      model: "three",
      bits: 18,
      margin: 2,
      inputRange: { min: -1.5, max: 1.25 },
    });
    expect(plan.model).to.equal("three");
    expect(plan.outputs[0].labels).to.deep.equal(["a", "b", "c"]);
    expect(plan.inputs[0].range).to.deep.equal({ min: "-1.5", max: "1.25" });
    expect(plan.instructions.at(-1)).to.include({ op: "compact", ring: 1024, bits: 18, period: 4 });
    const samples = randomSamples(4, 20, 77);
    const largest = Math.max(
      ...[0, 1, 2, 3].flatMap((k) => [...evaluateGraph(graph, samples.subarray(20 * k, 20 * k + 20))].map(Math.abs)),
    );
    expect(Number(plan.outputs[0].bound) / (2 * largest)).to.be.within(1, 1.001);
  });

  it("uses no more levels than it has stages", () => {
    expect(compileRandom(graph).plan.inputs[0].level).to.equal(4);
  });

  it("tells layer by layer where levels, rotations and products go", () => {
    const { report, plan } = compileRandom(graph, { layout: "diagonal" });
    expect(report.layers.map(({ name, levels }) => [name, ...levels])).to.deep.equal([
      ["one", 4, 3],
      ["square", 3, 2],
      ["two", 2, 1],
    ]);
    // 16 of 32 columns: three baby steps, three giant steps, one fold; then 4 of 16: three rotations and two folds.
    expect(report.layers.map(({ rotations }) => rotations)).to.deep.equal([7, 0, 5]);
    expect(report.operations.rotations).to.equal(plan.instructions.filter(({ op }) => op === "rotate").length);
  });
});

describe("a model is not compiled, and the refusal says why,", function () {
  this.timeout(20_000);

  const refusal = (graph: Graph, options: Partial<CompileOptions>, message: RegExp): void => {
    expect(() => compileRandom(graph, options)).to.throw(CompileError, message);
  };
  const dense = (inputs: number, units: number): Graph =>
    new GraphWriter([inputs], 1).dense("only", inputs, units).graph();

  it("when it is too deep, naming the layer and the depth it needs", () => {
    const writer = new GraphWriter([4], 3);
    for (let k = 1; k <= 7; k++) writer.dense(`dense ${k}`, 4, 4).then(`square ${k}`, { op: "square" });
    refusal(
      writer.dense("last", 4, 2).graph(),
      {},
      /"dense 7" is at depth 13 of a model that needs 15, and the deepest parameter set allows 12/,
    );
  });

  it("when it is too wide for the slots", () => {
    const writer = new GraphWriter([9000], 1).then("square", { op: "square" }).dense("wide", 9000, 2);
    refusal(writer.graph(), {}, /"wide" maps 9000 numbers to 2, which fits no layout in 8192 slots/);
  });

  it("when its compact results would take more products than there may be", () => {
    refusal(dense(64, 64 * 64 + 1), {}, /"only" maps 64 numbers to 4097, which fits no layout/);
  });

  it("when a layer has only zeros for weights", () => {
    const zero = new GraphWriter([4], 1).dense("one", 4, 4).then("square", { op: "square" });
    zero.then("empty", { op: "dense", units: 2, kernel: new Float64Array(8), bias: Float64Array.of(1, 2) });
    refusal(zero.graph(), {}, /"empty" has no weight that differs from zero/);
  });

  it("when its values could wrap around within the declared range, naming the layer", () => {
    const writer = new GraphWriter([4], 1).dense("first", 4, 4).then("square", { op: "square" }).dense("second", 4, 4);
    writer.then("again", { op: "square" }).dense("last", 4, 2);
    const graph = writer.graph();
    const calibration = randomSamples(4, 4, 1);
    expect(() => compile(graph, { calibration, inputRange: { min: -1e12, max: 1e12 } })).to.throw(
      CompileError,
      /"(second|again)" could wrap around: .* by \d+\.\d bits/,
    );
  });

  it("when the settings make no sense", () => {
    const graph = dense(4, 2);
    const calibration = randomSamples(2, 4, 1);
    refusal(graph, { calibration: calibration.subarray(0, 7) }, /takes 4 numbers, and the calibration inputs are 7/);
    refusal(graph, { calibration: new Float64Array() }, /calibration inputs are 0/);
    refusal(graph, { calibration: Float64Array.of(0, 0, 0, NaN) }, /outside its declared input range/);
    refusal(graph, { inputRange: { min: 0, max: 1 }, calibration }, /outside its declared input range/);
    refusal(graph, { inputRange: { min: 1, max: -1 } }, /input range that is not/);
    refusal(graph, { inputRange: { min: -Infinity, max: 1 } }, /input range that is not/);
    refusal(graph, { inputRange: { min: -1e-7, max: 1 } }, /too many decimal places/);
    refusal(graph, { margin: 0.5 }, /margin of 0.5/);
    refusal(graph, { bits: 13 }, /results of 13 bits/);
    refusal(graph, { labels: ["", "two"] }, /name or a label that is empty/);
    refusal(graph, { model: "" }, /name or a label that is empty/);
    refusal(graph, { labels: ["one"] }, /2 outputs and was given 1 labels/);
  });
});
