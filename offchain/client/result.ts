/** A posted result: its bytes, from the chain or by digest from a store, and what the vault's keys open it to. */
import type { Deployment, Hex, ResultRef } from "../chain/types.ts";
import { bytes32, fromHex } from "../digest/hex.ts";
import { blobRoot } from "../digest/merkle.ts";
import { untrusted } from "../fhe/ckks/untrusted.ts";
import { fromDecimal } from "../fhe/plan/decimal.ts";
import type { CheckedPlan } from "../fhe/plan/typecheck.ts";
import { BOUND_SIGMAS, compactErrorDeviation } from "../fhe/result/noise.ts";
import { openCompact, type OpenedCompact } from "../fhe/result/open-compact.ts";
import { compactBytes } from "../fhe/result/shape.ts";
import { deriveSmallSecret } from "../fhe/result/small-secret.ts";
import { storeAt } from "./endpoints.ts";
import { resultDamaged } from "./errors.ts";
import { withSecret } from "./key-secrets.ts";
import { onlyOutput } from "./plan-ends.ts";
import type { StoredRequest } from "./vault/contents.ts";
import type { Vault } from "./vault/vault.ts";

/**
 * The bytes of a result, checked against its digest.
 *
 * @param result from the `posted` event, with its bytes (see `postedResult`)
 * @param onChain kind, size and digest as the hub holds them
 * @param endpoints base URLs of stores, for a result that is a blob
 * @throws ClientError `RESULT_DAMAGED`, `NO_ENDPOINT`; StorageError, BlobUnavailableError
 */
export async function resultBytes(
  requestId: bigint,
  result: ResultRef,
  onChain: Omit<ResultRef, "data">,
  checked: CheckedPlan,
  { endpoints, signal }: { readonly endpoints: readonly string[]; readonly signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  if (result.digest !== onChain.digest || result.size !== onChain.size || result.kind !== onChain.kind) {
    throw resultDamaged(requestId, "event and state of the contract name different results");
  }
  const expected = compactBytes(onlyOutput(checked).shape);
  if (result.size !== expected) throw resultDamaged(requestId, `it has ${result.size} bytes instead of ${expected}`);
  const digest = bytes32(result.digest);
  if (result.kind === 1) {
    const options = { maxBytes: expected, ...(signal && { signal }) };
    return storeAt(endpoints, "the result").get(digest, options);
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
 * @throws CompactResultError; ClientError `KEY_SET_NOT_IN_VAULT`, `PLAN_UNSUPPORTED`; VaultLockedError
 */
export async function openResult(
  { vault, deployment }: { readonly vault: Vault; readonly deployment: Deployment },
  checked: CheckedPlan,
  stored: Pick<StoredRequest, "planDigest" | "keySetId" | "inputRoot">,
  requestId: bigint,
  bytes: Uint8Array,
): Promise<OpenedCompact> {
  const { plan } = checked;
  const { output, shape, scale } = onlyOutput(checked);
  const added = BOUND_SIGMAS * compactErrorDeviation(plan.params, shape, scale);
  return withSecret(vault, stored.keySetId, plan.params, (key) => {
    const secret = deriveSmallSecret(key, stored.keySetId);
    try {
      return openCompact({
        secret,
        bytes: untrusted(bytes),
        params: plan.params,
        scale,
        layout: output.layout,
        shape,
        expected: {
          chainId: BigInt(deployment.chainId),
          hub: deployment.contracts.hub.toLowerCase() as Hex,
          request: requestId,
          plan: stored.planDigest,
          keySet: stored.keySetId,
          inputs: [stored.inputRoot],
          output: 0,
        },
        // The plan states the bound on the whole way; opening adds the compact result's part again.
        evaluationError: Math.max(0, fromDecimal(plan.estimates.errorBound) - added),
      });
    } finally {
      secret[Symbol.dispose]();
    }
  });
}
