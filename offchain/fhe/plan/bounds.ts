/**
 * Proves that no intermediate value wraps around, from the declared range of the inputs and the real weights: interval arithmetic slot by slot, through
 * every instruction of the plan.
 *
 * Of slots z at scale Δ no coefficient exceeds Δ·(2/N)·Σ|z_i|, since each is Δ·(2/N)·Σ z_i·cos(…); it must stay below half the modulus of the value's level.
 *
 * Values that reach the output through additions, rotations and constants alone are exempt: all of that, rescaling included, is linear modulo the modulus, coefficient by coefficient, so
 * what they wrap around by is gone when the output itself fits. For the output, the calibrated maximum times a stated margin must fit (`output-scale.ts`); wrap-around beyond it is
 * what the plan's `bound` names.
 */
import { CompileError } from "./errors.ts";
import { scaleToNumber } from "./exact-scale.ts";
import type { Instruction, Plan, ValueId } from "./plan.ts";
import type { SlotVector } from "./program.ts";
import { fromDecimal } from "./decimal.ts";
import { operandsOf, lastUses } from "./operands.ts";
import { rotateSlots, slotOf } from "./slot-algebra.ts";
import type { CheckedPlan } from "./typecheck.ts";

/** Lowest and highest value of every slot. */
interface Interval {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** How full a layer's values can make the modulus. */
export interface LayerBound {
  /** Name of the layer, as in the plan. */
  readonly layer: string;
  /** Largest magnitude of any slot of any value of the layer that is not exempt. */
  readonly largest: number;
  /** Bits left between the largest coefficient and half the modulus; infinite when all its values are exempt. */
  readonly headroomBits: number;
}

/** Part of half the modulus that rounding and encryption errors, which the intervals leave out, can never fill. */
const ROOM_FOR_ERRORS = 2 ** -10;

/**
 * Proves the bounds.
 *
 * @param vectors slot values of the plan's constants, in order
 * @returns one bound a layer
 * @throws CompileError naming the layer when a value could wrap around
 */
export function proveBounds(checked: CheckedPlan, vectors: readonly SlotVector[]): LayerBound[] {
  const { plan, types } = checked;
  const exempt = linearToOutput(plan);
  const values = new Map<ValueId, Interval>();
  const release = lastUses(plan);
  const found = plan.layers.map((layer) => ({ layer: layer.name, largest: 0, headroomBits: Infinity }));
  plan.instructions.forEach((instruction, id) => {
    if (instruction.op === "compact") return;
    const interval = intervalOf(instruction, values, plan, vectors);
    values.set(id, interval);
    if (!exempt[id]) {
      const { level, scale } = types[id];
      const layer = plan.layers.findIndex(({ from, to }) => id >= from && id < to);
      const coefficient = scaleToNumber(plan.params, scale) * meanMagnitude(interval);
      const half =
        plan.params.data.slice(0, level).reduce((product, prime) => product * prime, 0.5) * (1 - ROOM_FOR_ERRORS);
      const headroomBits = Math.log2(half / coefficient);
      if (!(headroomBits > 0)) refuse(plan.layers[layer]?.name, -headroomBits);
      if (layer >= 0) {
        found[layer].largest = Math.max(found[layer].largest, largestMagnitude(interval));
        found[layer].headroomBits = Math.min(found[layer].headroomBits, headroomBits);
      }
    }
    for (const dead of release[id]) values.delete(dead);
  });
  return found;
}

/** Whether a value reaches outputs through operations alone that are linear modulo the modulus. */
function linearToOutput({ instructions, outputs }: Plan): boolean[] {
  const linear = instructions.map(() => true);
  for (let id = instructions.length - 1; id >= 0; id--) {
    const { op } = instructions[id];
    const keeps = op !== "square" && op !== "mul" && linear[id];
    if (!keeps) for (const operand of operandsOf(instructions[id])) linear[operand] = false;
  }
  // What is itself an output is read as it is.
  for (const { value } of outputs) linear[value] = true;
  return linear;
}

function intervalOf(
  instruction: Exclude<Instruction, { readonly op: "compact" }>,
  values: ReadonlyMap<ValueId, Interval>,
  plan: Plan,
  vectors: readonly SlotVector[],
): Interval {
  if (instruction.op === "input") return inputInterval(plan, instruction.input);
  if (instruction.op === "combine") {
    return instruction.values
      .map((value, k) => scaled(values.get(value)!, vectors[instruction.constants[k]][0]))
      .reduce((x, y) => combined(x, y, (left, right) => [left[0] + right[0], left[1] + right[1]]));
  }
  const a = values.get(instruction.a)!;
  switch (instruction.op) {
    case "add":
    case "addExt":
      return combined(a, values.get(instruction.b)!, (x, y) => [x[0] + y[0], x[1] + y[1]]);
    case "sub":
      return combined(a, values.get(instruction.b)!, (x, y) => [x[0] - y[1], x[1] - y[0]]);
    case "mul":
      return combined(a, values.get(instruction.b)!, productOf);
    case "square":
      return mapped(a, (low, high) => {
        const [x, y] = [low * low, high * high];
        return [low <= 0 && high >= 0 ? 0 : Math.min(x, y), Math.max(x, y)];
      });
    case "negate":
      return mapped(a, (low, high) => [-high, -low]);
    case "addPlain": {
      const vector = vectors[instruction.constant];
      return mapped(a, (low, high, i) => [low + slotOf(vector, i), high + slotOf(vector, i)]);
    }
    case "mulPlain":
    case "mulScalar":
    case "mulPlainExt": {
      const vector = vectors[instruction.constant];
      return mapped(a, (low, high, i) => {
        const weight = slotOf(vector, i);
        return weight < 0 ? [weight * high, weight * low] : [weight * low, weight * high];
      });
    }
    case "rotate":
    case "rotateHoisted":
      return { low: rotateSlots(a.low, instruction.step), high: rotateSlots(a.high, instruction.step) };
    case "relinearise":
    case "relineariseExt":
    case "rescale":
    case "modSwitch":
    case "conjugate":
    case "decompose":
    case "modDown":
      return a;
  }
}

function inputInterval({ inputs, params }: Plan, index: number): Interval {
  const { layout, range } = inputs[index];
  const placed = (bound: number): Float64Array =>
    Float64Array.from({ length: params.n / 2 }, (_, i) => (layout.indices[i % layout.period] < 0 ? 0 : bound));
  return { low: placed(fromDecimal(range.min)), high: placed(fromDecimal(range.max)) };
}

function scaled(a: Interval, factor: number): Interval {
  return mapped(a, (low, high) => (factor < 0 ? [factor * high, factor * low] : [factor * low, factor * high]));
}

type Pair = readonly [number, number];

function productOf(x: Pair, y: Pair): Pair {
  const products = [x[0] * y[0], x[0] * y[1], x[1] * y[0], x[1] * y[1]];
  return [Math.min(...products), Math.max(...products)];
}

function combined(a: Interval, b: Interval, combine: (x: Pair, y: Pair) => Pair): Interval {
  return mapped(a, (low, high, i) => combine([low, high], [b.low[i], b.high[i]]));
}

function mapped(a: Interval, map: (low: number, high: number, i: number) => Pair): Interval {
  const low = new Float64Array(a.low.length);
  const high = new Float64Array(a.low.length);
  for (let i = 0; i < low.length; i++) [low[i], high[i]] = map(a.low[i], a.high[i], i);
  return { low, high };
}

function meanMagnitude({ low, high }: Interval): number {
  let sum = 0;
  for (let i = 0; i < low.length; i++) sum += Math.max(Math.abs(low[i]), Math.abs(high[i]));
  return sum / low.length;
}

function largestMagnitude({ low, high }: Interval): number {
  let largest = 0;
  for (let i = 0; i < low.length; i++) largest = Math.max(largest, Math.abs(low[i]), Math.abs(high[i]));
  return largest;
}

function refuse(layer: string | undefined, bits: number): never {
  throw new CompileError(
    layer,
    `could wrap around: within the declared input range its values can exceed the modulus by ${bits.toFixed(1)} bits`,
    "Declare a narrower input range, or train with weight decay or batch normalisation before its squares, which keep values small.",
  );
}
