/**
 * Chooses which slot a plan begins at. Slots are alike to every instruction: turning all vectors and layouts by the same number of slots computes the same. But
 * key switches err far more in a few slots (`digitSpread`), and most plans leave slots nobody reads; the origin is turned so that they meet.
 */
import type { AssembledPlan } from "./assemble.ts";
import type { NoiseTrace } from "./noise-trace.ts";

/** Slots whose errors exceed those of an ordinary one by this factor are worth avoiding. */
const NOTABLE = 1.05;

/**
 * The origin with the least error from key switches, summed over outputs and inputs.
 *
 * @param traces of the plan as it is
 * @param spread of digits, by the plan's semantics: `spreadOf`
 * @returns the slot that is to become slot 0
 */
export function chooseOrigin(traces: readonly NoiseTrace[], spread: Float64Array): number {
  const slots = spread.length;
  const weights = new Float64Array(slots);
  for (const { keys } of traces) {
    for (const key of keys.values()) for (let i = 0; i < slots; i++) weights[i] += key.weights[i];
  }
  const ordinary = 1 / 12;
  const notable = [...spread.keys()].filter((i) => spread[i] > NOTABLE * ordinary);
  if (notable.length === 0) return 0;
  let best = 0;
  let least = Infinity;
  for (let origin = 0; origin < slots; origin++) {
    let sum = 0;
    for (const i of notable) sum += weights[(i + origin) & (slots - 1)] * (spread[i] - ordinary);
    if (sum < least) [best, least] = [origin, sum];
  }
  return best;
}

/** The same plan with another slot as slot 0. */
export function turned({ plan, vectors }: AssembledPlan, origin: number): AssembledPlan {
  return {
    plan: {
      ...plan,
      inputs: plan.inputs.map((input) => {
        const { indices, period } = input.layout;
        return {
          ...input,
          layout: { ...input.layout, indices: indices.map((_, i) => indices[(i + origin) % period]) },
        };
      }),
      outputs: plan.outputs.map((output) => {
        const { slots, period } = output.layout;
        return {
          ...output,
          layout: { period, slots: slots.map((slot) => (((slot - origin) % period) + period) % period) },
        };
      }),
    },
    vectors: vectors.map((vector) => vector.map((_, i) => vector[(i + origin) & (vector.length - 1)])),
  };
}
