/** How a compiled model does under encryption: real keys, real ciphertexts, the engine a node runs, the result a user opens. */
import { onlyInput } from "../client/plan-ends.ts";
import { evaluateGraph } from "../fhe/graph/evaluate.ts";
import type { Graph } from "../fhe/graph/graph.ts";
import type { ActivationFit } from "../fhe/plan/fit/fit-graph.ts";
import { outsideRanges, type RangeExcess } from "../fhe/plan/fit/outside-ranges.ts";
import type { CheckedPlan } from "../fhe/plan/typecheck.ts";
import { PublishError } from "./errors.ts";
import { measureBatch } from "./measuring-batch.ts";
import { openMeasuringUser } from "./measuring-user.ts";
import { rightness } from "./rightness.ts";
import type { Samples } from "./types.ts";

/** What was measured. */
export interface Measurement {
  readonly samples: number;
  /** Share of samples right in the clear, 0 … 1. */
  readonly plain: number;
  /** Share of samples right under encryption, 0 … 1. */
  readonly encrypted: number;
  /** Largest distance of a decrypted output from what the plan computes in the clear. */
  readonly maxAbsError: number;
  /** Mean milliseconds of evaluating one sample on this machine. */
  readonly milliseconds: number;
  /** Samples that took an activation beyond the values it was fitted on, and the farthest of them all. */
  readonly outside: { readonly samples: number; readonly farthest: RangeExcess | undefined };
}

export interface MeasureOptions {
  /** The activations of what the plan computes, as they were fitted. */
  readonly activations?: readonly ActivationFit[];
  /** The model as it was trained, where the plan computes it with other activations: its answers in the clear are what is judged. */
  readonly trained?: Graph;
  readonly signal?: AbortSignal | undefined;
  /** Called after the keys and after each sample with the part done, 0 … 1. */
  readonly onProgress?: ((part: number) => void) | undefined;
}

/** Part of the progress that making keys is taken for. */
const KEYS_PART = 0.2;

/**
 * Measures a model under encryption, with keys that are made for it and wiped after it.
 *
 * @param graph what the plan computes, in the clear
 * @param checked its plan
 * @param residues of the plan's constants
 * @throws PublishError `PUBLISH_SAMPLES`; ClientError `PLAN_UNSUPPORTED`; what the engine throws; the signal's reason
 */
export async function measureUnderEncryption(
  graph: Graph,
  checked: CheckedPlan,
  residues: Uint32Array,
  samples: Samples,
  { activations = [], trained = graph, signal, onProgress }: MeasureOptions = {},
): Promise<Measurement> {
  const inputs = splitSamples(checked, samples);
  const excesses = inputs.map((input) => outsideRanges({ graph, activations }, input));
  await using answers = answersOf(checked, residues, inputs, signal, (part) => onProgress?.(part));
  const take = async (): Promise<Answered> => (await answers.next()).value!;
  const tally = { plain: 0, encrypted: 0, maxAbsError: 0, milliseconds: 0 };
  for (const [index, input] of inputs.entries()) {
    signal?.throwIfAborted();
    const clear = evaluateGraph(trained, input);
    const expected = trained === graph ? clear : evaluateGraph(graph, input);
    const { values, milliseconds } = await take();
    const right = rightness(checked.plan, samples.labels?.[index], clear);
    if (right(clear)) tally.plain++;
    if (right(values)) tally.encrypted++;
    tally.maxAbsError = values.reduce(
      (most, value, k) => Math.max(most, Math.abs(value - expected[k])),
      tally.maxAbsError,
    );
    tally.milliseconds += milliseconds;
  }
  return {
    samples: inputs.length,
    plain: tally.plain / inputs.length,
    encrypted: tally.encrypted / inputs.length,
    maxAbsError: tally.maxAbsError,
    milliseconds: tally.milliseconds / inputs.length,
    outside: {
      samples: excesses.filter((found) => found.length > 0).length,
      farthest: excesses.flat().sort((a, b) => b.widths - a.widths)[0],
    },
  };
}

interface Answered {
  readonly values: Float64Array;
  readonly milliseconds: number;
}

/** The decrypted outputs of the inputs, in order: one after the other, or batch by batch. */
async function* answersOf(
  checked: CheckedPlan,
  residues: Uint32Array,
  inputs: readonly (Float32Array | Float64Array)[],
  signal: AbortSignal | undefined,
  onProgress: (part: number) => void,
): AsyncGenerator<Answered, undefined> {
  const { batch } = checked.plan;
  if (batch === undefined) {
    using user = await openMeasuringUser(checked, residues, signal, (part) => {
      onProgress(part * KEYS_PART);
    });
    for (const [index, input] of inputs.entries()) {
      const answered = await user.infer(input, signal);
      onProgress(1 - (1 - KEYS_PART) * (1 - (index + 1) / inputs.length));
      yield answered;
    }
    return;
  }
  for (let from = 0; from < inputs.length; from += batch.samples) {
    const taken = inputs.slice(from, from + batch.samples);
    const joined = Float64Array.from(taken.flatMap((input) => Array.from(input)));
    const { values, milliseconds } = await measureBatch(checked, batch, residues, joined, {
      signal,
      onProgress: (part) => {
        onProgress((from + part * taken.length) / inputs.length);
      },
    });
    for (const one of values) yield { values: one, milliseconds: milliseconds / taken.length };
  }
}

function splitSamples(checked: CheckedPlan, { inputs, labels }: Samples): (Float32Array | Float64Array)[] {
  // All inputs of a batch plan are of the same shape: each is one element of it.
  const { layout } = checked.plan.batch === undefined ? onlyInput(checked) : checked.plan.inputs[0];
  const size = layout.shape.reduce((product, axis) => product * axis, 1);
  const count = inputs.length / size;
  if (count < 1 || !Number.isInteger(count)) {
    throw new PublishError("PUBLISH_SAMPLES", `The samples are ${inputs.length} numbers, and an input has ${size}.`);
  }
  if (labels !== undefined && labels.length !== count) {
    throw new PublishError("PUBLISH_SAMPLES", `There are ${count} samples and ${labels.length} labels.`);
  }
  return Array.from({ length: count }, (_, i) => inputs.subarray(i * size, (i + 1) * size));
}
