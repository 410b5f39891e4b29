import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { input, layers, model as functional, type LayersModel, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { expect } from "chai";
import fc from "fast-check";
import { ModelError } from "../../../../offchain/fhe/graph/errors.ts";
import { evaluateGraph } from "../../../../offchain/fhe/graph/evaluate.ts";
import { importTfjs, weightPaths } from "../../../../offchain/fhe/graph/import-tfjs.ts";
import { Square } from "../../../../offchain/fhe/graph/square-layer.ts";
import { predict, randomInput, randomiseWeights, randomSequential, saveModel } from "./tfjs-models.ts";

/** TensorFlow.js computes in single precision. */
const FLOAT32 = 2e-5;

async function expectSameOutput(model: LayersModel, seed: number): Promise<void> {
  const { json, weights } = await saveModel(model);
  const graph = importTfjs(JSON.parse(JSON.stringify(json)), weights);
  const values = randomInput(model, seed);
  const expected = predict(model, values);
  const actual = evaluateGraph(graph, values);
  expect(actual.length).to.equal(expected.length);
  const largest = Math.max(1, ...expected.map(Math.abs));
  for (const [k, value] of expected.entries())
    expect(actual[k] / largest).to.be.closeTo(value / largest, FLOAT32, `output ${k}`);
  model.dispose();
}

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const small = (max: number) => fc.integer({ min: 1, max });
const paddings = fc.constantFrom("valid" as const, "same" as const);

describe("importing a TensorFlow.js model", function () {
  this.timeout(60_000);
  before(async () => {
    await tf.setBackend("cpu");
  });

  it("computes what stacks of dense layers, squares and normalisations compute", async () => {
    await fc.assert(
      fc.asyncProperty(
        small(9),
        small(7),
        small(5),
        fc.boolean(),
        fc.boolean(),
        seeds,
        async (a, b, c, useBias, scale, seed) => {
          const stack = [
            layers.dense({ inputShape: [a], units: b, useBias }),
            layers.batchNormalization({ scale, center: useBias }),
            new Square({}),
            layers.dropout({ rate: 0.5 }),
            layers.dense({ units: c }),
          ];
          await expectSameOutput(randomSequential(stack, seed), seed);
        },
      ),
      { numRuns: 15 },
    );
  });

  it("computes what convolutions of any stride, padding and dilation compute", async () => {
    const shapes = fc.record({
      height: fc.integer({ min: 5, max: 9 }),
      width: fc.integer({ min: 5, max: 9 }),
      channels: small(3),
      filters: small(3),
      kernel: fc.tuple(small(3), small(3)),
      strides: fc.tuple(small(3), small(3)),
      dilation: fc.constantFrom(1, 2),
      padding: paddings,
      seed: seeds,
    });
    await fc.assert(
      fc.asyncProperty(
        shapes,
        async ({ height, width, channels, filters, kernel, strides, dilation, padding, seed }) => {
          const dilated = dilation > 1;
          const stack = [
            layers.conv2d({
              inputShape: [height, width, channels],
              filters,
              kernelSize: kernel,
              strides: dilated ? 1 : strides,
              dilationRate: dilation,
              padding,
            }),
            layers.batchNormalization(),
            new Square({}),
            layers.flatten(),
            layers.dense({ units: 3 }),
          ];
          await expectSameOutput(randomSequential(stack, seed), seed);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("computes what depthwise convolutions, padding and pools compute", async () => {
    await fc.assert(
      fc.asyncProperty(
        small(3),
        small(2),
        small(3),
        small(2),
        paddings,
        seeds,
        async (channels, multiplier, pool, stride, padding, seed) => {
          const stack = [
            layers.zeroPadding2d({
              inputShape: [6, 5, channels],
              padding: [
                [1, 0],
                [2, 1],
              ],
            }),
            layers.depthwiseConv2d({
              kernelSize: [3, 2],
              depthMultiplier: multiplier,
              strides: [stride, stride],
              padding,
            }),
            layers.averagePooling2d({ poolSize: [pool, 1], strides: [stride, 1], padding: "same" }),
            layers.permute({ dims: [3, 1, 2] }),
            layers.flatten(),
          ];
          await expectSameOutput(randomSequential(stack, seed), seed);
        },
      ),
      { numRuns: 15 },
    );
  });

  it("computes what one-dimensional layers and global pools compute", async () => {
    await fc.assert(
      fc.asyncProperty(
        small(3),
        small(3),
        small(2),
        paddings,
        seeds,
        async (channels, kernel, stride, padding, seed) => {
          const convolution = (): layers.Layer =>
            layers.conv1d({ inputShape: [9, channels], filters: 4, kernelSize: kernel, strides: stride, padding });
          await expectSameOutput(randomSequential([convolution(), layers.globalAveragePooling1d({})], seed), seed);
          await expectSameOutput(
            randomSequential(
              [convolution(), layers.averagePooling1d({ poolSize: 2, strides: 2, padding: "same" })],
              seed,
            ),
            seed,
          );
          const image = layers.reshape({
            inputShape: [12 * channels],
            targetShape: [3, null, channels],
          });
          await expectSameOutput(randomSequential([image, layers.globalAveragePooling2d({})], seed), seed);
        },
      ),
      { numRuns: 8 },
    );
  });

  it("follows the connections of a functional model through Add and Concatenate", async () => {
    const image = input({ shape: [4, 3, 2] });
    const left = layers.dense({ units: 3, name: "left" }).apply(image);
    const right = layers.conv2d({ filters: 3, kernelSize: 1, name: "right" }).apply(image);
    const sum = layers.add().apply([left as SymbolicTensor, right as SymbolicTensor]);
    for (const axis of [1, 2, 3, -1]) {
      const joined = layers
        .concatenate({ axis })
        .apply([sum as SymbolicTensor, left as SymbolicTensor, left as SymbolicTensor]);
      const model = functional({ inputs: image, outputs: joined as SymbolicTensor });
      randomiseWeights(model, axis + 5);
      const { json, weights } = await saveModel(model);
      const values = randomInput(model, 3);
      const actual = evaluateGraph(importTfjs(json, weights), values);
      expect([...actual]).to.have.length(predict(model, values).length);
      predict(model, values).forEach((value, k) => expect(actual[k]).to.be.closeTo(value, FLOAT32));
    }
  });

  it("leaves a trailing softmax or sigmoid to the client, however it is written", async () => {
    const dense = (activation?: "softmax" | "sigmoid"): layers.Layer =>
      layers.dense({ inputShape: [3], units: 4, ...(activation === undefined ? {} : { activation }) });
    const stacks: [string, layers.Layer[]][] = [
      ["softmax", [dense("softmax")]],
      ["sigmoid", [dense("sigmoid")]],
      ["softmax", [dense(), layers.softmax()]],
      ["sigmoid", [dense(), layers.activation({ activation: "sigmoid" })]],
      ["none", [dense(), layers.activation({ activation: "linear" })]],
    ];
    for (const [finish, stack] of stacks) {
      const { json, weights } = await saveModel(randomSequential(stack, 1));
      expect(importTfjs(json, weights).finish).to.equal(finish);
    }
  });

  it("reads the digits model of this repository", () => {
    const folder = new URL("../../../../models/digits/", import.meta.url);
    const json: unknown = JSON.parse(readFileSync(new URL("model.json", folder), "utf8"));
    expect(weightPaths(json)).to.deep.equal(["weights.bin"]);
    const graph = importTfjs(json, new Uint8Array(readFileSync(new URL("weights.bin", folder))));
    expect(graph.nodes.map(({ name, shape }) => [name, ...shape])).to.deep.equal([
      ["input", 28, 28, 1],
      ["conv", 8, 8, 4],
      ["conv_square", 8, 8, 4],
      ["flatten", 256],
      ["dense", 64],
      ["dense_square", 64],
      ["logits", 10],
    ]);
  });
});

describe("a TensorFlow.js model that cannot be taken is refused", function () {
  this.timeout(20_000);

  async function refusal(stack: readonly layers.Layer[]): Promise<ModelError> {
    const { json, weights } = await saveModel(randomSequential(stack, 1));
    return refused(() => importTfjs(json, weights));
  }

  function refused(action: () => unknown): ModelError {
    try {
      action();
    } catch (error) {
      expect(error).to.be.instanceOf(ModelError);
      return error as ModelError;
    }
    throw new Error("it was taken");
  }

  it("for a layer of an unknown class, naming layer, class and what would help", async () => {
    const image = layers.conv2d({ inputShape: [6, 6, 1], filters: 2, kernelSize: 3 });
    const pooled = await refusal([image, layers.maxPooling2d({ name: "pool_one", poolSize: 2 })]);
    expect(pooled.layer).to.equal("pool_one");
    expect(pooled.message).to.equal('Layer "pool_one" is of class MaxPooling2D, which is not supported.');
    expect(pooled.next).to.match(/average pooling/);
    const unknown = await refusal([image, layers.upSampling2d({ name: "up" })]);
    expect(unknown.message).to.match(/"up" is of class UpSampling2D/);
    expect(unknown.next).to.match(/Conv2D/);
  });

  it("for an activation that is no polynomial, wherever it is named", async () => {
    const dense = (activation: "relu" | "linear"): layers.Layer =>
      layers.dense({ name: "first", inputShape: [3], units: 4, activation });
    const fused = await refusal([dense("relu"), layers.dense({ units: 2 })]);
    expect(fused.message).to.equal('Layer "first" applies relu, which is not a polynomial.');
    expect(fused.next).to.match(/Square/);
    const own = await refusal([dense("linear"), layers.leakyReLU({ name: "leaky" })]);
    expect(own.message).to.match(/"leaky" applies LeakyReLU/);
  });

  it("for a softmax before the end", async () => {
    const early = await refusal([
      layers.dense({ name: "early", inputShape: [3], units: 4, activation: "softmax" }),
      layers.dense({ units: 2 }),
    ]);
    expect(early.message).to.match(/"early" applies softmax before the end/);
  });

  it("for a setting that would compute something else", async () => {
    const channelsFirst = await refusal([
      layers.conv2d({ name: "turned", inputShape: [1, 6, 6], filters: 1, kernelSize: 2, dataFormat: "channelsFirst" }),
    ]);
    expect(channelsFirst.message).to.match(/"turned" \(Conv2D\) has a setting that is not supported: data_format/);
    const causal = await refusal([
      layers.conv1d({ name: "causal", inputShape: [6, 1], filters: 1, kernelSize: 2, padding: "causal" }),
    ]);
    expect(causal.message).to.match(/"causal" \(Conv1D\) .* padding/);
    const axis = await refusal([
      layers.conv2d({ inputShape: [4, 4, 2], filters: 2, kernelSize: 1 }),
      layers.batchNormalization({ name: "rows", axis: 1 }),
    ]);
    expect(axis.message).to.match(/"rows" .* along axis 1/);
  });

  describe("for weights", () => {
    const dense = (): layers.Layer => layers.dense({ name: "first", inputShape: [3], units: 4 });

    it("that are not finite, naming the layer", async () => {
      for (const bad of [NaN, Infinity, -Infinity]) {
        const { json, weights } = await saveModel(randomSequential([dense()], 1));
        new DataView(weights.buffer).setFloat32(4 * 13, bad, true);
        expect(refused(() => importTfjs(json, weights)).message).to.equal(
          'Layer "first" has a weight in its bias that is not a finite number.',
        );
      }
    });

    it("that are missing, too many, misshapen, or of another type", async () => {
      const { json, weights } = await saveModel(randomSequential([dense()], 1));
      const change = (
        edit: (spec: { name: string; shape: number[]; dtype: string; quantization?: unknown }) => void,
      ): unknown => {
        const copy = structuredClone(json) as typeof json & {
          weightsManifest: { weights: { name: string; shape: number[]; dtype: string }[] }[];
        };
        edit(copy.weightsManifest[0].weights[0]);
        return copy;
      };
      expect(refused(() => importTfjs(json, weights.subarray(4))).message).to.match(
        /60 bytes of weights, and its manifest lists 64/,
      );
      expect(refused(() => importTfjs(json, new Uint8Array(68))).message).to.match(/68 bytes/);
      const renamed = change((spec) => (spec.name = "second/kernel"));
      expect(refused(() => importTfjs(renamed, weights)).message).to.match(/"first" has no weight kernel/);
      const turned = change((spec) => (spec.shape = [4, 3]));
      expect(refused(() => importTfjs(turned, weights)).message).to.match(/"first" has its kernel as \[4, 3\]/);
      const integers = change((spec) => (spec.dtype = "int32"));
      expect(refused(() => importTfjs(integers, weights)).message).to.match(/as int32/);
      const quantised = change((spec) => (spec.quantization = { dtype: "uint8" }));
      expect(refused(() => importTfjs(quantised, weights)).message).to.match(/quantised/);
    });
  });

  it("when it is something else altogether", () => {
    for (const json of [null, 3, "model", {}, { modelTopology: { class_name: "Sequential" }, weightsManifest: [] }]) {
      expect(refused(() => importTfjs(json, new Uint8Array())).message).to.match(/not a TensorFlow.js layers model/);
    }
    const empty = { modelTopology: { class_name: "Sequential", config: { layers: [] } }, weightsManifest: [] };
    expect(refused(() => importTfjs(empty, new Uint8Array())).message).to.match(/has no layers/);
  });

  it("when its input has an open size, or there are two inputs", async () => {
    const open = await refusal([layers.conv2d({ inputShape: [null, 6, 1], filters: 1, kernelSize: 2 })]);
    expect(open.message).to.match(/"input" has the input shape \[, 6, 1\] with an open size/);
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
    const joined = layers.concatenate().apply([a, b]) as SymbolicTensor;
    const { json, weights } = await saveModel(functional({ inputs: [a, b], outputs: joined }));
    expect(refused(() => importTfjs(json, weights)).message).to.match(/does not have exactly one of inputs/);
  });
});
