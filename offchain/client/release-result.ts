import { release } from "../fhe/result/released.ts";
import { resultEndpoints } from "./endpoints.ts";
import { requestNotSent, sampleNotGiven } from "./errors.ts";
import { followRequest } from "./follow-request.ts";
import { answerForm } from "./plan-ends.ts";
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
 * @param options `sample`: which input of a batch, from 0
 * @throws ReleaseError `RELEASE_BUDGET`; ClientError `SAMPLE_NOT_GIVEN`; what `resumeRequest` throws
 */
export async function releaseResult(
  context: ClientContext,
  stored: StoredRequest,
  { signal, sample }: { readonly signal?: AbortSignal; readonly sample?: number | undefined } = {},
): Promise<ReleasedValues> {
  if (stored.requestId === undefined) throw requestNotSent();
  const requestId = BigInt(stored.requestId);
  const { plan, endpoints } = await planOfRequest(context, stored, signal);
  const fromBlock = stored.fromBlock ?? context.deployment.fromBlock;
  const { request, event } = await followRequest(context, requestId, fromBlock, { signal });
  const holders = await resultEndpoints(context, request);
  const from = { endpoints: [...new Set([...holders, ...endpoints])], signal };
  const bytes = await resultBytes(requestId, event.result, request.result!, plan, from);
  const all = await openResult(context, plan, stored, requestId, bytes);
  const opened = all.length === 1 ? all[0] : sample === undefined ? undefined : all.at(sample);
  if (opened === undefined) throw sampleNotGiven(requestId, all.length);
  const released = await release({ opened, keySet: stored.keySetId, ledger: new VaultLedger(context.vault) });
  return { values: released.values(), step: released.step, labels: answerForm(plan.plan).labels };
}
