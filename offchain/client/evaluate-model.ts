/** A licensed model on the licensee's own machine: no chain, no encryption, nothing leaves. */
import { Raw } from "../fhe/ckks/raw.ts";
import { loadClearModel } from "../fhe/engine/clear.ts";
import { applyBatchLayout, checkBatchSamples, readBatchOutputs } from "../fhe/plan/batch-layout.ts";
import { fromDecimal } from "../fhe/plan/decimal.ts";
import { applyInputLayout, readOutputs } from "../fhe/plan/layout.ts";
import type { CheckedPlan } from "../fhe/plan/typecheck.ts";
import { answerOf } from "./answer.ts";
import { answerForm, onlyInput } from "./plan-ends.ts";
import type { Answer } from "./types.ts";

/**
 * Evaluates a model in the clear, as its plan says and with the weights it was sealed with: the answers a node's are within the error bound of,
 * rounded as a node's are.
 *
 * @param values the flattened inputs, one after the other; one alone unless the plan is for batches
 * @returns one answer an input
 * @throws InputError when a value is missing, not finite or outside the declared range; EngineError; ClientError `PLAN_UNSUPPORTED`
 */
export async function evaluateModel(
  checked: CheckedPlan,
  residues: Uint32Array,
  values: ArrayLike<number>,
  signal?: AbortSignal,
): Promise<readonly Answer[]> {
  const { plan } = checked;
  const slots = plan.params.n / 2;
  const options = signal === undefined ? {} : { signal };
  using model = loadClearModel(checked, { residues });
  using user = await model.openKeys(undefined);
  let outputs: readonly Float64Array[];
  if (plan.batch === undefined) {
    const input = applyInputLayout(onlyInput(checked), values, slots);
    const results = await user.run([input], options);
    outputs = [readOutputs(plan, results)];
  } else {
    const samples = checkBatchSamples(plan, values);
    const inputs = plan.inputs.map((one) => applyBatchLayout(one, samples, slots));
    outputs = readBatchOutputs(await user.run(inputs, options), samples.count);
  }
  const errorBound = fromDecimal(plan.estimates.errorBound);
  return outputs.map((one) => answerOf(answerForm(plan), { values: new Raw(one), errorBound }));
}
