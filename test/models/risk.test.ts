import { readFileSync } from "node:fs";
import path from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { expect } from "chai";
import { evaluateGraph } from "../../offchain/fhe/graph/evaluate.ts";
import { compile, type CompiledModel } from "../../offchain/fhe/plan/compile.ts";
import { readModel } from "../../scripts/digits/model-files.ts";
import { CALIBRATION, describeRecords, scoreFitted, type RiskCard } from "../../scripts/risk/card.ts";
import { COLUMNS } from "../../scripts/risk/columns.ts";
import { inputsOf, labelsOf, predictRisk, scoreRisk } from "../../scripts/risk/evaluate.ts";
import { makeRecords, type RecordsSplit } from "../../scripts/risk/records.ts";
import { RISK_RECIPE } from "../../scripts/risk/train.ts";
import { asWritten, expectFiles, expectReadme, expectSample, folderOf, readGraph, runInClear } from "./sample-model.ts";

describe("the committed risk model", function () {
  this.timeout(60_000);
  let data: RecordsSplit;
  let model: LayersModel;
  let card: RiskCard;
  let compiled: CompiledModel;

  before(async () => {
    data = makeRecords();
    model = await readModel(folderOf("risk"));
    card = JSON.parse(readFileSync(path.join(folderOf("risk"), "card.json"), "utf8")) as RiskCard;
    compiled = compile(readGraph("risk"), {
      calibration: inputsOf(data.train.slice(0, CALIBRATION)),
      calibrationLabels: labelsOf(data.train.slice(0, CALIBRATION)),
      inputRange: { min: 0, max: 1 },
      maxDrop: 0.01,
    });
  });
  after(() => model.dispose());

  it("is 24 – 32 – 16 – 1 with swish, and leaves its sigmoid to the client", () => {
    expect(
      model.layers.map((layer) => [layer.getClassName(), layer.outputShape, layer.getConfig()["activation"]]),
    ).to.deep.equal([
      ["Dense", [null, 32], "swish"],
      ["Dense", [null, 16], "swish"],
      ["Dense", [null, 1], "sigmoid"],
    ]);
    expect(model.countParams()).to.equal(1345);
    expect(compiled.plan.outputs[0].finish).to.equal("sigmoid");
  });

  it("tells defaults of held-out records with an area under the curve of 0.84 at least, near the best there is", () => {
    const { heldOut } = data;
    const score = scoreRisk(predictRisk(model, heldOut), labelsOf(heldOut));
    expect(score).to.include({ n: 2000, defaults: 390 });
    expect(score.auc).to.be.within(0.84, card.accuracy.best.auc);
    expect(score.accuracy).to.be.at.least(0.84);
    expect(card.accuracy.heldOut).to.deep.equal(score);
    expect(card.accuracy.best).to.deep.equal(
      scoreRisk(
        heldOut.map(({ risk }) => risk),
        labelsOf(heldOut),
      ),
    );
  });

  it("loses next to nothing to the parabolas that take swish's place", () => {
    const { activations, accuracy } = compiled.report.fit!;
    expect(activations.map(({ layer, activation, degree }) => [layer, activation, degree])).to.deep.equal([
      ["dense1", "swish", 2],
      ["dense2", "swish", 2],
    ]);
    for (const { relativeError } of activations) expect(relativeError).to.be.below(0.05);
    expect(accuracy.agreement).to.be.at.least(0.98);
    const fitted = scoreFitted({ graph: compiled.graph, activations: [], accuracy }, data.heldOut);
    expect(fitted.auc).to.be.above(card.accuracy.heldOut.auc - 0.005);
    expect(card.fitted.heldOut).to.deep.equal(fitted);
  });

  it("answers by its plan, in the clear engine, as its fitted graph does", async () => {
    expect(compiled.plan.params.id).to.equal("n8192-d6-s1");
    const records = data.heldOut.slice(0, 200);
    const outputs = await runInClear(
      compiled,
      records.map((record) => inputsOf([record])),
    );
    const logits = outputs.map(([logit]) => logit);
    records.forEach((record, k) => {
      expect(logits[k]).to.be.closeTo(evaluateGraph(compiled.graph, inputsOf([record]))[0], 1e-3);
    });
    expect(scoreRisk(logits, labelsOf(records), 0).accuracy).to.be.at.least(0.82);
  });

  it("comes with a card of its data, columns, recipe and files, a README that says the same, and a sample", async () => {
    expect(card.training.recipe).to.deep.equal(RISK_RECIPE);
    for (const part of ["train", "validation", "heldOut"] as const)
      expect(card.data.split[part], part).to.deep.equal(describeRecords(data[part]));
    expect(card.input.columns.map(({ name }) => name)).to.deep.equal(COLUMNS.map(({ name }) => name));
    expectFiles("risk", card.files);
    const { heldOut, validation, best } = card.accuracy;
    expectReadme("risk", [
      ...asWritten(heldOut),
      ...asWritten(validation),
      ...[heldOut, validation, best, card.fitted.heldOut].map(({ auc }) => auc.toFixed(3)),
      ...COLUMNS.map(({ name, meaning }) => `\`${name}\` | ${meaning}`),
    ]);
    await expectSample("risk", inputsOf([data.heldOut[0]]), Number(data.heldOut[0].defaulted));
  });
});
