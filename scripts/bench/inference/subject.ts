/** The sample models, and one trained for the bench on real data that the repository does not hold, with inputs they never saw. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Graph } from "../../../offchain/fhe/graph/graph.ts";
import { importTfjs } from "../../../offchain/fhe/graph/import-tfjs.ts";
import { compile, type CompileOptions } from "../../../offchain/fhe/plan/compile.ts";
import { typecheck, type CheckedPlan } from "../../../offchain/fhe/plan/typecheck.ts";
import type { ModelSource } from "../../../offchain/publisher/types.ts";
import { loadDigits, takeDigits } from "../../digits/data.ts";
import { serialiseModel } from "../../digits/model-files.ts";
import { trainFraud } from "../../fraud/train.ts";
import { COLUMNS, loadTransactions, REACH } from "../../fraud/transactions.ts";
import { inputsOf, labelsOf } from "../../risk/evaluate.ts";
import { makeRecords } from "../../risk/records.ts";

const MODELS = path.resolve(import.meta.dirname, "../../../models");
const CALIBRATION = 500;

/** A model compiled one way. */
export interface CompiledSubject {
  readonly checked: CheckedPlan;
  /** What the plan computes: the model with its activations fitted. */
  readonly graph: Graph;
  /** Residues of all constants, as a package carries them. */
  readonly constants: Uint32Array<ArrayBuffer>;
}

/** A model with inputs it never saw. */
export interface Subject {
  readonly model: string;
  /** As it was trained. */
  readonly graph: Graph;
  readonly inputs: readonly Float32Array[];
  /** The class of each input. */
  readonly labels: Uint8Array;
  /** The files TensorFlow.js saved. */
  readonly source: ModelSource;
  /** What its owner compiles it with. */
  readonly options: Pick<CompileOptions, "calibration" | "inputRange">;
  /** Compiles it as its owner does, but for what is asked. */
  compile(options: Pick<CompileOptions, "semantics" | "layout" | "batch">): CompiledSubject;
}

type Data = Pick<CompileOptions, "calibration" | "inputRange"> & {
  readonly inputs: Float32Array;
  readonly labels: Uint8Array;
};

function digitsData(count: number): Data {
  const { validation, heldOut } = loadDigits();
  const first = (n: number): Uint32Array => Uint32Array.from({ length: n }, (_, i) => i);
  const { images, labels } = takeDigits(heldOut, first(count));
  const calibration = takeDigits(validation, first(CALIBRATION)).images;
  return { calibration, inputRange: { min: 0, max: 1 }, inputs: images, labels };
}

async function fraudModel(count: number): Promise<{ readonly source: ModelSource; readonly data: Data }> {
  const transactions = loadTransactions();
  const trained = await trainFraud(transactions);
  const { topology, weights } = await serialiseModel(trained);
  trained.dispose();
  const { train, heldOut } = transactions;
  const labels = heldOut.labels.subarray(0, count);
  const inputs = heldOut.inputs.subarray(0, labels.length * COLUMNS.length);
  const calibration = train.inputs.subarray(0, CALIBRATION * COLUMNS.length);
  const inputRange = { min: -REACH, max: REACH };
  return {
    source: { modelJson: JSON.parse(topology) as unknown, weights },
    data: { calibration, inputRange, inputs, labels },
  };
}

function committed(model: string): ModelSource {
  const folder = path.join(MODELS, model);
  const modelJson: unknown = JSON.parse(readFileSync(path.join(folder, "model.json"), "utf8"));
  return { modelJson, weights: new Uint8Array(readFileSync(path.join(folder, "weights.bin"))) };
}

function riskData(count: number): Data {
  const { validation, heldOut } = makeRecords();
  const chosen = heldOut.slice(0, count);
  const calibration = inputsOf(validation.slice(0, CALIBRATION));
  return { calibration, inputRange: { min: 0, max: 1 }, inputs: inputsOf(chosen), labels: labelsOf(chosen) };
}

/** Where the inputs of each model come from, by its folder in models/. */
const DATA: Readonly<Record<string, (count: number) => Data>> = {
  digits: digitsData,
  "digits-mlp": digitsData,
  lenet: digitsData,
  risk: riskData,
};

/** The sample models there are. */
export const SAMPLES: readonly string[] = Object.keys(DATA).filter((name) => existsSync(path.join(MODELS, name)));

/** Trained when it is asked for, on card transactions from outside the repository. */
const FRAUD = "fraud";

/** The models there are figures of. */
export const SUBJECTS: readonly string[] = [...SAMPLES, FRAUD];

/**
 * A model.
 *
 * @param model one of `SUBJECTS`
 * @param count inputs to take, or as many as there are
 * @throws CloakworkError `TRANSACTIONS_DATA` when it is `fraud` and its data is not there
 */
export async function subjectOf(model: string, count: number): Promise<Subject> {
  const { source, data } =
    model === FRAUD ? await fraudModel(count) : { source: committed(model), data: DATA[model](count) };
  const graph = importTfjs(source.modelJson, source.weights);
  const { inputs, labels, ...options } = data;
  const size = inputs.length / labels.length;
  return {
    model,
    graph,
    inputs: Array.from({ length: labels.length }, (_, i) => inputs.subarray(i * size, (i + 1) * size)),
    labels,
    source,
    options,
    compile(asked) {
      const compiled = compile(graph, { ...options, ...asked, model });
      return {
        checked: typecheck(compiled.plan),
        graph: compiled.graph,
        constants: compiled.constants.residues(),
      };
    },
  };
}
