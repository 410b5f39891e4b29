import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { expect } from "chai";
import { describePart, readCard } from "../../scripts/digits/card.ts";
import type { ModelCard } from "../../scripts/digits/card.ts";
import { loadDigits } from "../../scripts/digits/data.ts";
import type { DigitsSplit } from "../../scripts/digits/data.ts";
import { layerRanges, predict, scoreOf, winners } from "../../scripts/digits/evaluate.ts";
import { readModel } from "../../scripts/digits/model-files.ts";
import { DIGITS_RECIPE } from "../../scripts/digits/recipe.ts";

const folder = path.resolve(import.meta.dirname, "../../models/digits");

/** The network spelled out over the bytes of weights.bin, in double precision. */
function referenceLogits(image: Float32Array): number[] {
  const bytes = readFileSync(path.join(folder, "weights.bin"));
  const weights = new Float32Array(new Uint8Array(bytes).buffer);
  const sizes = [7 * 7 * 4, 4, 256 * 64, 64, 64 * 10, 10];
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  const [kernel, bias, kernel1, bias1, kernel2, bias2] = sizes.map((size, i) =>
    weights.subarray(starts[i], starts[i] + size),
  );
  const dense = (input: number[], matrix: Float32Array, shift: Float32Array): number[] =>
    [...shift].map((b, j) => input.reduce((sum, x, i) => sum + x * matrix[i * shift.length + j], b));
  const convolved = Array.from({ length: 256 }, (_, at) => {
    const [row, column, channel] = [Math.floor(at / 32), Math.floor(at / 4) % 8, at % 4];
    let sum = bias[channel];
    for (let y = 0; y < 7; y++) {
      for (let x = 0; x < 7; x++) sum += image[(3 * row + y) * 28 + 3 * column + x] * kernel[(y * 7 + x) * 4 + channel];
    }
    return sum;
  });
  const hidden = dense(
    convolved.map((x) => x * x),
    kernel1,
    bias1,
  );
  return dense(
    hidden.map((x) => x * x),
    kernel2,
    bias2,
  );
}

describe("the committed digits model", function () {
  this.timeout(60_000);
  let data: DigitsSplit;
  let model: LayersModel;
  let card: ModelCard;

  before(async () => {
    data = loadDigits();
    model = await readModel(folder);
    card = readCard(folder);
  });
  after(() => model.dispose());

  it("is conv 4@7×7 stride 3 → square → flatten → dense 64 → square → dense 10", () => {
    expect(model.inputs.map((input) => input.shape)).to.deep.equal([[null, 28, 28, 1]]);
    expect(model.layers.map((layer) => [layer.getClassName(), layer.outputShape])).to.deep.equal([
      ["Conv2D", [null, 8, 8, 4]],
      ["Square", [null, 8, 8, 4]],
      ["Flatten", [null, 256]],
      ["Dense", [null, 64]],
      ["Square", [null, 64]],
      ["Dense", [null, 10]],
    ]);
    const convolution = model.layers[0].getConfig();
    expect(convolution).to.deep.include({
      kernelSize: [7, 7],
      strides: [3, 3],
      padding: "valid",
      activation: "linear",
    });
    for (const layer of [model.layers[3], model.layers[5]])
      expect(layer.getConfig()).to.include({ activation: "linear" });
    expect(model.countParams()).to.equal(17298);
  });

  it("classifies at least 97.5 % of the 2,000 held-out digits rightly", () => {
    const guesses = winners(predict(model, data.heldOut.images));
    const correct = data.heldOut.labels.filter((label, i) => guesses[i] === label).length;
    expect(guesses.length).to.equal(2000);
    expect(correct).to.be.at.least(1950);
    expect(card.accuracy.heldOut).to.include({ n: 2000, correct, accuracy: correct / 2000 });
  });

  it("computes what its weights spell out", () => {
    const n = 20;
    const logits = predict(model, data.heldOut.images.subarray(0, n * 784));
    for (let i = 0; i < n; i++) {
      const expected = referenceLogits(data.heldOut.images.subarray(i * 784, (i + 1) * 784));
      for (const [label, value] of expected.entries()) expect(logits[i * 10 + label]).to.be.closeTo(value, 1e-4);
    }
  });

  it("has the scores of its card, class by class", () => {
    expect(scoreOf(model, data.heldOut)).to.deep.equal(card.accuracy.heldOut);
    expect(scoreOf(model, data.validation)).to.deep.equal(card.accuracy.validation);
  });

  it("has the ranges of its card on the validation digits, and the held-out digits exceed none by a quarter", () => {
    expect(card.calibration).to.include({ split: "validation", n: 1000 });
    expect(layerRanges(model, data.validation.images)).to.deep.equal(card.calibration.layers);
    for (const [i, { layer, maxAbs }] of layerRanges(model, data.heldOut.images).entries()) {
      expect(maxAbs, layer).to.be.below(1.25 * card.calibration.layers[i].maxAbs);
    }
  });

  it("comes with a card that names its data, its recipe and its files as they are", () => {
    expect(card.input).to.deep.include({ shape: [28, 28, 1], range: [0, 1] });
    expect(card.output).to.deep.include({ shape: [10], labels: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] });
    expect(card.training.recipe).to.deep.equal(DIGITS_RECIPE);
    for (const part of ["train", "validation", "heldOut"] as const) {
      expect(card.data.split[part], part).to.deep.equal(describePart(data[part]));
    }
    expect(Object.keys(card.files)).to.deep.equal(["model.json", "weights.bin"]);
    for (const [name, { bytes, sha256 }] of Object.entries(card.files)) {
      const content = readFileSync(path.join(folder, name));
      expect(content.length, name).to.equal(bytes);
      expect(createHash("sha256").update(content).digest("hex"), name).to.equal(sha256);
    }
  });

  it("comes with a README whose figures are those of the card", () => {
    const readme = readFileSync(path.join(folder, "README.md"), "utf8");
    const grouped = (n: number): string => n.toLocaleString("en-US");
    for (const { accuracy, correct, n } of [card.accuracy.heldOut, card.accuracy.validation]) {
      expect(readme).to.include(`${(100 * accuracy).toFixed(2)} %`);
      expect(readme).to.include(`${grouped(correct)} of ${grouped(n)}`);
    }
    for (const { layer, className, maxAbs } of card.calibration.layers) {
      if (className === "Flatten") continue;
      expect(readme).to.match(new RegExp(`\\| \`${layer}\` .*\\| ${maxAbs.toFixed(2)} `));
    }
  });
});
