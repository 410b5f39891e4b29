/** The two ends of a plan a client deals with: what it encrypts and what it opens. */
import type { PlanInput, PlanOutput } from "../fhe/plan/plan.ts";
import { scaleToNumber } from "../fhe/plan/exact-scale.ts";
import type { CheckedPlan } from "../fhe/plan/typecheck.ts";
import type { CompactShape } from "../fhe/result/shape.ts";
import { planUnsupported } from "./errors.ts";

/** An output that is a compact result. */
export interface CompactOutput {
  readonly output: PlanOutput;
  readonly shape: CompactShape;
  /** Scale of the value that is compacted. */
  readonly scale: number;
}

/**
 * The one input of a plan: a request names one encrypted input.
 *
 * @throws ClientError `PLAN_UNSUPPORTED`
 */
export function onlyInput({ plan }: CheckedPlan): PlanInput {
  if (plan.inputs.length !== 1) throw planUnsupported(`${plan.inputs.length} inputs, and a request names one`);
  return plan.inputs[0];
}

/**
 * The one output of a plan, a compact result: what is posted is one of them.
 *
 * @throws ClientError `PLAN_UNSUPPORTED`
 */
export function onlyOutput({ plan, types }: CheckedPlan): CompactOutput {
  if (plan.outputs.length !== 1) throw planUnsupported(`${plan.outputs.length} outputs, and a result is one`);
  const [output] = plan.outputs;
  const instruction = plan.instructions[output.value];
  if (instruction.op !== "compact") throw planUnsupported("a result that is not compact, which would show the weights");
  const { ring, bits, period } = instruction;
  return { output, shape: { ring, bits, period }, scale: scaleToNumber(plan.params, types[output.value].scale) };
}
