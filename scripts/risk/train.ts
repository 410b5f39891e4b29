import type { LayersModel } from "@tensorflow/tfjs-layers";
import { trainTabular, type Rows, type TabularShape } from "../training/tabular.ts";
import type { TrainingHooks, TrainingRecipe } from "../training/train.ts";
import { COLUMNS } from "./columns.ts";
import { inputsOf, labelsOf } from "./evaluate.ts";
import type { LoanRecord, RecordsSplit } from "./records.ts";

/** 24 numbers to the probability of default. */
const SHAPE: TabularShape = { name: "risk", columns: COLUMNS.length, hidden: [32, 16] };

/** The recipe of the committed model, settled on the validation records; the held-out ones had no part in it. */
export const RISK_RECIPE: TrainingRecipe = {
  seed: 3,
  epochs: 30,
  batch: 64,
  peakRate: 0.004,
  warmup: 0.05,
  labelSmoothing: 0,
  optimiser: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.3, clipNorm: 1 },
};

function rowsOf(records: readonly LoanRecord[]): Rows {
  return { inputs: inputsOf(records), labels: labelsOf(records) };
}

/**
 * Trains the network, 24 – 32 – 16 – 1 with swish; fixed by its arguments.
 *
 * @param data records to learn from and records to watch
 * @param recipe see {@link RISK_RECIPE}
 * @param hooks progress and cancellation
 * @returns the network with its sigmoid, trained; the caller disposes of it
 * @throws the signal's reason when cancelled
 */
export async function trainRisk(
  { train, validation }: Pick<RecordsSplit, "train" | "validation">,
  recipe: TrainingRecipe,
  hooks: TrainingHooks = {},
): Promise<LayersModel> {
  return await trainTabular(SHAPE, { train: rowsOf(train), validation: rowsOf(validation) }, recipe, hooks);
}
