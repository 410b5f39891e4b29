/** What a compiled model makes of its calibration inputs: the model itself, its plan without encryption, and its plan under encryption. */
import { loadClearModel } from "../../fhe/engine/clear.ts";
import { evaluateGraph } from "../../fhe/graph/evaluate.ts";
import type { Graph } from "../../fhe/graph/graph.ts";
import { applyBatchLayout, checkBatchSamples, readBatchOutputs } from "../../fhe/plan/batch-layout.ts";
import { applyInputLayout, readOutputs } from "../../fhe/plan/layout.ts";
import type { CheckedPlan } from "../../fhe/plan/typecheck.ts";
import { measureBatch } from "../../publisher/measuring-batch.ts";
import { openMeasuringUser } from "../../publisher/measuring-user.ts";
import { rightness } from "../../publisher/rightness.ts";

/** How many of some inputs were answered right. */
export interface Hits {
  readonly right: number;
  readonly of: number;
}

export interface Calibration {
  /** The model itself, on every input. */
  readonly plain: Hits;
  /** The plan on slots in the clear, with the encoded weights, on every input. */
  readonly clear: Hits;
  /** On the inputs that were encrypted: under encryption, and the model itself. */
  readonly encrypted: (Hits & { readonly plain: number }) | undefined;
  /** Whether right classes were given; without them, what the model says counts as right. */
  readonly labelled: boolean;
  /** Every output of the model itself, input by input. */
  readonly outputs: readonly Float64Array[];
  /** Largest distance between plan in the clear and what it is made to compute. */
  readonly clearError: number;
  /** Decrypted output less what the plan is made to compute, input by input. */
  readonly errors: readonly Float64Array[];
  /** Mean milliseconds of one encrypted evaluation, or of the whole batch, on this machine; undefined when there was none. */
  readonly milliseconds: number | undefined;
}

export interface CalibrationRequest {
  /** The model as it was trained. */
  readonly graph: Graph;
  /** What the plan computes: the model with its activations fitted. */
  readonly computed: Graph;
  readonly checked: CheckedPlan;
  readonly residues: Uint32Array;
  readonly samples: readonly (Float32Array | Float64Array)[];
  /** Index of the right class of each, or undefined. */
  readonly labels: readonly number[] | undefined;
  /** How many of the samples, the first ones, are evaluated under encryption. */
  readonly encrypted: number;
  readonly signal?: AbortSignal | undefined;
  /** Called as each part moves on, with the part of it done, 0 … 1. */
  readonly onProgress?: ((step: "clear" | "encrypted", part: number) => void) | undefined;
}

/** Part of the progress under encryption that making keys is taken for. */
const KEYS_PART = 0.3;

/**
 * Runs the inputs.
 *
 * @throws EngineError; ClientError `PLAN_UNSUPPORTED` when the plan is not one a client can open; the signal's reason
 */
export async function calibrate(request: CalibrationRequest): Promise<Calibration> {
  const { graph, computed, checked, residues, samples, labels, signal, onProgress } = request;
  const outputs = samples.map((sample) => evaluateGraph(graph, sample));
  const expected = computed === graph ? outputs : samples.map((sample) => evaluateGraph(computed, sample));
  const right = outputs.map((output, index) => rightness(checked.plan, labels?.[index], output));
  const hits = (values: readonly Float64Array[]): Hits => ({
    right: values.filter((value, index) => right[index](value)).length,
    of: values.length,
  });
  const inClear = await evaluateInClear(checked, residues, samples, signal, (part) => onProgress?.("clear", part));
  const { values, milliseconds } = await evaluateEncrypted(request);
  return {
    plain: hits(outputs),
    clear: hits(inClear),
    encrypted:
      values.length === 0 ? undefined : { ...hits(values), plain: hits(outputs.slice(0, values.length)).right },
    labelled: labels !== undefined,
    outputs,
    clearError: largestError(inClear.map((value, index) => difference(value, expected[index]))),
    errors: values.map((value, index) => difference(value, expected[index])),
    milliseconds,
  };
}

async function evaluateInClear(
  checked: CheckedPlan,
  residues: Uint32Array,
  samples: readonly (Float32Array | Float64Array)[],
  signal: AbortSignal | undefined,
  onProgress: (part: number) => void,
): Promise<Float64Array[]> {
  const { inputs, params, batch } = checked.plan;
  using model = loadClearModel(checked, { residues });
  using user = await model.openKeys(undefined);
  const values: Float64Array[] = [];
  while (batch !== undefined && values.length < samples.length) {
    signal?.throwIfAborted();
    const taken = samples.slice(values.length, values.length + batch.samples);
    const checkedSamples = checkBatchSamples(checked.plan, joined(taken));
    const slots = inputs.map((input) => applyBatchLayout(input, checkedSamples, params.n / 2));
    values.push(...readBatchOutputs(await user.run(slots, signal && { signal }), taken.length));
    onProgress(values.length / samples.length);
  }
  if (batch !== undefined) return values;
  for (const sample of samples) {
    signal?.throwIfAborted();
    values.push(readOutputs(checked.plan, await user.run([applyInputLayout(inputs[0], sample, params.n / 2)])));
    onProgress(values.length / samples.length);
  }
  return values;
}

async function evaluateEncrypted({
  checked,
  residues,
  samples,
  encrypted,
  signal,
  onProgress,
}: CalibrationRequest): Promise<{
  readonly values: readonly Float64Array[];
  readonly milliseconds: number | undefined;
}> {
  const taken = samples.slice(0, encrypted);
  if (taken.length === 0) return { values: [], milliseconds: undefined };
  const { batch } = checked.plan;
  if (batch !== undefined) {
    const first = taken.slice(0, batch.samples);
    const onPart = (part: number): void => onProgress?.("encrypted", part);
    return measureBatch(checked, batch, residues, joined(first), { signal, onProgress: onPart });
  }
  using user = await openMeasuringUser(checked, residues, signal, (part) =>
    onProgress?.("encrypted", part * KEYS_PART),
  );
  const values: Float64Array[] = [];
  let total = 0;
  for (const sample of taken) {
    signal?.throwIfAborted();
    const { values: answer, milliseconds } = await user.infer(sample, signal);
    values.push(answer);
    total += milliseconds;
    onProgress?.("encrypted", KEYS_PART + ((1 - KEYS_PART) * values.length) / taken.length);
  }
  return { values, milliseconds: total / taken.length };
}

/** Samples one after the other. */
function joined(samples: readonly (Float32Array | Float64Array)[]): Float64Array {
  return Float64Array.from(samples.flatMap((sample) => Array.from(sample)));
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, k) => value - b[k]);
}

/** Largest distance of any output of some inputs from the model's. */
export function largestError(errors: readonly Float64Array[]): number {
  return errors.reduce((most, error) => error.reduce((a, b) => Math.max(a, Math.abs(b)), most), 0);
}
