import { getModelVersion } from "../chain/models.ts";
import { bytes32 } from "../digest/hex.ts";
import type { CheckedPlan } from "../fhe/plan/typecheck.ts";
import { servingNodes } from "./catalogue.ts";
import { endpointsOf } from "./endpoints.ts";
import { planMismatch } from "./errors.ts";
import { loadPlan } from "./load-plan.ts";
import type { ReadContext } from "./types.ts";
import type { StoredRequest } from "./vault/contents.ts";

/** A plan with the stores that know its model. */
export interface LoadedPlan {
  readonly plan: CheckedPlan;
  /** Base URLs. */
  readonly endpoints: readonly string[];
}

/**
 * The plan a request was made for.
 *
 * @throws as `loadPlan`; ClientError `PLAN_MISMATCH` when the version has no such plan
 */
export async function planOfRequest(
  context: ReadContext,
  { modelId, version, planDigest }: Pick<StoredRequest, "modelId" | "version" | "planDigest">,
  signal?: AbortSignal,
): Promise<LoadedPlan> {
  const id = BigInt(modelId);
  const record = await getModelVersion(context.provider, context.deployment.contracts, id, version);
  const ref = record.plans.find((plan) => bytes32(plan.planDigest) === planDigest);
  if (ref === undefined) throw planMismatch("digest");
  const nodes = await servingNodes(context, id, version);
  const endpoints = endpointsOf(context, [...nodes.map(({ endpoint }) => endpoint), record.manifestUri]);
  return { plan: await loadPlan(ref, { endpoints, signal }), endpoints };
}
