/** What the client of a batch does in the clear: samples into slots, one sample a slot, and outputs off them. */
import { fromDecimal } from "./decimal.ts";
import { InputError } from "./errors.ts";
import type { Plan, PlanInput } from "./plan.ts";

/** Samples one after the other: n × elements. */
export interface BatchSamples {
  readonly values: ArrayLike<number>;
  readonly count: number;
}

/**
 * Checks samples against a plan.
 *
 * @param values n × elements of the model's input
 * @throws InputError when they are not whole samples, too many, none, not finite, or outside the declared range; it never quotes a value
 */
export function checkBatchSamples({ inputs, batch }: Plan, values: ArrayLike<number>): BatchSamples {
  if (batch === undefined) throw new InputError("the plan takes one sample at a time");
  const [{ layout, range }] = inputs;
  const elements = elementsOf(layout.shape);
  const count = values.length / elements;
  if (!Number.isInteger(count) || count < 1)
    throw new InputError(`it has ${values.length} numbers, and a sample of the model takes ${elements}`);
  if (count > batch.samples) throw new InputError(`it has ${count} samples, and a batch takes ${batch.samples}`);
  const [min, max] = [fromDecimal(range.min), fromDecimal(range.max)];
  for (let k = 0; k < values.length; k++) {
    if (!(values[k] >= min && values[k] <= max))
      throw new InputError(
        `element ${k % elements} of sample ${Math.floor(k / elements)} is not a number from ${range.min} to ${range.max}`,
      );
  }
  return { values, count };
}

/**
 * Places one element of every sample in slots; slots beyond the last sample are zero.
 *
 * @param input of a batch plan: which element it holds
 * @param slots of a ciphertext, N/2
 */
export function applyBatchLayout(
  { layout }: Pick<PlanInput, "layout">,
  { values, count }: BatchSamples,
  slots: number,
): Float64Array {
  const elements = elementsOf(layout.shape);
  const [element] = layout.indices;
  const out = new Float64Array(slots);
  for (let sample = 0; sample < count; sample++) out[sample] = values[sample * elements + element];
  return out;
}

/**
 * Reads the outputs of samples off slots.
 *
 * @param outputs slots of every output of the plan
 * @param count of samples
 * @returns the outputs of each sample
 */
export function readBatchOutputs(outputs: readonly Float64Array[], count: number): Float64Array[] {
  return Array.from({ length: count }, (_, sample) => Float64Array.from(outputs, (slots) => slots[sample]));
}

function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
