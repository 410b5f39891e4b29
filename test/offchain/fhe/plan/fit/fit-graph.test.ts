import { expect } from "chai";
import { evaluateGraph, evaluateNodes } from "../../../../../offchain/fhe/graph/evaluate.ts";
import type { Graph } from "../../../../../offchain/fhe/graph/graph.ts";
import { compile, type CompileOptions } from "../../../../../offchain/fhe/plan/compile.ts";
import { CompileError } from "../../../../../offchain/fhe/plan/errors.ts";
import { compareOutputs } from "../../../../../offchain/fhe/plan/fit/accuracy.ts";
import { fitGraph } from "../../../../../offchain/fhe/plan/fit/fit-graph.ts";
import { outsideRanges } from "../../../../../offchain/fhe/plan/fit/outside-ranges.ts";
import { loadClearModel } from "../../../../../offchain/fhe/engine/clear.ts";
import { checkPlan } from "../../../../../offchain/fhe/plan/canonical.ts";
import { applyInputLayout, readOutput } from "../../../../../offchain/fhe/plan/layout.ts";
import { GraphWriter, plainWindow, randomSamples } from "../random-graph.ts";

const SIZE = 12;

function perceptron(kind: "relu" | "tanh", seed = 3): Graph {
  return new GraphWriter([SIZE], seed)
    .dense("one", SIZE, 10)
    .then("act one", { op: "activation", activation: { kind } })
    .dense("two", 10, 8)
    .then("act two", { op: "activation", activation: { kind: "leakyRelu", slope: 0.1 } })
    .dense("last", 8, 4)
    .graph();
}

function split(calibration: Float64Array): Float64Array[] {
  return Array.from({ length: calibration.length / SIZE }, (_, k) => calibration.subarray(k * SIZE, (k + 1) * SIZE));
}

const calibration = randomSamples(80, SIZE, 5);
const samples = split(calibration);
const inputRange = { min: -1, max: 1 };
const compiled = (options: Partial<CompileOptions> = {}, graph = perceptron("relu")): ReturnType<typeof compile> =>
  compile(graph, { calibration, inputRange, ...options });

describe("fitting the activations of a graph", function () {
  this.timeout(30_000);

  it("puts polynomials where activations were and leaves everything else", () => {
    const graph = perceptron("relu");
    const { graph: fitted, activations } = fitGraph(graph, samples, { degreeOf: (node) => (node === 2 ? 4 : 2) });
    expect(fitted.nodes.map(({ name }) => name)).to.deep.equal([
      "input",
      "one",
      "act one",
      "act one",
      "two",
      "act two",
      "last",
    ]);
    expect(fitted.nodes.some(({ operation }) => operation.op === "activation")).to.equal(false);
    expect(
      activations.map(({ layer, activation, degree, operand }) => [layer, activation, degree, operand]),
    ).to.deep.equal([
      ["act one", "relu", 4, 1],
      ["act two", "leakyRelu(0.1)", 2, 4],
    ]);
  });

  it("calibrates every layer on what earlier fits let through, not on what the trained model would", () => {
    const graph = perceptron("relu");
    const fit = fitGraph(graph, samples, { degreeOf: () => 2 });
    for (const { operand, ranges } of fit.activations) {
      const channels = fit.graph.nodes[operand].shape[0];
      const values = samples.map((sample) => evaluateNodes(fit.graph, sample)[operand]);
      for (let c = 0; c < channels; c++) {
        const seen = values.map((value) => value[c]);
        const { min, max } = ranges[c % ranges.length];
        expect(min).to.be.at.most(Math.min(...seen));
        expect(max).to.be.at.least(Math.max(...seen));
        if (ranges.length > 1) expect([min, max]).to.deep.equal([Math.min(...seen), Math.max(...seen)]);
      }
    }
  });

  it("reports what the polynomials are off by, at the activation and at the outputs", () => {
    const graph = perceptron("relu");
    const fit = fitGraph(graph, samples, { degreeOf: () => 2 });
    const [first] = fit.activations;
    let [squared, count] = [0, 0];
    for (const sample of samples) {
      const values = evaluateNodes(fit.graph, sample);
      values[first.operand].forEach((x, k) => {
        squared += (Math.max(0, x) - values[first.operand + 1][k]) ** 2;
        count++;
      });
    }
    expect(first.rmsError).to.be.closeTo(Math.sqrt(squared / count), 1e-12);
    expect(first.relativeError).to.be.within(0.01, 0.5);
    const exact = samples.map((sample) => evaluateGraph(graph, sample));
    const fitted = samples.map((sample) => evaluateGraph(fit.graph, sample));
    expect(fit.accuracy).to.deep.equal(compareOutputs(exact, fitted, "none"));
  });

  it("comes closer with compositions than with parabolas", () => {
    const graph = perceptron("tanh");
    const error = (degree: 2 | 4): number => fitGraph(graph, samples, { degreeOf: () => degree }).accuracy.rmsError;
    expect(error(4)).to.be.below(0.7 * error(2));
  });

  it("tells how far an input leaves the calibrated range, and where", () => {
    const fit = fitGraph(perceptron("relu"), samples, { degreeOf: () => 2 });
    expect(outsideRanges(fit, samples[0])).to.deep.equal([]);
    const far = samples[0].map((value) => 10 * value);
    const [excess] = outsideRanges(fit, far);
    const [first] = fit.activations;
    expect(excess.layer).to.equal("act one");
    const value = evaluateNodes(fit.graph, far)[first.operand][excess.channel];
    const { min, max } = first.ranges[excess.channel % first.ranges.length];
    expect(excess.widths).to.be.closeTo(Math.max(min - value, value - max) / (max - min), 1e-12);
    expect(excess.widths).to.be.above(0.5);
  });

  it("refuses a layer that numbers reach which are not finite, naming it", () => {
    const graph = new GraphWriter([2], 1)
      .then("power", { op: "polynomial", coefficients: [0, 0, 1e308] })
      .then("power again", { op: "polynomial", coefficients: [0, 0, 1e308] })
      .then("act", { op: "activation", activation: { kind: "tanh" } })
      .graph();
    expect(() => fitGraph(graph, [[1, 2]], { degreeOf: () => 2 })).to.throw(
      CompileError,
      /"act" is reached by numbers/,
    );
  });
});

describe("comparing two models", () => {
  const exact = [Float64Array.of(3, 1), Float64Array.of(0, 1), Float64Array.of(2, 5), Float64Array.of(4, 1)];
  const fitted = [Float64Array.of(3, 1), Float64Array.of(1, 0), Float64Array.of(2, 3), Float64Array.of(4, 1)];

  it("counts classes that agree, and classes that are right", () => {
    const { agreement, labelled, maxError, rmsError } = compareOutputs(exact, fitted, "softmax", [0, 1, 1, 1]);
    expect([agreement, labelled, maxError]).to.deep.equal([0.75, { exact: 0.75, fitted: 0.5 }, 2]);
    expect(rmsError).to.be.closeTo(Math.sqrt(6 / 8), 1e-15);
  });

  it("takes the sign of a single number that a sigmoid is for, and of no other", () => {
    const one = [Float64Array.of(1), Float64Array.of(-1)];
    const other = [Float64Array.of(2), Float64Array.of(0.5)];
    expect(compareOutputs(one, other, "sigmoid").agreement).to.equal(0.5);
    expect(compareOutputs(one, other, "none").agreement).to.equal(null);
  });
});

describe("compiling a model with activations", function () {
  this.timeout(60_000);

  it("gives a plan that computes the fitted graph", async () => {
    for (const degree of [2, 4] as const) {
      const model = compiled({ activations: { degree }, compact: false });
      const checked = checkPlan(model.plan);
      using user = await loadClearModel(checked, { residues: model.constants.residues() }).openKeys(undefined);
      const [input] = split(randomSamples(1, SIZE, 99));
      const [slots] = await user.run([applyInputLayout(checked.plan.inputs[0], input, checked.plan.params.n / 2)]);
      const expected = evaluateGraph(model.graph, input);
      readOutput(checked.plan.outputs[0].layout, slots).forEach((value, k) => {
        expect(value).to.be.closeTo(expected[k], 1e-4);
      });
      expect(checked.plan.layers).to.have.length(degree === 2 ? 5 : 7);
    }
  });

  it("has room for parabolas that are nearly lines, whose vertex is far away, under either semantics and in a batch", async () => {
    // 0.001·x² + x = 0.001·(x + 500)² − 250; the sum of ten of them is thousands of times the largest output.
    const graph = new GraphWriter([SIZE], 7)
      .dense("one", SIZE, 10)
      .then("nearly a line", { op: "polynomial", coefficients: [0, 1, 0.001] })
      .then("last", { op: "dense", units: 1, kernel: new Float64Array(10).fill(1), bias: null })
      .graph();
    for (const semantics of ["seal-4.1", "hoisted-1"] as const) {
      const model = compile(graph, { calibration, inputRange, semantics });
      const checked = checkPlan(model.plan);
      using user = await loadClearModel(checked, { residues: model.constants.residues() }).openKeys(undefined);
      const [input] = samples;
      const [slots] = await user.run([applyInputLayout(checked.plan.inputs[0], input, checked.plan.params.n / 2)]);
      const [value] = readOutput(checked.plan.outputs[0].layout, slots);
      expect(value).to.be.closeTo(evaluateGraph(model.graph, input)[0], 1e-3);
    }
    const { constants } = compile(graph, { calibration, inputRange, batch: true });
    expect(() => constants.residues()).to.not.throw();
  });

  it("works for convolutions, channel by channel, and for activations of the input itself", async () => {
    const graph = new GraphWriter([6, 6, 1], 2)
      .then("first", { op: "activation", activation: { kind: "softplus" } })
      .conv2d("conv", 1, 3, plainWindow(3, 1))
      .then("act", { op: "activation", activation: { kind: "swish" } })
      .then("pool", { op: "averagePool", window: plainWindow(2, 2) })
      .then("flatten", { op: "reshape", shape: [12] })
      .dense("last", 12, 3)
      .graph();
    const model = compile(graph, { calibration: randomSamples(40, 36, 8), inputRange, compact: false });
    const checked = checkPlan(model.plan);
    using user = await loadClearModel(checked, { residues: model.constants.residues() }).openKeys(undefined);
    const input = randomSamples(1, 36, 77);
    const [slots] = await user.run([applyInputLayout(checked.plan.inputs[0], input, checked.plan.params.n / 2)]);
    const expected = evaluateGraph(model.graph, input);
    readOutput(checked.plan.outputs[0].layout, slots).forEach((value, k) => {
      expect(value).to.be.closeTo(expected[k], 1e-4);
    });
    expect(model.report.fit!.activations.map(({ layer }) => layer)).to.deep.equal(["first", "act"]);
  });

  it("reports the fit, and nothing where nothing was fitted", () => {
    const { fit } = compiled().report;
    expect(fit!.activations.map(({ layer, activation }) => [layer, activation])).to.deep.equal([
      ["act one", "relu"],
      ["act two", "leakyRelu(0.1)"],
    ]);
    expect(JSON.parse(JSON.stringify(fit))).to.deep.equal(fit);
    const plain = new GraphWriter([SIZE], 1).dense("only", SIZE, 2).graph();
    expect(compiled({}, plain).report.fit).to.equal(null);
  });

  it("spends levels to spare on compositions when asked to decide, and none that there are not", () => {
    const shallow = new GraphWriter([SIZE], 3)
      .dense("one", SIZE, 10)
      .then("act", { op: "activation", activation: { kind: "tanh" } })
      .dense("last", 10, 4)
      .graph();
    const automatic = compiled({ activations: { degree: "auto" } }, shallow);
    const parabola = compiled({}, shallow);
    expect(automatic.plan.params.id).to.equal(parabola.plan.params.id);
    expect(automatic.report.fit!.activations.map(({ degree }) => degree)).to.deep.equal([4]);
    expect(automatic.report.fit!.accuracy.rmsError).to.be.below(0.5 * parabola.report.fit!.accuracy.rmsError);
    // Five stages fill the smallest parameter set.
    const full = compiled({ activations: { degree: "auto" } }, perceptron("tanh"));
    expect(full.report.fit!.activations.map(({ degree }) => degree)).to.deep.equal([2, 2]);
  });

  it("spends them on one of two branches, with the level that takes the other one along", () => {
    const writer = new GraphWriter([SIZE], 3)
      .dense("left", SIZE, 6)
      .then("tanh", { op: "activation", activation: { kind: "tanh" } })
      .dense("right", SIZE, 6, 0)
      .then("relu", { op: "activation", activation: { kind: "relu" } });
    const graph = writer.then("join", { op: "concatenate", axis: 0 }, 2, 4).dense("last", 12, 4).graph();
    const model = compiled({ activations: { degree: "auto" } }, graph);
    expect(model.report.fit!.activations.map(({ degree }) => degree)).to.deep.equal([4, 2]);
    expect(model.plan.params.id).to.equal("n8192-d6-s1");
    expect(model.plan.layers).to.have.length(5);
  });

  it("refuses to lose more accuracy than it may, with the numbers", () => {
    const graph = perceptron("tanh", 1);
    const labels = samples.map((sample) => {
      const values = evaluateGraph(graph, sample);
      return values.indexOf(Math.max(...values));
    });
    const { fit } = compiled({ calibrationLabels: labels }, graph).report;
    const { exact, fitted } = fit!.accuracy.labelled!;
    expect(exact).to.equal(1);
    expect(fitted).to.be.within(0.5, 0.99);
    expect(() => compiled({ calibrationLabels: labels, maxDrop: 1 - fitted }, graph)).to.not.throw();
    expect(() => compiled({ calibrationLabels: labels, maxDrop: (1 - fitted) / 2 }, graph)).to.throw(
      CompileError,
      new RegExp(`falls from 100.0 % to ${(100 * fitted).toFixed(1)} % right on 80 calibration inputs`),
    );
    expect(() => compiled({ maxDrop: 0 }, graph)).to.throw(
      CompileError,
      /gives another answer on .* of 80 calibration inputs/,
    );
  });

  it("refuses settings that make no sense", () => {
    expect(() => compiled({ maxDrop: 1.5 })).to.throw(CompileError, /cannot lose 1.5 of its accuracy/);
    expect(() => compiled({ calibrationLabels: [1, 2] })).to.throw(CompileError, /80 calibration inputs and 2 labels/);
    expect(() => compiled({ activations: { degree: 3 as 2 } })).to.throw(CompileError, /activations of degree 3/);
  });
});
