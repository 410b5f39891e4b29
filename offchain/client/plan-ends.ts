/** The two ends of a plan a client deals with: what it encrypts and what it opens. */
import type { PlanInput, PlanOutput } from "../fhe/plan/plan.ts";
import { scaleToNumber } from "../fhe/plan/exact-scale.ts";
import type { CheckedPlan } from "../fhe/plan/typecheck.ts";
import type { CompactShape } from "../fhe/result/shape.ts";
import { batchDeviation } from "../fhe/plan/batch-shape.ts";
import { fromDecimal } from "../fhe/plan/decimal.ts";
import { pieceOutputs } from "../fhe/result/batch-format.ts";
import { BOUND_SIGMAS } from "../fhe/result/noise.ts";
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
 * The outputs of a plan, all compact results: what is posted is them, one after the other.
 *
 * @throws ClientError `PLAN_UNSUPPORTED`
 */
export function compactOutputs({ plan, types }: CheckedPlan): CompactOutput[] {
  return plan.outputs.map((output) => {
    const instruction = plan.instructions[output.value];
    if (instruction.op !== "compact")
      throw planUnsupported("a result that is not compact, which would show the weights");
    const { ring, bits, period } = instruction;
    return { output, shape: { ring, bits, period }, scale: scaleToNumber(plan.params, types[output.value].scale) };
  });
}

/** What opening a batch's result takes. */
export interface BatchEnd {
  /** Bits of a published coefficient of c1. */
  readonly bits: number;
  /** Samples of a full request. */
  readonly samples: number;
  /** Scale of each output, in order. */
  readonly scales: readonly number[];
  /** The part of the plan's error bound that the evaluation has, without the result's own. */
  readonly evaluationError: number;
}

/** The ends of a plan for a batch; undefined for any other. */
export function batchEnd({ plan, types }: CheckedPlan): BatchEnd | undefined {
  const { params, batch, outputs, estimates } = plan;
  if (batch === undefined) return undefined;
  const { bits, samples } = batch;
  const scales = outputs.map(({ value }) => scaleToNumber(params, types[value].scale));
  const held = pieceOutputs(outputs.length);
  const deviations = scales.map((scale, k) => batchDeviation(params.n, bits, held[Math.floor(k / 2)] === 1, scale));
  const added = BOUND_SIGMAS * Math.max(...deviations);
  return { bits, samples, scales, evaluationError: Math.max(0, fromDecimal(estimates.errorBound) - added) };
}

/** What answers are made of: the outputs of a plan hold the numbers of one answer. */
export function answerForm({ outputs }: Pick<CheckedPlan["plan"], "outputs">): Pick<PlanOutput, "finish" | "labels"> {
  return { finish: outputs[0].finish, labels: outputs.flatMap(({ labels }) => labels) };
}
