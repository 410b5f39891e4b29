import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { input, layers, model as functional, type LayersModel, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { expect } from "chai";
import fc from "fast-check";
import { ModelError } from "../../../../offchain/fhe/graph/errors.ts";
import { evaluateGraph } from "../../../../offchain/fhe/graph/evaluate.ts";
import { importTfjs, weightPaths } from "../../../../offchain/fhe/graph/import-tfjs.ts";
import { Quadratic } from "../../../../offchain/fhe/graph/quadratic-layer.ts";
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
          const dilated = layers.conv1d({
            inputShape: [9, channels],
            filters: 2,
            kernelSize: kernel,
            dilationRate: 2,
            padding,
          });
          await expectSameOutput(randomSequential([dilated, layers.dropout({ rate: 0.3 })], seed), seed);
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

  it("computes what separable convolutions of any stride, padding and dilation compute", async () => {
    const shapes = fc.record({
      channels: small(3),
      multiplier: small(2),
      filters: small(4),
      kernel: fc.tuple(small(3), small(2)),
      stride: small(2),
      dilation: fc.constantFrom(1, 2),
      padding: paddings,
      useBias: fc.boolean(),
      seed: seeds,
    });
    await fc.assert(
      fc.asyncProperty(
        shapes,
        async ({ channels, multiplier, filters, kernel, stride, dilation, padding, useBias, seed }) => {
          const stack = [
            layers.separableConv2d({
              inputShape: [7, 6, channels],
              filters,
              depthMultiplier: multiplier,
              kernelSize: kernel,
              strides: dilation > 1 ? 1 : stride,
              dilationRate: [dilation, dilation],
              padding,
              useBias,
            }),
          ];
          await expectSameOutput(randomSequential(stack, seed), seed);
        },
      ),
      { numRuns: 15 },
    );
  });

  it("computes what convolutions in groups compute: each group by itself", async () => {
    // TensorFlow.js has no groups, so the reference is one convolution a group over its own channels.
    const sizes: [number, number, number][] = [
      [4, 6, 2],
      [3, 3, 3],
      [6, 2, 2],
    ];
    for (const [channels, filters, groups] of sizes) {
      const config = { filters, kernelSize: [3, 2] as [number, number], strides: [2, 1] as [number, number] };
      const whole = randomSequential([layers.conv2d({ inputShape: [6, 5, channels / groups], ...config })], channels);
      const { json, weights } = await saveModel(whole);
      const text = JSON.stringify(json)
        .replace(`[null,6,5,${channels / groups}]`, `[null,6,5,${channels}]`)
        .replace(`"filters":${filters}`, `"filters":${filters},"groups":${groups}`);
      const values = Float32Array.from({ length: 30 * channels }, (_, k) => Math.sin(k * k));
      const actual = evaluateGraph(importTfjs(JSON.parse(text), weights), values);
      const expected = tf.tidy(() => {
        const parts = tf.split<tf.Tensor4D>(tf.tensor4d(values, [1, 6, 5, channels]), groups, 3);
        const [kernel, bias] = whole.getWeights();
        const kernels = tf.split<tf.Tensor4D>(kernel, groups, 3);
        const sums = parts.map((part, g) => tf.conv2d(part, kernels[g], [2, 1], "valid"));
        return tf.add(tf.concat(sums, 3), bias).dataSync();
      });
      expect(actual.length).to.equal(expected.length);
      expected.forEach((value, k) => expect(actual[k]).to.be.closeTo(value, FLOAT32));
    }
  });

  it("computes activations, named by a layer or a layer themselves", async () => {
    const named = [
      "relu",
      "relu6",
      "elu",
      "selu",
      "hardSigmoid",
      "tanh",
      "softplus",
      "softsign",
      "swish",
      "gelu_new",
      "mish",
      "sigmoid",
    ] as const;
    for (const [seed, activation] of named.entries()) {
      const dense = layers.dense({ inputShape: [4], units: 6, activation });
      await expectSameOutput(randomSequential([dense, layers.dense({ units: 20 })], seed), seed);
      const own = [
        layers.dense({ inputShape: [4], units: 9 }),
        layers.activation({ activation }),
        layers.dense({ units: 9 }),
      ];
      await expectSameOutput(randomSequential(own, seed), seed);
    }
    const classes = [
      layers.reLU(),
      layers.reLU({ maxValue: 0.25 }),
      layers.leakyReLU({ alpha: 0.2 }),
      layers.elu({ alpha: 1 }),
    ];
    for (const [seed, layer] of classes.entries()) {
      await expectSameOutput(
        randomSequential([layers.conv1d({ inputShape: [5, 2], filters: 3, kernelSize: 2 }), layer], 3),
        seed,
      );
    }
  });

  it("computes GELU as TensorFlow.js does, within the 1.5e-7 of its error function", async () => {
    const stack = [layers.dense({ inputShape: [4], units: 6, activation: "gelu" }), layers.dense({ units: 3 })];
    await expectSameOutput(randomSequential(stack, 4), 4);
  });

  it("reads quadratics a channel, whose coefficients are weights", async () => {
    const stack = [
      layers.conv2d({ inputShape: [5, 4, 2], filters: 3, kernelSize: 2 }),
      new Quadratic({}),
      layers.flatten(),
      layers.dense({ units: 4 }),
      new Quadratic({}),
    ];
    await expectSameOutput(randomSequential(stack, 9), 9);
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

  it("for an activation nobody knows, naming it and those that are known", async () => {
    const { json, weights } = await saveModel(
      randomSequential([layers.dense({ name: "first", inputShape: [3], units: 4, activation: "relu" })], 1),
    );
    const renamed: unknown = JSON.parse(JSON.stringify(json).replace('"activation":"relu"', '"activation":"sine"'));
    const error = refused(() => importTfjs(renamed, weights));
    expect(error.message).to.equal('Layer "first" applies sine, which is not supported.');
    expect(error.next).to.match(/relu.*gelu/);
  });

  it("for layers of activations nothing is fitted to, saying what to use", async () => {
    const dense = layers.dense({ inputShape: [3], units: 4 });
    const learned = await refusal([dense, layers.prelu({ name: "learned" })]);
    expect(learned.message).to.match(/"learned" is of class PReLU/);
    expect(learned.next).to.match(/LeakyReLU/);
  });

  it("for groups that do not divide the channels", async () => {
    const { json, weights } = await saveModel(
      randomSequential([layers.conv2d({ name: "grouped", inputShape: [4, 4, 3], filters: 4, kernelSize: 2 })], 1),
    );
    const grouped: unknown = JSON.parse(JSON.stringify(json).replace('"filters":4', '"filters":4,"groups":2'));
    expect(refused(() => importTfjs(grouped, weights)).message).to.match(
      /"grouped" .* 3 channels and 4 filters into 2/,
    );
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
    const { json, weights } = await saveModel(
      randomSequential([layers.globalAveragePooling2d({ name: "mean", inputShape: [4, 4, 2] })], 1),
    );
    const kept: unknown = JSON.parse(JSON.stringify(json).replace('"name":"mean"', '"name":"mean","keepdims":true'));
    expect(refused(() => importTfjs(kept, weights)).message).to.match(/"mean" .* keepdims/);
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
