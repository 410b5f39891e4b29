/** Whether a result can be had where it has to be served: at the nodes that gave it. Their own word says where that is. */
import { getNode } from "../../chain/nodes.ts";
import type { InferenceRequest } from "../../chain/types.ts";
import { bytes32, type Bytes32 } from "../../digest/hex.ts";
import { BlobUnavailableError, StorageError } from "../../storage/errors.ts";
import { HttpStore } from "../../storage/http-store.ts";
import { usableEndpoints } from "../../storage/stated-endpoints.ts";
import type { CaseContext } from "./context.ts";

/** One look takes at most this part of the time to vote, however slowly the bytes come: who trickles must not make a juror late. */
const PART_OF_VOTE = 8;

/**
 * Fetches a result that is a blob to its last byte from whoever gave it, and forgets it.
 *
 * @returns whether one of them serves bytes with its digest
 */
export async function isServed(
  { chain, parameters, maxBlobBytes, signal }: CaseContext,
  { duties, result }: Pick<InferenceRequest, "duties" | "result">,
): Promise<boolean> {
  if (!result) return false;
  const { provider, deployment } = chain;
  const gave = duties.filter(({ state }) => state === "posted");
  const nodes = await Promise.all(gave.map(({ node }) => getNode(provider, deployment.contracts, node)));
  const stated = nodes.flatMap((node) => (node ? [node.endpoint] : []));
  return await canBeFetched(usableEndpoints(stated, deployment.chainId), bytes32(result.digest), {
    maxBytes: Math.min(result.size, maxBlobBytes),
    milliseconds: (1000 * parameters.commitWindow) / PART_OF_VOTE,
    signal,
  });
}

/**
 * Whether one of the endpoints gives out all bytes of a blob in time.
 *
 * @throws the signal's reason when aborted
 */
export async function canBeFetched(
  endpoints: readonly string[],
  root: Bytes32,
  { maxBytes, milliseconds, signal }: { readonly maxBytes: number; readonly milliseconds: number; signal: AbortSignal },
): Promise<boolean> {
  if (endpoints.length === 0) return false;
  const time = AbortSignal.timeout(milliseconds);
  try {
    const store = new HttpStore({ endpoints, attempts: 1 });
    await store.get(root, { maxBytes, signal: AbortSignal.any([signal, time]) });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (time.aborted || error instanceof BlobUnavailableError || error instanceof StorageError) return false;
    throw error;
  }
}
