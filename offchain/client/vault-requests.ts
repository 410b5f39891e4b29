/** The requests of a vault: what was asked, recorded before anything is paid. */
import { findRequestEvent, type RequestEventOf } from "../chain/request-events.ts";
import type { Deployment, Hex } from "../chain/types.ts";
import { bytes32 } from "../digest/hex.ts";
import { keySetMissing, requestUnknown } from "./errors.ts";
import type { ClientContext } from "./types.ts";
import type { StoredRequest } from "./vault/contents.ts";
import type { Vault } from "./vault/vault.ts";

/** Whether a request was made at a deployment. */
export function isAt({ chainId, contracts }: Deployment, stored: Pick<StoredRequest, "chainId" | "hub">): boolean {
  return stored.chainId === chainId && stored.hub === contracts.hub.toLowerCase();
}

/** The vault's requests at a deployment, newest first. */
export async function ownRequests(vault: Vault, deployment: Deployment): Promise<readonly StoredRequest[]> {
  return (await vault.contents()).requests
    .filter((stored) => isAt(deployment, stored))
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** Forgets a request; what is on chain stays there. */
export async function forgetRequest(vault: Vault, { inputRoot }: Pick<StoredRequest, "inputRoot">): Promise<void> {
  await vault.update((contents) => ({
    ...contents,
    requests: contents.requests.filter((stored) => stored.inputRoot !== inputRoot),
  }));
}

/**
 * A request by its number: from the vault, or from the chain when the vault at least has its keys, as a restored one has.
 *
 * @throws ClientError `REQUEST_UNKNOWN`, `KEY_SET_NOT_IN_VAULT`
 */
export async function findRequest(
  { vault, deployment, provider }: Pick<ClientContext, "vault" | "deployment" | "provider">,
  requestId: bigint,
): Promise<StoredRequest> {
  const contents = await vault.contents();
  const known = contents.requests.find(
    (stored) => isAt(deployment, stored) && stored.requestId === requestId.toString(),
  );
  if (known !== undefined) return known;
  const { contracts, fromBlock } = deployment;
  const event = await findRequestEvent(provider, contracts.hub, requestId, fromBlock, "requested");
  if (event === undefined) throw requestUnknown(requestId);
  if (!contents.keySets.some(({ id }) => id === bytes32(event.binding.keySetId)))
    throw keySetMissing(event.binding.keySetId);
  const block = await provider.getBlock(event.blockNumber);
  return fromChain(deployment, event, block?.timestamp ?? 0);
}

function fromChain(
  { chainId, contracts }: Deployment,
  { binding, blockNumber, transactionHash }: RequestEventOf<"requested">,
  seconds: number,
): StoredRequest {
  return {
    chainId,
    hub: contracts.hub.toLowerCase() as Hex,
    requestId: binding.requestId.toString(),
    transaction: bytes32(transactionHash),
    modelId: binding.modelId.toString(),
    version: binding.version,
    planDigest: bytes32(binding.planDigest),
    keySetId: bytes32(binding.keySetId),
    inputRoot: bytes32(binding.inputResiduesRoot),
    inputBytes: binding.inputSize,
    fromBlock: blockNumber,
    createdAt: new Date(seconds * 1000).toISOString(),
  };
}
