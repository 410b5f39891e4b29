import type { LayersModel } from "@tensorflow/tfjs-layers";
import { importTfjs } from "../../offchain/fhe/graph/import-tfjs.ts";
import { evaluateGraph } from "../../offchain/fhe/graph/evaluate.ts";
import { fitGraph, type FittedGraph } from "../../offchain/fhe/plan/fit/fit-graph.ts";
import { describeFiles, FRAMEWORK, sha256, type ModelCard } from "../digits/card.ts";
import type { ModelFiles } from "../digits/model-files.ts";
import type { TrainingRecipe } from "../training/train.ts";
import { COLUMNS } from "./columns.ts";
import { inputsOf, labelsOf, predictRisk, scoreRisk, type RiskScore } from "./evaluate.ts";
import { RECORDS, type LoanRecord, type RecordsSplit } from "./records.ts";

interface RecordsPart {
  readonly n: number;
  readonly defaults: number;
  /** Of the part's labels, one byte each, followed by its inputs as little-endian float32. */
  readonly sha256: string;
}

/** What card.json says about the risk model. */
export interface RiskCard extends Pick<
  ModelCard,
  "name" | "title" | "description" | "licence" | "architecture" | "training" | "limits" | "files" | "output"
> {
  readonly input: ModelCard["input"] & {
    readonly columns: readonly { name: string; meaning: string; from: number; to: number; scale: string }[];
  };
  readonly data: {
    readonly name: string;
    readonly source: string;
    readonly licence: string;
    readonly split: { readonly method: string; readonly seed: number } & Record<
      "train" | "validation" | "heldOut",
      RecordsPart
    >;
  };
  readonly accuracy: {
    readonly heldOut: RiskScore;
    readonly validation: RiskScore;
    /** Of the probabilities the held-out outcomes were drawn with: what no model can beat but by luck. */
    readonly best: RiskScore;
  };
  /** With parabolas for its activations, as it is evaluated on ciphertexts. */
  readonly fitted: {
    readonly calibration: { readonly split: "train"; readonly n: number };
    readonly activations: readonly { layer: string; activation: string; per: string; relativeError: number }[];
    readonly heldOut: RiskScore;
  };
}

/** Training records that parabolas are fitted on for the card, the first ones. */
export const CALIBRATION = 500;

/**
 * Identifies a part of the split by the records in it and their order.
 *
 * @param records one part of `makeRecords()`
 */
export function describeRecords(records: readonly LoanRecord[]): RecordsPart {
  const labels = labelsOf(records);
  const defaults = labels.reduce((sum, label) => sum + label, 0);
  return { n: records.length, defaults, sha256: sha256(labels, new Uint8Array(inputsOf(records).buffer)) };
}

/** The model with parabolas fitted on the first training records. */
export function fitRisk({ topology, weights }: ModelFiles, { train }: RecordsSplit): FittedGraph {
  const samples = train.slice(0, CALIBRATION).map((record) => inputsOf([record]));
  return fitGraph(importTfjs(JSON.parse(topology), weights), samples, { degreeOf: () => 2 });
}

/** How the fitted model does. */
export function scoreFitted({ graph }: FittedGraph, records: readonly LoanRecord[]): RiskScore {
  const logits = records.map((record) => evaluateGraph(graph, inputsOf([record]))[0]);
  return scoreRisk(logits, labelsOf(records), 0);
}

/**
 * Measures a trained model and writes down everything a person or a program needs to know to use it.
 *
 * @param model the published network
 * @param files the same model as it is saved
 * @param data the split it was trained on
 * @param recipe how it was trained
 */
export function makeRiskCard(
  model: LayersModel,
  files: ModelFiles,
  data: RecordsSplit,
  recipe: TrainingRecipe,
): RiskCard {
  const fit = fitRisk(files, data);
  const score = (records: readonly LoanRecord[]): RiskScore =>
    scoreRisk(predictRisk(model, records), labelsOf(records));
  return {
    name: "risk",
    title: "Loan default risk, on made-up records",
    description:
      "Tells how likely a loan is not to be paid back, from 24 numbers of an application. Trained on made-up records, to show a tabular model on encrypted data; no use for decisions about people.",
    licence: "Apache-2.0",
    architecture: "dense 32, swish, dense 16, swish, dense 1, sigmoid; 1,345 weights",
    input: {
      shape: [COLUMNS.length],
      range: [0, 1],
      meaning: "24 columns, each scaled to 0 … 1 between `from` and `to`; beyond them, taken as 0 or 1.",
      columns: COLUMNS.map(({ name, meaning, from, to, scale }) => ({ name, meaning, from, to, scale })),
    },
    output: { shape: [1], labels: ["default"], meaning: "The logit of a default; its sigmoid is the probability." },
    data: {
      name: "Made-up loan records of scripts/risk/records.ts",
      source: "drawn from distributions written down there; nobody's data",
      licence: "Apache-2.0",
      split: {
        method:
          "Independent records drawn by sfc32 from the seed; the first 5,000 train, the next 1,000 validate, the last 2,000 are held out.",
        seed: RECORDS.seed,
        train: describeRecords(data.train),
        validation: describeRecords(data.validation),
        heldOut: describeRecords(data.heldOut),
      },
    },
    accuracy: {
      heldOut: score(data.heldOut),
      validation: score(data.validation),
      best: scoreRisk(
        data.heldOut.map(({ risk }) => risk),
        labelsOf(data.heldOut),
      ),
    },
    fitted: {
      calibration: { split: "train", n: CALIBRATION },
      activations: fit.activations.map(({ layer, activation, per, relativeError }) => ({
        layer,
        activation,
        per,
        relativeError,
      })),
      heldOut: scoreFitted(fit, data.heldOut),
    },
    training: { script: "scripts/train-risk.ts", framework: FRAMEWORK, recipe },
    limits: [
      "Made-up records: it knows what the generator was told, and nothing about people.",
      "Never to be used for a decision about anybody.",
      "Every column must be scaled as listed; numbers outside 0 … 1 are outside the declared range.",
    ],
    files: describeFiles(files),
  };
}
