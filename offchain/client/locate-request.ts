/** Finds a request of the vault on chain, whatever was known of it when the work stopped. */
import { zeroPadValue, type Log, type TransactionReceipt } from "ethers";

import { decodeContractError } from "../chain/contract-errors.ts";
import { INTERFACES } from "../chain/contracts.ts";
import { decodeRequestEvent, type RawLog, type RequestEventOf } from "../chain/request-events.ts";
import type { Hex } from "../chain/types.ts";
import type { ReadContext } from "./types.ts";
import type { StoredRequest } from "./vault/contents.ts";

/** Where a request stands on its way to the chain. */
export type Location =
  | { readonly state: "mined"; readonly event: RequestEventOf<"requested">; readonly gas: bigint | undefined }
  | { readonly state: "pending" }
  | { readonly state: "reverted"; readonly hash: Hex }
  | { readonly state: "missing" };

/** Blocks asked for at once. */
const RANGE = 2_000;

type ChainContext = Pick<ReadContext, "provider" | "deployment">;

/**
 * Looks for a request by its transaction, and where that is unknown, replaced or lost, by its event.
 *
 * @param requester who made it
 * @throws CloakworkError when the chain cannot be asked
 */
export async function locateRequest(
  context: ChainContext,
  stored: Pick<StoredRequest, "transaction" | "inputRoot" | "fromBlock">,
  requester: Hex,
): Promise<Location> {
  try {
    return (await byTransaction(context, stored)) ?? (await byEvent(context, stored, requester));
  } catch (error) {
    throw decodeContractError(error);
  }
}

async function byTransaction(
  { provider, deployment }: ChainContext,
  { transaction, inputRoot }: Pick<StoredRequest, "transaction" | "inputRoot">,
): Promise<Location | undefined> {
  if (transaction === undefined) return undefined;
  const receipt = await provider.getTransactionReceipt(transaction);
  if (receipt === null) {
    return (await provider.getTransaction(transaction)) === null ? undefined : { state: "pending" };
  }
  if (receipt.status === 0) return { state: "reverted", hash: transaction };
  const event = requestedIn(receipt, deployment.contracts.hub, inputRoot);
  return event && { state: "mined", event, gas: receipt.gasUsed };
}

function requestedIn(receipt: TransactionReceipt, hub: Hex, inputRoot: Hex): RequestEventOf<"requested"> | undefined {
  return requestedOf(
    receipt.logs.filter((log) => log.address.toLowerCase() === hub.toLowerCase()),
    inputRoot,
  );
}

/** The event of the request for an input, among logs of the hub. */
function requestedOf(logs: readonly RawLog[], inputRoot: Hex): RequestEventOf<"requested"> | undefined {
  return logs
    .map((log) => decodeRequestEvent(log))
    .filter((event) => event?.type === "requested")
    .find(({ binding }) => binding.inputResiduesRoot.toLowerCase() === inputRoot);
}

async function byEvent(
  { provider, deployment }: ChainContext,
  { inputRoot, fromBlock }: Pick<StoredRequest, "inputRoot" | "fromBlock">,
  requester: Hex,
): Promise<Location> {
  const topic = INTERFACES.hub.getEvent("Requested")!.topicHash;
  const head = await provider.getBlockNumber();
  for (let from = fromBlock ?? deployment.fromBlock; from <= head; from += RANGE) {
    const logs: Log[] = await provider.getLogs({
      address: deployment.contracts.hub,
      topics: [topic, null, null, zeroPadValue(requester, 32)],
      fromBlock: from,
      toBlock: Math.min(head, from + RANGE - 1),
    });
    const event = requestedOf(logs, inputRoot);
    if (event !== undefined) return { state: "mined", event, gas: undefined };
  }
  return { state: "missing" };
}
