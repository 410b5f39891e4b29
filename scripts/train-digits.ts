/**
 * Trains the digits model of models/digits from nothing and writes model.json, weights.bin, card.json and sample.json.
 *
 * Usage: `node scripts/train-digits.ts [--epochs <n>] [--out <folder>]`. Without options it reproduces the committed model,
 * bit for bit on the Node version of the lock.
 */
import { DIGITS_ABOUT } from "./digits/about.ts";
import { makeCard, writeCard } from "./digits/card.ts";
import { loadDigits } from "./digits/data.ts";
import { serialiseModel, writeModel } from "./digits/model-files.ts";
import { DIGITS_RECIPE } from "./digits/recipe.ts";
import { writeDigitSample } from "./digits/sample.ts";
import { trainDigits } from "./digits/train.ts";
import { runTraining } from "./training/command.ts";

await runTraining({
  name: "digits",
  epochs: DIGITS_RECIPE.epochs,
  required: 0.975,
  train: async (epochs, out, onEpoch) => {
    const recipe = { ...DIGITS_RECIPE, epochs };
    const data = loadDigits();
    const model = await trainDigits(data, recipe, { onEpoch });
    const files = await serialiseModel(model);
    const card = makeCard(DIGITS_ABOUT, { model, files, data, recipe });
    writeModel(files, out);
    writeCard(card, out);
    writeDigitSample(data.heldOut, out);
    return card.accuracy.heldOut;
  },
});
