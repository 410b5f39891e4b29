/**
 * Trains the convolutional network of models/lenet from nothing and writes model.json, weights.bin, card.json and sample.json.
 *
 * Usage: `node scripts/train-lenet.ts [--epochs <n>] [--out <folder>]`. Without options it reproduces the committed model,
 * bit for bit on the Node version of the lock.
 */
import { makeCard, writeCard } from "./digits/card.ts";
import { loadDigits } from "./digits/data.ts";
import { serialiseModel, writeModel } from "./digits/model-files.ts";
import { writeDigitSample } from "./digits/sample.ts";
import { LENET_ABOUT } from "./lenet/about.ts";
import { LENET_RECIPE, trainLenet } from "./lenet/train.ts";
import { runTraining } from "./training/command.ts";

await runTraining({
  name: "lenet",
  epochs: LENET_RECIPE.epochs,
  required: 0.98,
  train: async (epochs, out, onEpoch) => {
    const recipe = { ...LENET_RECIPE, epochs };
    const data = loadDigits();
    const model = await trainLenet(data, recipe, { onEpoch });
    const files = await serialiseModel(model);
    const card = makeCard(LENET_ABOUT, { model, files, data, recipe });
    writeModel(files, out);
    writeCard(card, out);
    writeDigitSample(data.heldOut, out);
    return card.accuracy.heldOut;
  },
});
