import { release } from "../fhe/result/released.ts";
import { requestNotSent } from "./errors.ts";
import { followRequest } from "./follow-request.ts";
import { planOfRequest } from "./request-plan.ts";
import { openResult, resultBytes } from "./result.ts";
import type { ClientContext } from "./types.ts";
import { VaultLedger } from "./vault-ledger.ts";
import type { StoredRequest } from "./vault/contents.ts";

/** Values that may be shown to others. */
export interface ReleasedValues {
  /** Exact multiples of `step`. */
  readonly values: readonly number[];
  /** A power of two, at least sixteen error bounds. */
  readonly step: number;
  readonly labels: readonly string[];
}

/**
 * Opens a posted result and releases its values: fresh noise, rounding, and a count in the vault against the budget of the key set. Each
 * release of the same request counts again.
 *
 * @param stored a request with a result
 * @throws ReleaseError `RELEASE_BUDGET`; what `resumeRequest` throws
 */
export async function releaseResult(
  context: ClientContext,
  stored: StoredRequest,
  signal?: AbortSignal,
): Promise<ReleasedValues> {
  if (stored.requestId === undefined) throw requestNotSent();
  const requestId = BigInt(stored.requestId);
  const { plan, endpoints } = await planOfRequest(context, stored, signal);
  const fromBlock = stored.fromBlock ?? context.deployment.fromBlock;
  const { request, event } = await followRequest(context, requestId, fromBlock, { signal });
  const bytes = await resultBytes(requestId, event.result, request.result!, plan, { endpoints, signal });
  const opened = await openResult(context, plan, stored, requestId, bytes);
  const released = await release({ opened, keySet: stored.keySetId, ledger: new VaultLedger(context.vault) });
  return { values: released.values(), step: released.step, labels: plan.plan.outputs[0].labels };
}
