import { expect } from "chai";

import { importTfjs } from "../../../offchain/fhe/graph/import-tfjs.ts";
import type { Graph } from "../../../offchain/fhe/graph/graph.ts";
import { liveSealHandles } from "../../../offchain/fhe/engine/seal-handles.ts";
import { checkPlan } from "../../../offchain/fhe/plan/canonical.ts";
import { compile } from "../../../offchain/fhe/plan/compile.ts";
import { fromDecimal } from "../../../offchain/fhe/plan/decimal.ts";
import { outsideRanges } from "../../../offchain/fhe/plan/fit/outside-ranges.ts";
import type { CheckedPlan } from "../../../offchain/fhe/plan/typecheck.ts";
import { requireAccuracy, requireWithinBound } from "../../../offchain/publisher/judge.ts";
import { measureUnderEncryption } from "../../../offchain/publisher/measure.ts";
import type { Samples } from "../../../offchain/publisher/types.ts";
import { GraphWriter, randomSamples } from "../fhe/plan/random-graph.ts";
import { failure } from "../storage/helpers.ts";
import { smallModel } from "./world.ts";

describe("Measuring under encryption", function () {
  this.timeout(120_000);
  let graph: Graph;
  let checked: CheckedPlan;
  let residues: Uint32Array<ArrayBuffer>;
  let samples: Samples;
  let classes: number[];
  let handles: number;

  before(async () => {
    handles = liveSealHandles();
    const model = await smallModel();
    ({ samples, classes } = model);
    graph = importTfjs(model.source.modelJson, model.source.weights);
    const compiled = compile(graph, model.compile);
    checked = checkPlan(compiled.plan);
    residues = compiled.constants.residues();
  });

  it("counts what TensorFlow.js and the labels say, and stays within the plan's bound", async () => {
    const wrong = (classes[1] + 1) % 3;
    const parts: number[] = [];
    const measured = await measureUnderEncryption(
      graph,
      checked,
      residues,
      { ...samples, labels: [classes[0], wrong, classes[2]] },
      { onProgress: (part) => parts.push(part) },
    );
    expect(measured.samples).to.equal(3);
    expect(measured.plain).to.equal(2 / 3);
    expect(measured.encrypted).to.equal(2 / 3);
    expect(measured.maxAbsError).to.be.within(1e-12, fromDecimal(checked.plan.estimates.errorBound));
    expect(measured.milliseconds).to.be.greaterThan(0);
    expect(parts).to.deep.equal(parts.toSorted((a, b) => a - b));
    expect(parts.at(-1)).to.equal(1);
    expect(liveSealHandles()).to.equal(handles);
  });

  it("tells when the weights are not the model's", async () => {
    const other = residues.slice();
    other.copyWithin(0, other.length / 2);
    const measured = await measureUnderEncryption(graph, checked, other, samples);
    expect(measured.plain).to.equal(1);
    expect(() => {
      requireWithinBound(measured, checked.plan);
    })
      .to.throw()
      .with.property("code", "PUBLISH_ERROR_BOUND");
  });

  it("holds errors to what the plan computes, and answers to the model as it was trained", async () => {
    const trained = new GraphWriter([6], 5)
      .dense("one", 6, 8)
      .then("relu", { op: "activation", activation: { kind: "relu" } })
      .dense("two", 8, 3)
      .graph();
    const inputs = randomSamples(40, 6, 1);
    const fitted = compile(trained, { calibration: inputs, inputRange: { min: -1, max: 1 } });
    const first = { inputs: inputs.subarray(0, 12), data: "random" };
    const measure = (graph: Graph): ReturnType<typeof measureUnderEncryption> =>
      measureUnderEncryption(graph, checkPlan(fitted.plan), fitted.constants.residues(), first, {
        trained,
        activations: fitted.activations,
      });
    const bound = fromDecimal(fitted.plan.estimates.errorBound);
    const measured = await measure(fitted.graph);
    expect(measured.outside).to.deep.equal({ samples: 0, farthest: undefined });
    expect(measured.maxAbsError).to.be.within(1e-12, bound);
    expect(measured.plain).to.equal(1);
    expect((await measure(trained)).maxAbsError).to.be.above(measured.maxAbsError);
    expect(fitted.report.fit?.accuracy.maxError).to.be.above(0);
  });

  it("tells of samples that leave the range an activation was fitted on, and how far", async () => {
    const trained = new GraphWriter([2], 5)
      .dense("one", 2, 1)
      .then("swish", { op: "activation", activation: { kind: "swish" } })
      .dense("two", 1, 2)
      .graph();
    const inner = randomSamples(40, 2, 1, [-0.1, 0.1]);
    const fitted = compile(trained, { calibration: inner, inputRange: { min: -1, max: 1 } });
    const inputs = Float64Array.of(...inner.subarray(0, 4), 1, 1);
    const { outside } = await measureUnderEncryption(
      fitted.graph,
      checkPlan(fitted.plan),
      fitted.constants.residues(),
      { inputs, data: "random" },
      { activations: fitted.activations, trained },
    );
    expect(outside.samples).to.equal(1);
    expect(outside.farthest).to.deep.equal(outsideRanges(fitted, [1, 1])[0]);
  });

  it("refuses samples that are no inputs, or labels that do not fit", async () => {
    const measure = (change: Partial<Samples>) =>
      measureUnderEncryption(graph, checked, residues, { ...samples, ...change });
    await failure(measure({ inputs: new Float32Array(0) }), "PUBLISH_SAMPLES");
    await failure(measure({ inputs: new Float32Array(7) }), "PUBLISH_SAMPLES");
    await failure(measure({ labels: [1] }), "PUBLISH_SAMPLES");
    await failure(measure({ inputs: new Float32Array(6).fill(1.01) }), "INPUT_REFUSED");
    await failure(measure({ inputs: new Float32Array(6).fill(Number.NaN) }), "INPUT_REFUSED");
    expect(liveSealHandles()).to.equal(handles);
  });

  it("stops when cancelled and frees what it made", async () => {
    for (const at of [0.1, 0.3]) {
      const controller = new AbortController();
      const outcome = await measureUnderEncryption(graph, checked, residues, samples, {
        signal: controller.signal,
        onProgress: (part) => {
          if (part >= at) controller.abort();
        },
      }).then(
        () => "measured",
        (error: unknown) => (error as Error).name,
      );
      expect(outcome).to.equal("AbortError");
      expect(liveSealHandles()).to.equal(handles);
    }
  });
});

describe("Judging a measurement", () => {
  const plan = { estimates: { keyBytes: 0, inputBytes: 0, resultBytes: 0, errorBound: "0.05", milliseconds: 0 } };

  it("holds errors to the plan's bound", () => {
    requireWithinBound({ maxAbsError: 0.05 }, plan);
    expect(() => {
      requireWithinBound({ maxAbsError: 0.0501 }, plan);
    })
      .to.throw("0.0501")
      .with.property("code", "PUBLISH_ERROR_BOUND");
    expect(() => {
      requireWithinBound({ maxAbsError: Number.NaN }, plan);
    }).to.throw();
  });

  it("allows the drop the owner allows, one in a hundred when nothing is said", () => {
    requireAccuracy(0.98, 0.97);
    requireAccuracy(0.98, 0.99);
    requireAccuracy(0.98, 0.9, 0.08);
    expect(() => {
      requireAccuracy(0.98, 0.9699);
    })
      .to.throw("0.98 to 0.9699")
      .with.property("code", "PUBLISH_ACCURACY");
    expect(() => {
      requireAccuracy(0.98, 0.9799, 0);
    }).to.throw();
  });
});
