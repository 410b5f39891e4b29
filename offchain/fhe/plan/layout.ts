/** What the client does in the clear: placing inputs in slots, reading outputs off them, the last activation. */
import { InputError } from "./errors.ts";
import { fromDecimal } from "./decimal.ts";
import type { Finish, OutputLayout, Plan, PlanInput } from "./plan.ts";

/**
 * Places the elements of an input in slots, once for every period.
 *
 * @param input as the plan declares it: layout and range
 * @param values the flattened input, one number an element of `input.layout.shape`
 * @param slots of a ciphertext, N/2
 * @returns the value of every slot
 * @throws InputError when there are too few or too many values, one is not finite, or one lies outside the declared range
 */
export function applyInputLayout(
  input: Pick<PlanInput, "layout" | "range">,
  values: ArrayLike<number>,
  slots: number,
): Float64Array {
  const { layout } = input;
  checkValues(input, values);
  const period = Float64Array.from(layout.indices, (index) => (index < 0 ? 0 : values[index]));
  return repeated(period, slots);
}

/**
 * Reads the outputs off slots. Each is the mean over the slots that repeat it, which have the same value and errors of their own.
 *
 * @param slots the value of every slot, N/2
 * @returns one number an output
 */
export function readOutput(layout: OutputLayout, slots: Float64Array): Float64Array {
  return Float64Array.from(layout.slots, (slot) => {
    let sum = 0;
    for (let at = slot; at < slots.length; at += layout.period) sum += slots[at];
    return (sum * layout.period) / slots.length;
  });
}

/**
 * Reads all outputs of a plan, one after the other: the numbers of one answer.
 *
 * @param slots of each output, N/2 each
 */
export function readOutputs({ outputs }: Pick<Plan, "outputs">, slots: readonly Float64Array[]): Float64Array {
  return Float64Array.from(outputs.flatMap(({ layout }, k) => [...readOutput(layout, slots[k])]));
}

/**
 * Applies what a plan leaves to the client.
 *
 * @param values decrypted outputs
 */
export function applyFinish(finish: Finish, values: Float64Array): Float64Array {
  switch (finish) {
    case "none":
      return values.slice();
    case "sigmoid":
      return values.map((value) => 1 / (1 + Math.exp(-value)));
    case "softmax": {
      const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
      const powers = values.map((value) => Math.exp(value - largest));
      const sum = powers.reduce((a, b) => a + b, 0);
      return powers.map((power) => power / sum);
    }
  }
}

/** Repeats a period over all slots. */
export function repeated(period: Float64Array, slots: number): Float64Array {
  const out = new Float64Array(slots);
  for (let at = 0; at < slots; at += period.length) out.set(period, at);
  return out;
}

function checkValues({ layout, range }: Pick<PlanInput, "layout" | "range">, values: ArrayLike<number>): void {
  const elements = layout.shape.reduce((product, size) => product * size, 1);
  if (values.length !== elements)
    throw new InputError(`it has ${values.length} numbers, and the model takes ${elements}`);
  const [min, max] = [fromDecimal(range.min), fromDecimal(range.max)];
  for (let k = 0; k < values.length; k++) {
    if (!Number.isFinite(values[k])) throw new InputError(`element ${k} is not a finite number`);
    if (values[k] < min || values[k] > max)
      throw new InputError(`element ${k} lies outside ${range.min} to ${range.max}`);
  }
}
