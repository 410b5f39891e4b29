/**
 * Trains the tabular model of models/risk from nothing, on records made by scripts/risk/records.ts, and writes model.json, weights.bin, card.json and sample.json.
 *
 * Usage: `node scripts/train-risk.ts [--epochs <n>] [--out <folder>]`. Without options it reproduces the committed model,
 * bit for bit on the Node version of the lock.
 */
import { writeCard } from "./digits/card.ts";
import { serialiseModel, writeModel } from "./digits/model-files.ts";
import { writeSample } from "./digits/sample.ts";
import { makeRiskCard } from "./risk/card.ts";
import { inputsOf } from "./risk/evaluate.ts";
import { makeRecords } from "./risk/records.ts";
import { RISK_RECIPE, trainRisk } from "./risk/train.ts";
import { runTraining } from "./training/command.ts";

await runTraining({
  name: "risk",
  epochs: RISK_RECIPE.epochs,
  required: 0.8,
  train: async (epochs, out, onEpoch) => {
    const recipe = { ...RISK_RECIPE, epochs };
    const data = makeRecords();
    const model = await trainRisk(data, recipe, { onEpoch });
    const files = await serialiseModel(model);
    const card = makeRiskCard(model, files, data, recipe);
    writeModel(files, out);
    writeCard(card, out);
    const [first] = data.heldOut;
    const values = [...inputsOf([first])].map((value) => Number(value.toFixed(6)));
    writeSample(out, "held-out record 0 of scripts/risk/records.ts", Number(first.defaulted), values);
    return card.accuracy.heldOut;
  },
});
