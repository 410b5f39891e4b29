import { expect } from "chai";
import fc from "fast-check";
import { N8192_D6_S2 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { evaluateGraph } from "../../../../offchain/fhe/graph/evaluate.ts";
import { elementCount, type Graph } from "../../../../offchain/fhe/graph/graph.ts";
import { chooseLayouts } from "../../../../offchain/fhe/plan/choose-layout.ts";
import type { CostModel } from "../../../../offchain/fhe/plan/cost-model.ts";
import { foldGraph } from "../../../../offchain/fhe/plan/fold.ts";
import { readOutput } from "../../../../offchain/fhe/plan/layout.ts";
import type { StageLayout } from "../../../../offchain/fhe/plan/layout-path.ts";
import { lowerNetwork } from "../../../../offchain/fhe/plan/lower.ts";
import { wholeNetwork } from "../../../../offchain/fhe/plan/split.ts";
import { randomNumbers } from "../graph/tfjs-models.ts";
import { GraphWriter, paddedWindow, randomSamples } from "./random-graph.ts";
import { runProgram } from "./run-program.ts";

const SLOTS = 512;

/** Costs drawn anew at every question, so that any layout there is may turn out the cheapest. */
function randomCosts(semantics: CostModel["semantics"], seed: number): CostModel {
  const random = randomNumbers(seed);
  const params = { ...N8192_D6_S2.set, n: 2 * SLOTS };
  return { semantics, params, milliseconds: random, keyBytes: random, keyWeight: random };
}

interface Shape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filters: number;
  readonly size: number;
  readonly strides: readonly [number, number];
  readonly pad: number;
  readonly pool: number;
  readonly dense: boolean;
  readonly seed: number;
}

/** Two convolutions with a pool between them, and two dense layers or none. */
function makeModel({ height, width, channels, filters, size, strides, pad, pool, dense, seed }: Shape): Graph {
  const writer = new GraphWriter([height, width, channels], seed);
  writer.conv2d("first", channels, filters, paddedWindow(size, strides[0], pad));
  writer.then("square", { op: "square" });
  if (pool > 1) writer.then("pool", { op: "averagePool", window: paddedWindow(pool, pool, 0) });
  writer.conv2d("second", filters, 3, paddedWindow(2, strides[1], 0));
  if (!dense) return writer.graph();
  writer.then("quadratic", { op: "polynomial", coefficients: [0.25, 1, 0.5] });
  const after = (length: number, window: number, stride: number, around: number): number =>
    Math.floor((length + 2 * around - window) / stride) + 1;
  const left = (length: number): number =>
    after(after(after(length, size, strides[0], pad), pool, pool, 0), 2, strides[1], 0);
  const flat = left(height) * left(width) * 3;
  writer.then("flatten", { op: "reshape", shape: [flat] }).dense("third", flat, 6);
  return writer.then("last square", { op: "square" }).dense("last", 6, 3).graph();
}

/** What a model computes on slots by some layouts. */
function runOnSlots(graph: Graph, layouts: readonly StageLayout[], input: Float64Array, hoists: boolean): Float64Array {
  // At these no weight is too small to be encoded.
  const weightScales = { inner: 2 ** 90, last: 2 ** 90 };
  const {
    program,
    input: placed,
    outputs,
  } = lowerNetwork(wholeNetwork(foldGraph(graph)), layouts, {
    slots: SLOTS,
    hoists,
    weightScales,
    compactBits: undefined,
  });
  const slots = Array.from({ length: SLOTS }, (_, slot) => {
    const index = placed.indices[slot % placed.period];
    return index < 0 ? 0 : input[index];
  });
  return readOutput(outputs[0], Float64Array.from(runProgram(program, slots)));
}

const shapes = fc.record({
  height: fc.integer({ min: 5, max: 8 }),
  width: fc.integer({ min: 5, max: 8 }),
  channels: fc.integer({ min: 1, max: 2 }),
  filters: fc.integer({ min: 1, max: 3 }),
  size: fc.integer({ min: 1, max: 3 }),
  strides: fc.constantFrom<[number, number]>([1, 1], [1, 1], [1, 2], [2, 1]),
  pad: fc.integer({ min: 0, max: 1 }),
  pool: fc.constantFrom(1, 2, 2),
  dense: fc.constantFrom(true, true, false),
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
});

/** The second image is two positions wide where the first convolution reaches over three. */
const WIDER_STEPS_THAN_IMAGES: Shape = {
  height: 6,
  width: 8,
  channels: 1,
  filters: 1,
  size: 3,
  strides: [1, 2],
  pad: 1,
  pool: 2,
  dense: true,
  seed: 0,
};

describe("convolutions on a grid", function () {
  this.timeout(60_000);

  it("compute what the model does, in whatever way they are split and pooled, and so does what follows them", () => {
    const met = new Map<string, number>();
    const count = (name: string): unknown => met.set(name, (met.get(name) ?? 0) + 1);
    fc.assert(
      fc.property(shapes, fc.boolean(), (shape, hoists) => {
        // Strides and pools leave something for the second convolution to see.
        fc.pre(Math.floor((Math.min(shape.height, shape.width) - shape.size) / shape.strides[0] + 1) >= 2 * shape.pool);
        const graph = makeModel(shape);
        const costs = randomCosts(hoists ? "hoisted-1" : "seal-4.1", shape.seed);
        const { layouts } = chooseLayouts(wholeNetwork(foldGraph(graph)), {
          family: "hybrid",
          costs,
          compactBits: undefined,
        });
        for (const layout of layouts) {
          count(layout.form);
          if (layout.form !== "grid") continue;
          if (layout.pools.length > 0) count("pooled");
          if (layout.folds.some(({ step }) => step < 0)) count("copied");
        }
        const input = randomSamples(1, elementCount(graph.nodes[0].shape), shape.seed);
        const expected = evaluateGraph(graph, input);
        const actual = runOnSlots(graph, layouts, input, hoists);
        expect(actual).to.have.length(expected.length);
        expected.forEach((value, k) => expect(actual[k]).to.be.closeTo(value, 1e-9));
      }),
      { numRuns: 25, examples: [[WIDER_STEPS_THAN_IMAGES, false]] },
    );
    for (const form of ["grid", "bits", "matrix", "copied"]) expect(met.get(form) ?? 0, form).to.be.above(0);
  });
});
