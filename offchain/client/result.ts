/** A posted result: its bytes, from the chain or by digest from a store, and what the vault's keys open it to. */
import type { Deployment, Hex, ResultRef } from "../chain/types.ts";
import { bytes32, fromHex } from "../digest/hex.ts";
import { blobRoot } from "../digest/merkle.ts";
import { untrusted } from "../fhe/ckks/untrusted.ts";
import type { CheckedPlan } from "../fhe/plan/typecheck.ts";
import type { BatchContext } from "../fhe/result/batch-context.ts";
import { openBatch } from "../fhe/result/open-batch.ts";
import { deriveSmallSecret } from "../fhe/result/small-secret.ts";
import { BlobUnavailableError, StorageError } from "../storage/errors.ts";
import { storeAt } from "./endpoints.ts";
import { resultDamaged, resultUnavailable } from "./errors.ts";
import { withSecret } from "./key-secrets.ts";
import { openOutputs, type Opened } from "./open-outputs.ts";
import { batchEnd } from "./plan-ends.ts";
import type { StoredRequest } from "./vault/contents.ts";
import type { Vault } from "./vault/vault.ts";

/**
 * The bytes of a result, checked against its digest.
 *
 * @param result from the `posted` event, with its bytes (see `postedResult`)
 * @param onChain kind, size and digest as the hub holds them
 * @param endpoints base URLs of stores, for a result that is a blob
 * @throws ClientError `RESULT_DAMAGED`, `RESULT_UNAVAILABLE`, `NO_ENDPOINT`; the signal's reason when aborted
 */
export async function resultBytes(
  requestId: bigint,
  result: ResultRef,
  onChain: Omit<ResultRef, "data">,
  checked: CheckedPlan,
  {
    endpoints,
    signal,
    onProgress,
  }: {
    readonly endpoints: readonly string[];
    readonly signal?: AbortSignal | undefined;
    /** Called with the part of a blob that was fetched, 0 … 1. */
    readonly onProgress?: (part: number) => void;
  },
): Promise<Uint8Array> {
  if (result.digest !== onChain.digest || result.size !== onChain.size || result.kind !== onChain.kind) {
    throw resultDamaged(requestId, "event and state of the contract name different results");
  }
  const expected = checked.plan.estimates.resultBytes;
  if (result.size !== expected) throw resultDamaged(requestId, `it has ${result.size} bytes instead of ${expected}`);
  const digest = bytes32(result.digest);
  if (result.kind === 1) {
    try {
      return await storeAt(endpoints, "the result").get(digest, {
        maxBytes: expected,
        ...(signal && { signal }),
        onProgress: (done) => {
          onProgress?.(done / expected);
        },
      });
    } catch (error) {
      if (error instanceof BlobUnavailableError || error instanceof StorageError)
        throw resultUnavailable(requestId, error);
      throw error;
    }
  }
  const bytes = fromHex(result.data.toLowerCase());
  if (bytes.length !== result.size || blobRoot(bytes) !== digest) {
    throw resultDamaged(requestId, "its bytes do not have its digest");
  }
  return bytes;
}

/**
 * Opens a result with the keys it was made for. Everything that can be refused is refused before a secret is touched, and nothing that is
 * done afterwards depends on the values.
 *
 * @param stored what was asked: the result must answer exactly this
 * @param requestId its number at the hub
 * @returns one an input; of a batch whose number of inputs is not known any more one for each it may have
 * @throws CompactResultError, BatchResultError; ClientError `KEY_SET_NOT_IN_VAULT`, `PLAN_UNSUPPORTED`; VaultLockedError
 */
export async function openResult(
  { vault, deployment }: { readonly vault: Vault; readonly deployment: Deployment },
  checked: CheckedPlan,
  stored: Pick<StoredRequest, "planDigest" | "keySetId" | "inputRoot" | "samples">,
  requestId: bigint,
  bytes: Uint8Array,
): Promise<readonly Opened[]> {
  const { plan } = checked;
  const batch = batchEnd(checked);
  const expected: BatchContext = {
    chainId: BigInt(deployment.chainId),
    hub: deployment.contracts.hub.toLowerCase() as Hex,
    request: requestId,
    plan: stored.planDigest,
    keySet: stored.keySetId,
    inputs: [stored.inputRoot],
  };
  return withSecret(vault, stored.keySetId, plan.params, (secret) => {
    if (batch === undefined) {
      using small = deriveSmallSecret(secret, expected.keySet);
      return [openOutputs(checked, { secret: small, bytes, expected })];
    }
    const { samples, errorBound } = openBatch({
      ...batch,
      secret,
      bytes: untrusted(bytes),
      expected,
      count: stored.samples ?? batch.samples,
    });
    return samples.map((values) => ({ values, errorBound }));
  });
}
