/**
 * The engine without encryption: a value is its slots as doubles. It tells what a plan should give, and so how far a ciphertext is from it.
 */
import { decode } from "../ckks/encoder.ts";
import type { ParameterSet } from "../ckks/parameters.ts";
import { centredCoefficients } from "../ckks/crt.ts";
import { primesOf } from "../ckks/residues.ts";
import type { Plan } from "../plan/plan.ts";
import type { CheckedPlan } from "../plan/typecheck.ts";
import { splitConstants } from "./constants.ts";
import type { Evaluator, InputSequence, LoadedModel } from "./engine.ts";
import { EngineError } from "./errors.ts";
import { runPlan } from "./run.ts";

/** A model in the clear: no keys, inputs and outputs are slots (N/2 values). */
export type ClearModel = LoadedModel<undefined, Float64Array, Float64Array>;

/** Constants as a package carries them, or the slot values they stand for, one array a constant (N/2 values, or one for a scalar). */
export type ClearConstants = { readonly residues: Uint32Array } | { readonly slots: readonly Float64Array[] };

/**
 * Prepares a model for evaluation in the clear. A `compact` instruction gives what its result holds: slots averaged over each class modulo
 * the period.
 *
 * @param checked from `typecheck`
 * @throws EngineError when the constants do not fit the plan
 */
export function loadClearModel(checked: CheckedPlan, constants: ClearConstants): ClearModel {
  const { plan } = checked;
  const slots = "slots" in constants ? checkSlots(plan, constants.slots) : decodeConstants(checked, constants.residues);
  const evaluator = clearEvaluator(plan.params, slots);
  return {
    plan,
    openKeys: () =>
      Promise.resolve({
        run(inputs, options) {
          return runPlan(
            plan,
            evaluator,
            {
              input: (index) => checkInput(plan, inputs, index),
              output: (value) => value.slice(),
              compact: (value, { period }) => averageClasses(value, period),
            },
            options,
          );
        },
        [Symbol.dispose]: nothing,
      }),
    [Symbol.dispose]: nothing,
  };
}

function nothing(): void {
  // Doubles are freed by the garbage collector.
}

function clearEvaluator({ n }: ParameterSet, constants: readonly Float64Array[]): Evaluator<Float64Array> {
  const slots = n / 2;
  // Slots, or one number for all of them.
  const at = (b: Float64Array, i: number): number => (b.length === 1 ? b[0] : b[i]);
  const add = (a: Float64Array, b: Float64Array, sign = 1): Float64Array => {
    const out = new Float64Array(slots);
    for (let i = 0; i < slots; i++) out[i] = a[i] + sign * at(b, i);
    return out;
  };
  const mul = (a: Float64Array, b: Float64Array): Float64Array => {
    const out = new Float64Array(slots);
    for (let i = 0; i < slots; i++) out[i] = a[i] * at(b, i);
    return out;
  };
  const rotate = (a: Float64Array, step: number): Float64Array => {
    const out = new Float64Array(slots);
    for (let i = 0; i < slots; i++) out[i] = a[(((i + step) % slots) + slots) % slots];
    return out;
  };
  const copy = (a: Float64Array): Float64Array => a.slice();
  return {
    add: (a, b) => add(a, b),
    sub: (a, b) => add(a, b, -1),
    mul,
    negate: (a) => mul(a, Float64Array.of(-1)),
    square: (a) => mul(a, a),
    relinearise: copy,
    // Slots are real here.
    conjugate: copy,
    addPlain: (a, constant) => add(a, constants[constant]),
    mulPlain: (a, constant) => mul(a, constants[constant]),
    mulScalar: (a, constant) => mul(a, constants[constant]),
    rescale: copy,
    modSwitch: copy,
    rotate,
    hoisted: {
      relineariseExt: copy,
      decompose: copy,
      rotateHoisted: rotate,
      mulPlainExt: (a, constant) => mul(a, constants[constant]),
      addExt: (a, b) => add(a, b),
      modDown: copy,
    },
    dispose: nothing,
  };
}

/** The mean of the slots that are equal modulo the period, in every slot of the class. */
function averageClasses(values: Float64Array, period: number): Float64Array {
  const sums = new Float64Array(period);
  values.forEach((value, i) => (sums[i % period] += value));
  return values.map((_, i) => (sums[i % period] * period) / values.length);
}

function decodeConstants({ plan, constantScales }: CheckedPlan, residues: Uint32Array): Float64Array[] {
  return splitConstants(plan, residues).map((view, index) => {
    const { kind, level, basis } = plan.constants[index];
    const scale = constantScales[index];
    if (kind === "plain") return decode(plan.params, view, { scale, level, basis });
    return centredCoefficients(view, primesOf(plan.params, level, basis), 1).map((value) => value / scale);
  });
}

function checkSlots({ params, constants }: Plan, slots: readonly Float64Array[]): readonly Float64Array[] {
  const fits =
    slots.length === constants.length &&
    constants.every(({ kind }, i) => slots[i].length === (kind === "plain" ? params.n / 2 : 1));
  if (!fits)
    throw new EngineError(
      "ENGINE_CONSTANTS",
      "The model's constants were refused: their slots are not those the plan describes.",
    );
  return slots;
}

function checkInput(
  { params, inputs: declared }: Plan,
  inputs: InputSequence<Float64Array>,
  index: number,
): Float64Array {
  const input = inputs.at(index);
  if (inputs.length !== declared.length || input?.length !== params.n / 2) {
    throw new EngineError(
      "ENGINE_INPUTS",
      `The inputs were refused: the plan has ${declared.length} of ${params.n / 2} slots each.`,
    );
  }
  return input.slice();
}
