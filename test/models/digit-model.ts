/** What the models of digits are held to. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { expect } from "chai";
import { evaluateGraph } from "../../offchain/fhe/graph/evaluate.ts";
import { compile, type CompiledModel } from "../../offchain/fhe/plan/compile.ts";
import { classOf } from "../../offchain/fhe/plan/fit/accuracy.ts";
import { describePart, readCard, type ModelCard } from "../../scripts/digits/card.ts";
import { IMAGE_PIXELS, loadDigits, type DigitsSplit } from "../../scripts/digits/data.ts";
import { layerRanges, predict, scoreOf } from "../../scripts/digits/evaluate.ts";
import { readModel } from "../../scripts/digits/model-files.ts";
import { asWritten, expectFiles, expectReadme, expectSample, folderOf, readGraph, runInClear } from "./sample-model.ts";

/** What differs from one to the other. */
export interface DigitModelExpectations {
  readonly name: string;
  /** Class and output sizes of every layer. */
  readonly layers: readonly (readonly [string, ...number[]])[];
  readonly weights: number;
  /** Least share of held-out digits classified rightly. */
  readonly accuracy: number;
  readonly recipe: unknown;
  readonly parameters: string;
  /** Most rotations of its plan. */
  readonly rotations: number;
}

/** Declares the tests. */
export function describeDigitModel(expected: DigitModelExpectations): void {
  describe(`the committed ${expected.name} model`, function () {
    this.timeout(120_000);
    const { name } = expected;
    let data: DigitsSplit;
    let model: LayersModel;
    let card: ModelCard;
    let compiled: CompiledModel;
    const heldOut = (k: number): Float32Array => data.heldOut.images.subarray(k * IMAGE_PIXELS, (k + 1) * IMAGE_PIXELS);

    before(async () => {
      data = loadDigits();
      model = await readModel(folderOf(name));
      card = readCard(folderOf(name));
      compiled = compile(readGraph(name), {
        calibration: data.validation.images.slice(0, 100 * IMAGE_PIXELS),
        inputRange: { min: 0, max: 1 },
      });
    });
    after(() => model.dispose());

    it("has the layers it is said to have", () => {
      expect(model.inputs.map((input) => input.shape)).to.deep.equal([[null, 28, 28, 1]]);
      expect(model.layers.map((layer) => [layer.getClassName(), ...layer.outputShape.slice(1)])).to.deep.equal(
        expected.layers,
      );
      expect(model.countParams()).to.equal(expected.weights);
      expect(card.architecture).to.include(`${expected.weights.toLocaleString("en-US")} weights`);
    });

    it(`classifies at least ${100 * expected.accuracy} % of the 2,000 held-out digits rightly, as its card says`, () => {
      const score = scoreOf(model, data.heldOut);
      expect(score.n).to.equal(2000);
      expect(score.accuracy).to.be.at.least(expected.accuracy);
      expect(card.accuracy.heldOut).to.deep.equal(score);
      expect(card.accuracy.validation).to.deep.equal(scoreOf(model, data.validation));
    });

    it("has the ranges of its card on the validation digits", () => {
      expect(layerRanges(model, data.validation.images)).to.deep.equal(card.calibration.layers);
    });

    it("comes with a card that names its data, its recipe and its files as they are, and a README that says the same", () => {
      expect(card.training.recipe).to.deep.equal(JSON.parse(JSON.stringify(expected.recipe)));
      for (const part of ["train", "validation", "heldOut"] as const)
        expect(card.data.split[part], part).to.deep.equal(describePart(data[part]));
      expectFiles(name, card.files);
      expectReadme(name, [...asWritten(card.accuracy.heldOut), ...asWritten(card.accuracy.validation)]);
    });

    it("comes with a held-out digit for the command line, which it classifies rightly", async () => {
      await expectSample(name, heldOut(0), data.heldOut.labels[0]);
      expect(classOf(evaluateGraph(compiled.graph, heldOut(0)))).to.equal(data.heldOut.labels[0]);
    });

    it("is imported as the function TensorFlow.js computes", () => {
      const logits = predict(model, data.heldOut.images.subarray(0, 10 * IMAGE_PIXELS));
      for (let k = 0; k < 10; k++) {
        evaluateGraph(compiled.graph, heldOut(k)).forEach((value, i) => {
          expect(value).to.be.closeTo(logits[10 * k + i], 1e-4);
        });
      }
    });

    it(`compiles to ${expected.parameters} with at most ${expected.rotations} rotations, far from wrapping around`, () => {
      expect(compiled.plan.params.id).to.equal(expected.parameters);
      expect(compiled.report.operations.rotations).to.be.at.most(expected.rotations);
      expect(compiled.report.fit).to.equal(null);
      for (const { bound } of compiled.report.layers) expect(bound.headroomBits).to.be.above(30);
    });

    it("classifies held-out digits by its plan, in the clear engine, as it does itself", async () => {
      const count = 12;
      const images = Array.from({ length: count }, (_, k) => heldOut(k));
      const outputs = await runInClear(compiled, images);
      const expectedOutputs = images.map((image) => evaluateGraph(compiled.graph, image));
      outputs.forEach((values, k) => {
        values.forEach((value, i) => expect(value).to.be.closeTo(expectedOutputs[k][i], 1e-3));
      });
      const right = outputs.filter((values, k) => classOf(values) === data.heldOut.labels[k]).length;
      expect(right).to.equal(expectedOutputs.filter((values, k) => classOf(values) === data.heldOut.labels[k]).length);
      expect(right).to.be.at.least(11);
    });
  });
}
