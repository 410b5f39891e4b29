/**
 * Real card transactions, for tests and benchmarks: a sample of the anonymised data of Dal Pozzolo, Caelen, Johnson and Bontempi, "Calibrating probability with undersampling for unbalanced classification"
 * (2015), in a folder beside the repository, which holds none of it.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { CloakworkError } from "../../offchain/errors.ts";
import { seededRandom, shuffledIndices } from "../digits/random.ts";
import type { Rows } from "../training/tabular.ts";

const FOLDER = process.env["CLOAKWORK_DATA"] ?? path.resolve(import.meta.dirname, "../../../shared/data");
const FILE = path.join(FOLDER, "creditcard_sample.csv");

/** What a transaction is told by: when, 28 principal components, how much. */
export const COLUMNS: readonly string[] = ["Time", ...Array.from({ length: 28 }, (_, k) => `V${k + 1}`), "Amount"];

/** Parts of each class; what is left over is held out. */
const SPLIT = { seed: 20260101, train: 0.6, validation: 0.1 } as const;

/** Scaled numbers beyond this many deviations are brought back to it: the declared range of an input. */
export const REACH = 5;

/** Transactions as a model sees them. */
export interface TransactionsSplit {
  readonly train: Rows;
  readonly validation: Rows;
  readonly heldOut: Rows;
}

/** Why there are no transactions here, in a sentence; undefined when there are. */
export function missingTransactions(): string | undefined {
  return existsSync(FILE) ? undefined : `There are no card transactions at ${FILE}.`;
}

/**
 * Reads the transactions and divides each class in the same parts. Numbers are scaled to mean 0 and deviation 1 on the training part alone, and cut off at {@link REACH}.
 *
 * @throws CloakworkError when the file is missing, or is no table with these columns
 */
export function loadTransactions(): TransactionsSplit {
  const missing = missingTransactions();
  if (missing !== undefined) refuse(missing);
  const { rows, labels } = readTable(readFileSync(FILE, "utf8"));
  const random = seededRandom(SPLIT.seed);
  const parts = { train: [] as number[], validation: [] as number[], heldOut: [] as number[] };
  for (const label of [0, 1]) {
    const own = [...labels.keys()].filter((i) => labels[i] === label);
    shuffledIndices(own.length, random).forEach((k, at) => {
      const share = at / own.length;
      const part = share < SPLIT.train ? "train" : share < SPLIT.train + SPLIT.validation ? "validation" : "heldOut";
      parts[part].push(own[k]);
    });
  }
  const scales = COLUMNS.map((_, column) => scaleOf(parts.train.map((i) => rows[i][column])));
  const take = (indices: readonly number[]): Rows => ({
    labels: Uint8Array.from(indices, (i) => labels[i]),
    inputs: Float32Array.from(
      indices.flatMap((i) =>
        rows[i].map((value, column) => {
          const { mean, deviation } = scales[column];
          return Math.min(REACH, Math.max(-REACH, (value - mean) / deviation));
        }),
      ),
    ),
  });
  return { train: take(parts.train), validation: take(parts.validation), heldOut: take(parts.heldOut) };
}

function readTable(text: string): { rows: number[][]; labels: Uint8Array } {
  const [head, ...lines] = text.trim().split(/\r?\n/);
  const names = head.split(",");
  const at = [...COLUMNS, "Class"].map((name) => names.indexOf(name));
  if (at.includes(-1)) refuse(`${FILE} has no column ${[...COLUMNS, "Class"][at.indexOf(-1)]}.`);
  const numbers = lines.map((line, row) => {
    const cells = line.split(",");
    const values = at.map((k) => Number(cells[k] === "" ? Number.NaN : cells[k]));
    if (!values.every(Number.isFinite)) refuse(`Line ${row + 2} of ${FILE} is no row of numbers.`);
    return values;
  });
  return {
    rows: numbers.map((values) => values.slice(0, -1)),
    labels: Uint8Array.from(numbers, (values) => values[values.length - 1]),
  };
}

function scaleOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

function refuse(what: string): never {
  throw new CloakworkError(
    "TRANSACTIONS_DATA",
    what,
    "Put creditcard_sample.csv into a folder and name the folder in CLOAKWORK_DATA.",
  );
}
