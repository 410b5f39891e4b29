import { expect } from "chai";
import fc from "fast-check";
import { N8192_D6_S2 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { evaluateGraph } from "../../../../offchain/fhe/graph/evaluate.ts";
import { elementCount, type Graph } from "../../../../offchain/fhe/graph/graph.ts";
import { chooseLayouts } from "../../../../offchain/fhe/plan/choose-layout.ts";
import type { CostModel } from "../../../../offchain/fhe/plan/cost-model.ts";
import { CompileError } from "../../../../offchain/fhe/plan/errors.ts";
import { foldGraph } from "../../../../offchain/fhe/plan/fold.ts";
import type { StageLayout } from "../../../../offchain/fhe/plan/layout-path.ts";
import { readOutput } from "../../../../offchain/fhe/plan/layout.ts";
import { lowerNetwork } from "../../../../offchain/fhe/plan/lower.ts";
import { splitNetwork, type SplitNetwork } from "../../../../offchain/fhe/plan/split.ts";
import { randomNumbers } from "../graph/tfjs-models.ts";
import { GraphWriter, paddedWindow, randomSamples } from "./random-graph.ts";
import { runProgram } from "./run-program.ts";

/** Costs drawn anew at every question, so that any layout there is may turn out the cheapest. */
function randomCosts(seed: number, slots: number): CostModel {
  const random = randomNumbers(seed);
  const params = { ...N8192_D6_S2.set, n: 2 * slots };
  return { semantics: "hoisted-1", params, milliseconds: random, keyBytes: random, keyWeight: random };
}

/** What a split network computes on slots. @returns undefined where it fits no layout */
function runSplit(
  split: SplitNetwork,
  input: Float64Array,
  { slots, seed, met }: { slots: number; seed: number; met: Set<string> },
): number[] | undefined {
  const compactBits = undefined;
  let layouts: readonly StageLayout[];
  try {
    ({ layouts } = chooseLayouts(split, { family: "hybrid", costs: randomCosts(seed, slots), compactBits }));
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
  for (const { form } of layouts) met.add(form);
  // At these no weight is too small to be encoded.
  const weightScales = { inner: 2 ** 90, last: 2 ** 90 };
  const {
    program,
    input: placed,
    outputs,
  } = lowerNetwork(split, layouts, { slots, hoists: true, weightScales, compactBits });
  const values = Array.from({ length: slots }, (_, slot) => {
    const index = placed.indices[slot % placed.period];
    return index < 0 ? 0 : input[index];
  });
  return [...readOutput(outputs[0], Float64Array.from(runProgram(program, values)))];
}

const size = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const images = fc.record({
  height: size(4, 8),
  width: size(4, 8),
  first: size(3, 9),
  second: size(1, 7),
  pool: fc.constantFrom(1, 2),
  depthwise: fc.boolean(),
  dense: fc.boolean(),
  seed: size(0, 2 ** 31),
});

/** A convolution of many channels, a pool or none, another one, and a dense layer or none. */
function imageModel({
  height,
  width,
  first,
  second,
  pool,
  depthwise,
  dense,
  seed,
}: typeof images extends fc.Arbitrary<infer T> ? T : never): Graph {
  const writer = new GraphWriter([height, width, 2], seed);
  writer.conv2d("first", 2, first, paddedWindow(3, 1, 1)).then("square", { op: "square" });
  if (pool > 1) writer.then("pool", { op: "averagePool", window: paddedWindow(pool, pool, 0) });
  if (depthwise) {
    const kernel = writer.weights(9 * first, 9);
    writer.then("depthwise", {
      op: "depthwiseConv2d",
      window: paddedWindow(3, 1, 1),
      multiplier: 1,
      kernel,
      bias: null,
    });
    writer.then("quadratic", { op: "polynomial", coefficients: [0.25, 1, -0.5] });
  }
  writer.conv2d("second", first, second, paddedWindow(2, 1, 0));
  if (!dense) return writer.graph();
  const flat = (Math.floor(height / pool) - 1) * (Math.floor(width / pool) - 1) * second;
  writer.then("again", { op: "polynomial", coefficients: [0.5, 1, 0.5] });
  return writer
    .then("flatten", { op: "reshape", shape: [flat] })
    .dense("last", flat, 3)
    .graph();
}

function mostParts({ stages }: SplitNetwork): number {
  return Math.max(...stages.map((stage) => (stage.kind === "square" ? stage.parts.length : stage.blocks.length)));
}

describe("values in parts", function () {
  this.timeout(60_000);

  /** Runs graphs in parts wherever they fit a layout, and says how many parts and which layouts were met. */
  function check(
    graphs: fc.Arbitrary<readonly [graph: Graph, slots: number, seed: number]>,
    numRuns: number,
  ): {
    readonly parts: Set<number>;
    readonly met: Set<string>;
  } {
    const parts = new Set<number>();
    const met = new Set<string>();
    fc.assert(
      fc.property(graphs, ([graph, slots, seed]) => {
        const network = foldGraph(graph);
        for (const share of [1, 2]) {
          const split = splitNetwork(network, slots / share);
          if (split === undefined) continue;
          const input = randomSamples(1, elementCount(graph.nodes[0].shape), seed);
          const actual = runSplit(split, input, { slots, seed, met });
          if (actual === undefined) continue;
          parts.add(mostParts(split));
          const expected = evaluateGraph(graph, input);
          expect(actual).to.have.length(expected.length);
          expected.forEach((value, k) => expect(actual[k]).to.be.closeTo(value, 1e-9));
        }
      }),
      { numRuns },
    );
    return { parts, met };
  }

  it("give what the model gives, for images by their channels", () => {
    const graphs = fc
      .tuple(images, fc.constantFrom(128, 256))
      .map(([shape, slots]) => [imageModel(shape), slots, shape.seed] as const);
    const { parts, met } = check(graphs, 40);
    expect(Math.max(...parts)).to.be.above(2);
    expect([...met]).to.include.members(["grid", "matrix"]);
  });

  it("give what the model gives, for vectors in runs", () => {
    const graphs = fc
      .record({
        inputs: size(1, 20),
        wide: size(33, 90),
        next: size(1, 60),
        outputs: size(1, 5),
        seed: size(0, 2 ** 31),
      })
      .map(({ inputs, wide, next, outputs, seed }) => {
        const writer = new GraphWriter([inputs], seed).dense("wide", inputs, wide).then("one", { op: "square" });
        writer.dense("next", wide, next).then("two", { op: "polynomial", coefficients: [0.1, 1, 0.5] });
        return [writer.dense("last", next, outputs).graph(), 32, seed] as const;
      });
    const { parts } = check(graphs, 40);
    expect([...parts]).to.include.members([2, 3]);
  });

  it("are as few as hold them, and none where all fit or one would be in more than sixteen", () => {
    const network = foldGraph(
      new GraphWriter([4], 1).dense("wide", 4, 100).then("square", { op: "square" }).dense("last", 100, 2).graph(),
    );
    const partsFor = (room: number): number | undefined => {
      const split = splitNetwork(network, room);
      return split && mostParts(split);
    };
    expect([128, 64, 32, 8, 4].map(partsFor)).to.deep.equal([undefined, 2, 4, 13, undefined]);
  });
});
