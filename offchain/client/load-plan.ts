import type { PlanRef } from "../chain/types.ts";
import { bytes32 } from "../digest/hex.ts";
import { paramsDigest } from "../fhe/ckks/parameters.ts";
import { untrusted } from "../fhe/ckks/untrusted.ts";
import { parsePlan } from "../fhe/plan/canonical.ts";
import { PLAN_LIMITS } from "../fhe/plan/schema.ts";
import type { CheckedPlan } from "../fhe/plan/typecheck.ts";
import { storeAt } from "./endpoints.ts";
import { planMismatch } from "./errors.ts";

export interface LoadPlanOptions {
  /** Base URLs of stores to ask. */
  readonly endpoints: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches a plan by its digest, parses and checks it. Whether it is what people were shown, `checkStated` says.
 *
 * @param ref what the chain says of the plan
 * @throws PlanError; ClientError `PLAN_MISMATCH`, `NO_ENDPOINT`; StorageError, BlobUnavailableError
 */
export async function loadPlan(
  ref: Pick<PlanRef, "planDigest" | "paramsDigest" | "semantics">,
  { endpoints, signal }: LoadPlanOptions,
): Promise<CheckedPlan> {
  const bytes = await storeAt(endpoints, "the model's plan").get(bytes32(ref.planDigest), {
    maxBytes: PLAN_LIMITS.bytes,
    ...(signal && { signal }),
  });
  const checked = parsePlan(untrusted(bytes));
  const { params, semantics } = checked.plan;
  if (paramsDigest(params) !== bytes32(ref.paramsDigest)) throw planMismatch("parameter set");
  if (semantics !== ref.semantics) throw planMismatch("semantics");
  return checked;
}
