/** What the commands `scripts/train-*.ts` have in common: their options, their progress, how they end. */
import { accessSync, constants, mkdirSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { CloakworkError } from "../../offchain/errors.ts";
import type { EpochReport } from "./train.ts";

/** A model of this repository and how it is trained. */
export interface TrainingCommand {
  /** Name of its folder in models/. */
  readonly name: string;
  /** Epochs the committed model is trained for. */
  readonly epochs: number;
  /** Part of the held-out examples the model has to answer rightly, 0 … 1. */
  readonly required: number;
  /**
   * Trains and writes everything to a folder that is there.
   *
   * @returns how it did on the held-out examples
   */
  readonly train: (
    epochs: number,
    out: string,
    print: EpochPrinter,
  ) => Promise<{ readonly correct: number; readonly n: number }>;
}

/** Prints a line an epoch. */
export type EpochPrinter = (report: EpochReport, phase?: string) => void;

class UsageError extends CloakworkError {
  constructor(message: string, next: string) {
    super("TRAIN_USAGE", message, next);
  }
}

function readOptions(
  args: readonly string[],
  { name, epochs: usual }: TrainingCommand,
): { epochs: number; out: string } {
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
  const epochs = values.epochs === undefined ? usual : Number(values.epochs);
  if (!Number.isSafeInteger(epochs) || epochs < 1) {
    throw new UsageError(
      "--epochs is not a whole number of at least 1.",
      "Give the number of passes over the training examples.",
    );
  }
  const committed = path.resolve(import.meta.dirname, "../../models", name);
  const out = path.resolve(values.out ?? committed);
  if (epochs !== usual && out === committed) {
    throw new UsageError(
      `models/${name} is trained for ${usual} epochs and would be overwritten by another model.`,
      "Name another folder with --out.",
    );
  }
  return { epochs, out };
}

/** Makes the folder before minutes of training, not after them. */
function prepareFolder(out: string): void {
  try {
    mkdirSync(out, { recursive: true });
    accessSync(out, constants.W_OK);
  } catch (cause) {
    throw new UsageError(`The folder ${out} cannot be written: ${String(cause)}.`, "Name another folder with --out.");
  }
}

const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;

function printer(): EpochPrinter {
  const start = performance.now();
  return ({ epoch, epochs, trainLoss, validationLoss, validationAccuracy }, phase) => {
    const trained = Number.isNaN(trainLoss) ? "     –" : trainLoss.toFixed(4);
    const seconds = (performance.now() - start) / 1000;
    console.log(
      `${phase === undefined ? "" : `${phase} `}epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}  loss ${trained}  ` +
        `validation loss ${validationLoss.toFixed(4)}  accuracy ${percent(validationAccuracy)}  ${seconds.toFixed(0)} s`,
    );
  };
}

/**
 * Runs a training command: `[--epochs <n>] [--out <folder>]`. Nothing is written before the training is over. The exit code is 1 when an option makes no sense or the accuracy asked
 * for is missed.
 */
export async function runTraining(command: TrainingCommand): Promise<void> {
  try {
    const { epochs, out } = readOptions(process.argv.slice(2), command);
    prepareFolder(out);
    const { correct, n } = await command.train(epochs, out, printer());
    console.log(
      `held-out accuracy ${percent(correct / n)} (${correct} of ${n}); written to ${path.relative(process.cwd(), out)}`,
    );
    if (correct / n < command.required) {
      console.error(`This is below the ${percent(command.required)} asked for.`);
      process.exitCode = 1;
    }
  } catch (error) {
    if (!(error instanceof CloakworkError)) throw error;
    console.error(`${error.message} ${error.next}`);
    process.exitCode = 1;
  }
}
