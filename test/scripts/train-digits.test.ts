import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { loadDigits, takeDigits } from "../../scripts/digits/data.ts";
import type { Digits } from "../../scripts/digits/data.ts";
import { buildNetwork, buildWindowedNetwork, writeWindows } from "../../scripts/digits/network.ts";
import { serialiseModel } from "../../scripts/digits/model-files.ts";
import { predict } from "../../scripts/digits/evaluate.ts";
import { DIGITS_RECIPE } from "../../scripts/digits/recipe.ts";
import { readyTensorFlow } from "../../scripts/digits/tensorflow.ts";
import { trainDigits } from "../../scripts/digits/train.ts";
import type { EpochReport } from "../../scripts/digits/train.ts";

const root = path.resolve(import.meta.dirname, "../..");
const script = path.join(root, "scripts/train-digits.ts");

describe("training the digits model", function () {
  this.timeout(60_000);
  let train: Digits;
  let validation: Digits;
  const recipe = { ...DIGITS_RECIPE, epochs: 1, batch: 32 };

  before(async () => {
    await readyTensorFlow();
    const data = loadDigits();
    const first = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
    train = takeDigits(data.train, first(400));
    validation = takeDigits(data.validation, first(100));
  });

  it("lowers the loss on unseen digits in one epoch and reports it", async () => {
    const reports: EpochReport[] = [];
    const model = await trainDigits({ train, validation }, recipe, { onEpoch: (report) => reports.push(report) });
    model.dispose();
    expect(reports.map(({ epoch, epochs }) => [epoch, epochs])).to.deep.equal([
      [0, 1],
      [1, 1],
    ]);
    expect(reports[0].trainLoss).to.be.NaN;
    expect(reports[1].trainLoss).to.be.a("number").and.not.NaN;
    expect(reports[1].validationLoss).to.be.below(0.9 * reports[0].validationLoss);
    expect(reports[1].validationAccuracy).to.be.above(reports[0].validationAccuracy);
  });

  it("gives the same bytes for the same seed and others for another", async () => {
    const bytes = async (seed: number): Promise<string> => {
      const model = await trainDigits({ train, validation }, { ...recipe, seed });
      const files = await serialiseModel(model);
      model.dispose();
      return `${files.topology}${Buffer.from(files.weights).toString("hex")}`;
    };
    const first = await bytes(1);
    expect((await bytes(1)) === first).to.equal(true);
    expect((await bytes(2)) === first).to.equal(false);
  });

  it("leaves no tensor behind, trained or cancelled", async () => {
    const before = tf.memory().numTensors;
    (await trainDigits({ train, validation }, recipe)).dispose();
    expect(tf.memory().numTensors).to.equal(before);
    const abort = new AbortController();
    const reason = new Error("enough");
    const onEpoch = (): void => {
      abort.abort(reason);
    };
    const outcome: unknown = await trainDigits({ train, validation }, recipe, { onEpoch, signal: abort.signal }).catch(
      (error: unknown) => error,
    );
    expect(outcome).to.equal(reason);
    expect(tf.memory().numTensors).to.equal(before);
  });

  it("trains over windows the very function it publishes as a convolution", () => {
    const published = buildNetwork(3);
    const windowed = buildWindowedNetwork(4);
    const n = 5;
    tf.tidy(() => {
      const shapes = windowed.getWeights().map((weight) => weight.shape);
      windowed.setWeights(published.getWeights().map((weight, i) => tf.reshape(weight, shapes[i])));
      const windows = new Float32Array(n * 64 * 49);
      for (let i = 0; i < n; i++) {
        writeWindows(train.images.subarray(i * 784, (i + 1) * 784), windows.subarray(i * 3136, (i + 1) * 3136));
      }
      const actual = (windowed.predict(tf.tensor3d(windows, [n, 64, 49])) as tf.Tensor).dataSync();
      for (const [i, expected] of predict(published, train.images.subarray(0, n * 784)).entries()) {
        expect(actual[i]).to.be.closeTo(expected, 1e-4);
      }
    });
    published.dispose();
    windowed.dispose();
  });

  describe("on the command line", () => {
    const refused = async (...args: string[]): Promise<string> => {
      const failure: unknown = await promisify(execFile)(process.execPath, [script, ...args]).catch(
        (error: unknown) => error,
      );
      expect(failure).to.include({ code: 1, stdout: "" });
      return (failure as { stderr: string }).stderr;
    };
    const committed = (): Buffer => readFileSync(path.join(root, "models/digits/weights.bin"));

    it("refuses epochs that are not a positive whole number", async () => {
      for (const epochs of ["0", "1.5", "many"])
        expect(await refused("--epochs", epochs)).to.match(/--epochs is not a whole number/);
    });

    it("does not replace the committed model by one trained for another time", async () => {
      const bytes = committed();
      expect(await refused("--epochs", "2")).to.match(/models\/digits .* would be overwritten.*--out/);
      expect(committed().equals(bytes)).to.equal(true);
    });

    it("names the options it knows when given another", async () => {
      expect(await refused("--epoch", "2")).to.match(/--epoch.*Known options: --epochs <n>, --out <folder>/s);
    });

    it("checks that the folder can be made before it trains", async () => {
      expect(await refused("--out", path.join(script, "inside-a-file"))).to.match(/cannot be written/);
    });
  });
});
