/**
 * Trains the digits model of models/digits from nothing and writes model.json, weights.bin and card.json.
 *
 * Usage: `node scripts/train-digits.ts [--epochs <n>] [--out <folder>]`. Without options it reproduces the committed model,
 * bit for bit on the Node version of the lock. Nothing is written before the training is over. The exit code is 1 when
 * the accuracy asked for is missed.
 */
import { accessSync, constants, mkdirSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { CloakworkError } from "../offchain/errors.ts";
import { makeCard, writeCard } from "./digits/card.ts";
import { loadDigits } from "./digits/data.ts";
import { serialiseModel, writeModel } from "./digits/model-files.ts";
import { DIGITS_RECIPE } from "./digits/recipe.ts";
import { trainDigits } from "./digits/train.ts";
import type { EpochReport } from "./digits/train.ts";

/** Part of the held-out digits the model has to classify rightly. */
const REQUIRED_ACCURACY = 0.975;
const COMMITTED = path.resolve(import.meta.dirname, "..", "models", "digits");

class UsageError extends CloakworkError {
  constructor(message: string, next: string) {
    super("TRAIN_USAGE", message, next);
  }
}

function readOptions(args: readonly string[]): { epochs: number; out: string } {
  const options = { epochs: { type: "string" }, out: { type: "string" } } as const;
  let values: { epochs?: string; out?: string };
  try {
    values = parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new UsageError(
      cause instanceof Error ? cause.message : String(cause),
      "Known options: --epochs <n>, --out <folder>.",
    );
  }
  const epochs = values.epochs === undefined ? DIGITS_RECIPE.epochs : Number(values.epochs);
  if (!Number.isSafeInteger(epochs) || epochs < 1) {
    throw new UsageError(
      "--epochs is not a whole number of at least 1.",
      "Give the number of passes over the training digits.",
    );
  }
  const out = path.resolve(values.out ?? COMMITTED);
  if (epochs !== DIGITS_RECIPE.epochs && out === COMMITTED) {
    throw new UsageError(
      `models/digits is trained for ${DIGITS_RECIPE.epochs} epochs and would be overwritten by another model.`,
      "Name another folder with --out.",
    );
  }
  return { epochs, out };
}

/** Makes the folder before two minutes of training, not after them. */
function prepareFolder(out: string): void {
  try {
    mkdirSync(out, { recursive: true });
    accessSync(out, constants.W_OK);
  } catch (cause) {
    throw new UsageError(`The folder ${out} cannot be written: ${String(cause)}.`, "Name another folder with --out.");
  }
}

const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;

function printEpoch(report: EpochReport, seconds: number): void {
  const { epoch, epochs, trainLoss, validationLoss, validationAccuracy } = report;
  const trained = Number.isNaN(trainLoss) ? "     –" : trainLoss.toFixed(4);
  console.log(
    `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}  loss ${trained}  validation loss ` +
      `${validationLoss.toFixed(4)}  accuracy ${percent(validationAccuracy)}  ${seconds.toFixed(0)} s`,
  );
}

async function main(): Promise<void> {
  const { epochs, out } = readOptions(process.argv.slice(2));
  const recipe = { ...DIGITS_RECIPE, epochs };
  prepareFolder(out);
  const data = loadDigits();
  const start = performance.now();
  const model = await trainDigits(data, recipe, {
    onEpoch: (report) => {
      printEpoch(report, (performance.now() - start) / 1000);
    },
  });
  const files = await serialiseModel(model);
  const card = makeCard(model, files, data, recipe);
  writeModel(files, out);
  writeCard(card, out);
  const { accuracy, correct, n } = card.accuracy.heldOut;
  console.log(
    `held-out accuracy ${percent(accuracy)} (${correct} of ${n}); written to ${path.relative(process.cwd(), out)}`,
  );
  if (accuracy < REQUIRED_ACCURACY) {
    console.error(`This is below the ${percent(REQUIRED_ACCURACY)} asked for.`);
    process.exitCode = 1;
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof CloakworkError)) throw error;
  console.error(`${error.message} ${error.next}`);
  process.exitCode = 1;
}
