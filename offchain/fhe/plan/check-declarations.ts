/** What a plan declares beside its instructions: inputs, outputs, layers, keys, sizes. */
import { compareEntries, entryOf, type KeyNeed } from "../ckks/key-need.ts";
import { inputBytes, keyBytes, resultBytes } from "./bytes.ts";
import { fromDecimal } from "./decimal.ts";
import { PlanError } from "./errors.ts";
import { deriveKeyNeeds } from "./keys.ts";
import { batchReason } from "./batch-shape.ts";
import type { Instruction, Plan } from "./plan.ts";
import type { ValueType } from "./value-type.ts";

function require(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new PlanError(reason);
}

function isPowerOfTwo(value: number): boolean {
  return value >= 1 && (value & (value - 1)) === 0;
}

/** Levels, layouts and ranges of the inputs. */
export function checkInputs({ inputs, params }: Plan): void {
  for (const { name, level, layout, range } of inputs) {
    require(level >= 1 && level <= params.data.length, `input "${name}" is at level ${level} of ${params.data.length}`);
    const elements = layout.shape.reduce((product, size) => product * size, 1);
    require(Number.isSafeInteger(elements), `input "${name}" has a shape beyond counting`);
    require(isPowerOfTwo(layout.period) &&
      layout.period <=
        params.n / 2, `input "${name}" repeats with ${layout.period}, which does not divide ${params.n / 2} slots`);
    require(layout.indices.length ===
      layout.period, `input "${name}" places ${layout.indices.length} of ${layout.period} slots`);
    require(layout.indices.every((index) => index < elements), `input "${name}" places an element it does not have`);
    require(layout.indices.some((index) => index >= 0), `input "${name}" places no element`);
    require(fromDecimal(range.min) <= fromDecimal(range.max), `input "${name}" has an empty range`);
  }
}

/** Values, layouts, bounds and labels of the outputs. */
export function checkOutputs({ outputs, instructions, params }: Plan, types: readonly ValueType[]): void {
  const values = new Set(outputs.map(({ value }) => value));
  require(values.size === outputs.length, "two outputs are the same value");
  for (const { name, value, layout, bound, labels } of outputs) {
    const type = types[value];
    const final =
      type.form === "compact" ||
      (type.form === "ciphertext" && type.basis === "Q" && type.degree === 1 && type.level === 1);
    require(final, `output "${name}" is neither a compact result nor a linear ciphertext at level 1`);
    const instruction = instructions[value];
    const period = instruction.op === "compact" ? instruction.period : layout.period;
    require(isPowerOfTwo(layout.period) &&
      layout.period <= params.n / 2, `output "${name}" repeats with ${layout.period}, which does not divide the slots`);
    require(layout.period ===
      period, `output "${name}" repeats with ${layout.period}, and its compact result with ${period}`);
    require(layout.slots.length >= 1 &&
      layout.slots.every((slot) => slot < layout.period), `output "${name}" is read outside its period`);
    require(new Set(layout.slots).size === layout.slots.length, `output "${name}" reads a slot twice`);
    require(labels.length === 0 ||
      labels.length ===
        layout.slots.length, `output "${name}" has ${labels.length} labels for ${layout.slots.length} values`);
    require(fromDecimal(bound) > 0, `output "${name}" has no positive bound`);
  }
  types.forEach((type, index) => {
    require(type.form !== "compact" || values.has(index), `the compact result ${index} is not an output`);
  });
}

/** Operations that bring slots together, which in a batch are different samples. */
const MIXING = new Set<Instruction["op"]>(["rotate", "rotateHoisted", "conjugate", "compact"]);

/** A batch: every period of slots is a sample of its own, from inputs to outputs. */
export function checkBatch({ batch, inputs, outputs, instructions, params }: Plan): void {
  if (batch === undefined) return;
  const reason = batchReason(params, batch);
  require(reason === undefined, `it asks for a batch result that does not exist: ${reason}`);
  const period = params.n / 2 / batch.samples;
  require(isPowerOfTwo(period), `its batch of ${batch.samples} samples does not divide ${params.n / 2} slots`);
  for (const { name, layout } of [...inputs, ...outputs])
    require(layout.period === period, `"${name}" has ${layout.period} slots a sample instead of ${period}`);
  const mixing = instructions.find(({ op }) => MIXING.has(op));
  require(mixing === undefined, `it is a batch, and its ${mixing?.op} would bring samples together`);
  for (const { name, layout } of outputs)
    require(layout.slots.length === 1 && period === 1, `output "${name}" has more than one number a sample`);
}

/** Layers follow each other and lie within the instructions. */
export function checkLayers({ layers, instructions }: Plan): void {
  let at = 0;
  for (const { name, from, to } of layers) {
    require(from >= at &&
      to >= from &&
      to <= instructions.length, `layer "${name}" lies outside the instructions or overlaps another`);
    at = to;
  }
}

/** The keys listed are those the instructions need, no more and no less. */
export function checkKeys(plan: Plan, types: readonly ValueType[]): void {
  const needed = deriveKeyNeeds(plan, types);
  plan.keys.forEach((key, k) => {
    require(k === 0 ||
      compareEntries(entryOf(plan.keys[k - 1]), entryOf(key)) < 0, "its keys are out of order or listed twice");
  });
  for (const need of needed)
    require(plan.keys.some((key) => sameNeed(key, need)), `it needs ${describe(need)} and does not list it`);
  for (const key of plan.keys)
    require(needed.some((need) => sameNeed(key, need)), `it lists ${describe(key)} and does not need it`);
}

/** Sizes told to people are exact. */
export function checkEstimates(plan: Plan, types: readonly ValueType[]): void {
  const { estimates } = plan;
  const exact = { keyBytes: keyBytes(plan), inputBytes: inputBytes(plan), resultBytes: resultBytes(plan, types) };
  for (const name of ["keyBytes", "inputBytes", "resultBytes"] as const) {
    require(estimates[name] === exact[name], `it states ${estimates[name]} ${name} where there are ${exact[name]}`);
  }
  require(fromDecimal(estimates.errorBound) > 0, "it states no positive error bound");
}

function sameNeed(a: KeyNeed, b: KeyNeed): boolean {
  const [x, y] = [entryOf(a), entryOf(b)];
  return x.kind === y.kind && x.element === y.element && x.gadget === y.gadget && x.level === y.level;
}

function describe(need: KeyNeed): string {
  switch (need.kind) {
    case "galois":
      return `the Galois key of element ${need.element} at level ${need.level}`;
    case "relin":
      return `the relinearisation key at level ${need.level}`;
    case "switch":
    case "compactPublic":
    case "batchPublic":
      return `the ${need.kind} key of ring ${need.ring}`;
  }
}
