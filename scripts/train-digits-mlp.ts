/**
 * Trains the perceptron of models/digits-mlp from nothing, with ReLU first and then with the parabolas fitted to it, and writes model.json, weights.bin, card.json and
 * sample.json.
 *
 * Usage: `node scripts/train-digits-mlp.ts [--epochs <n>] [--out <folder>]`; the epochs are those with ReLU, fine-tuning takes three for every four of them. Without options it reproduces
 * the committed model, bit for bit on the Node version of the lock.
 */
import { MLP_ABOUT } from "./digits-mlp/about.ts";
import { MLP_RECIPE, trainMlp } from "./digits-mlp/train.ts";
import { makeCard, writeCard } from "./digits/card.ts";
import { loadDigits } from "./digits/data.ts";
import { serialiseModel, writeModel } from "./digits/model-files.ts";
import { writeDigitSample } from "./digits/sample.ts";
import { runTraining } from "./training/command.ts";

await runTraining({
  name: "digits-mlp",
  epochs: MLP_RECIPE.relu.epochs,
  required: 0.965,
  train: async (epochs, out, print) => {
    const recipe = {
      ...MLP_RECIPE,
      relu: { ...MLP_RECIPE.relu, epochs },
      fineTuning: { ...MLP_RECIPE.fineTuning, epochs: Math.ceil((3 * epochs) / 4) },
    };
    const data = loadDigits();
    const { model, fit } = await trainMlp(data, recipe, {
      onEpoch: (phase, report) => {
        print(report, phase);
      },
    });
    const files = await serialiseModel(model);
    const { samples, agreement, labelled } = fit.accuracy;
    const card = {
      ...makeCard(MLP_ABOUT, { model, files, data, recipe }),
      fit: {
        samples,
        agreement,
        accuracy: labelled,
        activations: fit.activations.map(({ layer, activation, degree, per, rmsError, relativeError }) => ({
          layer,
          activation,
          degree,
          per,
          rmsError,
          relativeError,
        })),
      },
    };
    writeModel(files, out);
    writeCard(card, out);
    writeDigitSample(data.heldOut, out);
    return card.accuracy.heldOut;
  },
});
