import { pauser } from "../ckks/pause.ts";
import { operandsOf } from "../plan/operands.ts";
import type { Instruction, Plan, ValueId } from "../plan/plan.ts";
import type { Evaluator, RunOptions } from "./engine.ts";
import { EngineError } from "./errors.ts";

type Compact = Extract<Instruction, { op: "compact" }>;

/** What a run takes in and gives out, in an engine's own terms. */
export interface RunPorts<V, Output> {
  /** The value of input `index`; called once for every `input` instruction. The run disposes it. */
  input(index: number): V;
  /** Reads output `index` off its value. Does not dispose it. */
  output(value: V, index: number): Output;
  /** Makes output `index` by a `compact` instruction. Does not dispose the value. */
  compact(value: V, instruction: Compact, index: number): Output | Promise<Output>;
}

/**
 * Walks a plan over an engine: each value is disposed after its last use, and all of them when the run fails or is cancelled. The event
 * loop gets a turn now and then.
 *
 * @param plan checked by `typecheck`: operands are defined before they are used, and types fit
 * @returns one output of the plan after the other
 * @throws EngineError when the plan has instructions the engine does not speak
 * @throws the signal's reason when cancelled
 */
export async function runPlan<V, Output>(
  plan: Plan,
  evaluator: Evaluator<V>,
  ports: RunPorts<V, Output>,
  options: Pick<RunOptions, "signal" | "onProgress"> = {},
): Promise<Output[]> {
  const outputs = new Map<number, Output>();
  await walk(plan, evaluator, ports, plan.instructions.length, options, async (id, instruction, values) => {
    for (const [index, { value }] of plan.outputs.entries()) {
      if (value !== id) continue;
      if (instruction.op === "compact")
        outputs.set(index, await ports.compact(at(values, instruction.a), instruction, index));
      else outputs.set(index, ports.output(at(values, id), index));
    }
  });
  return plan.outputs.map((_, index) => at(outputs, index));
}

/**
 * Walks a plan up to a step and no further.
 *
 * @param step index of an instruction that defines a value
 * @param read reads what is wanted off that value; does not dispose it
 * @returns what `read` gave
 * @throws as `runPlan`
 */
export async function runTo<V, State>(
  plan: Plan,
  evaluator: Evaluator<V>,
  ports: Pick<RunPorts<V, unknown>, "input">,
  step: ValueId,
  read: (value: V) => State,
  options: Pick<RunOptions, "signal" | "onProgress"> = {},
): Promise<State> {
  const states = new Map<ValueId, State>();
  await walk(plan, evaluator, ports, step + 1, options, (id, _, values) => {
    if (id === step) states.set(id, read(at(values, id)));
  });
  return at(states, step);
}

/** Executes the first `end` instructions; `visit` sees each when it is done and before any value is disposed. */
async function walk<V>(
  plan: Plan,
  evaluator: Evaluator<V>,
  ports: Pick<RunPorts<V, unknown>, "input">,
  end: number,
  { signal, onProgress }: Pick<RunOptions, "signal" | "onProgress">,
  visit: (id: ValueId, instruction: Instruction, values: ReadonlyMap<ValueId, V>) => void | Promise<void>,
): Promise<void> {
  const { instructions } = plan;
  const lastUses = lastUsesOf(plan);
  const values = new Map<ValueId, V>();
  const pause = pauser(signal);
  try {
    for (let id = 0; id < end; id++) {
      await pause();
      const instruction = instructions[id];
      if (instruction.op === "input") values.set(id, ports.input(instruction.input));
      else if (instruction.op !== "compact") values.set(id, execute(evaluator, instruction, values));
      await visit(id, instruction, values);
      for (const dead of lastUses[id]) {
        const value = values.get(dead);
        if (!values.delete(dead)) continue;
        evaluator.dispose(value!);
      }
      onProgress?.(id + 1, end);
    }
  } finally {
    for (const value of values.values()) evaluator.dispose(value);
  }
}

/** For every instruction the values nobody needs once it is done: operands used for the last time, and itself if never used. */
function lastUsesOf({ instructions }: Plan): ValueId[][] {
  const last = instructions.map((_, id) => id);
  instructions.forEach((instruction, id) => {
    for (const operand of operandsOf(instruction)) last[operand] = id;
  });
  const uses: ValueId[][] = instructions.map(() => []);
  last.forEach((use, value) => uses[use].push(value));
  return uses;
}

type Operation = Exclude<Instruction, { op: "input" | "compact" }>;

function execute<V>(evaluator: Evaluator<V>, instruction: Operation, values: ReadonlyMap<ValueId, V>): V {
  if (instruction.op === "combine") return combine(evaluator, instruction, values);
  const a = at(values, instruction.a);
  switch (instruction.op) {
    case "add":
    case "sub":
    case "mul":
      return evaluator[instruction.op](a, at(values, instruction.b));
    case "negate":
    case "square":
    case "relinearise":
    case "conjugate":
      return evaluator[instruction.op](a);
    case "addPlain":
    case "mulPlain":
    case "mulScalar":
      return evaluator[instruction.op](a, instruction.constant);
    case "rescale":
    case "modSwitch":
      return evaluator[instruction.op](a, instruction.times);
    case "rotate":
      return evaluator.rotate(a, instruction.step);
    case "relineariseExt":
    case "decompose":
      return hoistedOf(evaluator)[instruction.op](a);
    case "modDown":
      return hoistedOf(evaluator).modDown(a, instruction.times);
    case "rotateHoisted":
      return hoistedOf(evaluator).rotateHoisted(a, instruction.step, instruction.ext);
    case "mulPlainExt":
      return hoistedOf(evaluator).mulPlainExt(a, instruction.constant);
    case "addExt":
      return hoistedOf(evaluator).addExt(a, at(values, instruction.b));
  }
}

/** A sum of products, in one where the engine can and one after the other where not. */
function combine<V>(
  evaluator: Evaluator<V>,
  { values: operands, constants }: Extract<Instruction, { op: "combine" }>,
  values: ReadonlyMap<ValueId, V>,
): V {
  const terms = operands.map((operand, k) => ({ value: at(values, operand), constant: constants[k] }));
  if (evaluator.combine !== undefined) return evaluator.combine(terms);
  const [first, ...others] = terms;
  let sum = evaluator.mulScalar(first.value, first.constant);
  for (const { value, constant } of others) {
    const before = sum;
    let product: V | undefined;
    try {
      product = evaluator.mulScalar(value, constant);
      sum = evaluator.add(before, product);
    } finally {
      evaluator.dispose(before);
      if (product !== undefined) evaluator.dispose(product);
    }
  }
  return sum;
}

function hoistedOf<V>(evaluator: Evaluator<V>): NonNullable<Evaluator<V>["hoisted"]> {
  if (evaluator.hoisted === undefined)
    throw new EngineError("ENGINE_UNSUPPORTED", "This engine does not hoist rotations.");
  return evaluator.hoisted;
}

function at<K, T>(map: ReadonlyMap<K, T>, key: K): T {
  if (!map.has(key)) throw new RangeError("the plan uses a value that is not there: it was not checked");
  return map.get(key)!;
}
