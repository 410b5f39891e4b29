import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { IMAGE_PIXELS, loadDigits, takeDigits, type Digits } from "../../scripts/digits/data.ts";
import { predict, scoreOf } from "../../scripts/digits/evaluate.ts";
import { serialiseModel } from "../../scripts/digits/model-files.ts";
import { readyTensorFlow } from "../../scripts/digits/tensorflow.ts";
import { withWeightsOf } from "../../scripts/digits/train.ts";
import { layOutWindows } from "../../scripts/digits/windows.ts";
import { MLP_RECIPE, trainMlp } from "../../scripts/digits-mlp/train.ts";
import { buildLenet, buildWindowedLenet, FIRST_ALONG, FIRST_WINDOWS } from "../../scripts/lenet/network.ts";
import { LENET_RECIPE, trainLenet } from "../../scripts/lenet/train.ts";
import { labelsOf, predictRisk, scoreRisk } from "../../scripts/risk/evaluate.ts";
import { makeRecords } from "../../scripts/risk/records.ts";
import { RISK_RECIPE, trainRisk } from "../../scripts/risk/train.ts";
import type { EpochReport } from "../../scripts/training/train.ts";

describe("training the sample models", function () {
  this.timeout(120_000);
  let train: Digits;
  let validation: Digits;

  before(async () => {
    await readyTensorFlow();
    const data = loadDigits();
    const first = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
    train = takeDigits(data.train, first(192));
    validation = takeDigits(data.validation, first(100));
  });

  it("trains over windows the very function that lenet publishes as convolutions and pools", () => {
    const windowed = buildWindowedLenet(4);
    const published = withWeightsOf(windowed, buildLenet(9));
    const n = 5;
    const size = FIRST_ALONG ** 2 * FIRST_WINDOWS.side ** 2;
    const windows = new Float32Array(n * size);
    for (let i = 0; i < n; i++) {
      const image = train.images.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS);
      layOutWindows(FIRST_WINDOWS, image, windows.subarray(i * size, (i + 1) * size));
    }
    const expected = predict(published, train.images.subarray(0, n * IMAGE_PIXELS));
    const actual = tf.tidy(() =>
      (windowed.predict(tf.tensor(windows, [n, FIRST_ALONG ** 2, FIRST_WINDOWS.side ** 2])) as tf.Tensor).dataSync(),
    );
    for (const [i, value] of expected.entries()) expect(actual[i]).to.be.closeTo(value, 1e-4 * (1 + Math.abs(value)));
    published.dispose();
    windowed.dispose();
  });

  it("has gradients over windows that are those of the convolutions and pools", () => {
    const windowed = buildWindowedLenet(4);
    const published = withWeightsOf(windowed, buildLenet(9));
    const image = train.images.subarray(0, IMAGE_PIXELS);
    const windows = new Float32Array(FIRST_ALONG ** 2 * FIRST_WINDOWS.side ** 2);
    layOutWindows(FIRST_WINDOWS, image, windows);
    tf.tidy(() => {
      const sum = (model: typeof published, input: tf.Tensor): tf.Scalar => tf.sum(model.apply(input) as tf.Tensor);
      const byWindows = tf.variableGrads(() =>
        sum(windowed, tf.tensor(windows, [1, FIRST_ALONG ** 2, FIRST_WINDOWS.side ** 2])),
      ).grads;
      const byLayers = tf.variableGrads(() => sum(published, tf.tensor(image, [1, 28, 28, 1]))).grads;
      const gradient = (model: typeof published, of: tf.NamedTensorMap): Float32Array[] =>
        model.trainableWeights.map((weight) => {
          const variable = weight.read();
          if (!(variable instanceof tf.Variable)) throw new TypeError("not a variable");
          return Float32Array.from(of[variable.name].dataSync());
        });
      const expected = gradient(published, byLayers);
      gradient(windowed, byWindows).forEach((values, k) => {
        const largest = expected[k].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        values.forEach((value, i) => expect(value).to.be.closeTo(expected[k][i], 1e-4 * largest));
      });
    });
    published.dispose();
    windowed.dispose();
  });

  it("learns lenet in two epochs, the same every time, and leaves no tensor behind", async () => {
    const recipe = { ...LENET_RECIPE, epochs: 2, batch: 32 };
    const before = tf.memory().numTensors;
    const run = async (): Promise<string> => {
      const reports: EpochReport[] = [];
      const model = await trainLenet({ train, validation }, recipe, { onEpoch: (report) => reports.push(report) });
      expect(reports[2].validationLoss).to.be.below(reports[0].validationLoss);
      const files = await serialiseModel(model);
      model.dispose();
      return Buffer.from(files.weights).toString("hex");
    };
    expect((await run()) === (await run())).to.equal(true);
    expect(tf.memory().numTensors).to.equal(before);
  });

  it("makes the perceptron's parabolas from its ReLU, and fine-tuning betters them", async () => {
    const recipe = {
      ...MLP_RECIPE,
      relu: { ...MLP_RECIPE.relu, epochs: 4, batch: 32 },
      fineTuning: { ...MLP_RECIPE.fineTuning, epochs: 2, batch: 32 },
    };
    const losses: Record<string, number[]> = { ReLU: [], quadratics: [] };
    const before = tf.memory().numTensors;
    const { model, fit } = await trainMlp({ train, validation }, recipe, {
      onEpoch: (phase, { validationLoss }) => losses[phase].push(validationLoss),
    });
    expect(fit.activations.map(({ layer, activation }) => [layer, activation])).to.deep.equal([
      ["dense1", "relu"],
      ["dense2", "relu"],
    ]);
    expect(model.layers.map((layer) => layer.getClassName())).to.deep.equal([
      "Flatten",
      "Dense",
      "Quadratic",
      "Dense",
      "Quadratic",
      "Dense",
    ]);
    const [fitted, , tuned] = losses["quadratics"];
    expect(tuned).to.be.below(fitted);
    expect(scoreOf(model, validation).accuracy).to.be.above(0.5);
    model.dispose();
    expect(tf.memory().numTensors).to.equal(before);
  });

  it("learns the risk of made-up loans, the same every time", async () => {
    const records = makeRecords();
    const data = { train: records.train.slice(0, 1000), validation: records.validation.slice(0, 400) };
    const recipe = { ...RISK_RECIPE, epochs: 6 };
    const scores = async (): Promise<Float32Array> => {
      const model = await trainRisk(data, recipe);
      const risks = predictRisk(model, data.validation);
      model.dispose();
      return risks;
    };
    const first = await scores();
    expect(scoreRisk(first, labelsOf(data.validation)).auc).to.be.above(0.7);
    expect(first.every((risk) => risk > 0 && risk < 1)).to.equal(true);
    expect(await scores()).to.deep.equal(first);
  });
});
