/** Looks at a request on chain again and again, asking only for what can have changed. */
import { decodeContractError } from "../chain/contract-errors.ts";
import { getDispute } from "../chain/disputes.ts";
import { getRequestEvents } from "../chain/request-events.ts";
import { getRequest } from "../chain/requests.ts";
import type { Hex } from "../chain/types.ts";
import type { RequestSight } from "./timeline.ts";
import type { ReadContext } from "./types.ts";

/**
 * An observer of one request.
 *
 * @param fromBlock the block it was made in, or one before
 * @returns looks once; throws CloakworkError when the chain cannot be asked
 */
export function observeRequest(
  { provider, deployment }: Pick<ReadContext, "provider" | "deployment">,
  requestId: bigint,
  fromBlock: number,
): () => Promise<RequestSight> {
  const times = new Map<number, number>();
  const gas = new Map<Hex, bigint>();
  return async () => {
    try {
      const [head, request, events] = await Promise.all([
        provider.getBlock("latest"),
        getRequest(provider, deployment.contracts, requestId),
        getRequestEvents(provider, deployment.contracts.hub, requestId, fromBlock),
      ]);
      for (const { blockNumber, transactionHash, type } of events) {
        if (!times.has(blockNumber)) {
          const block = await provider.getBlock(blockNumber);
          if (block !== null) times.set(blockNumber, block.timestamp * 1000);
        }
        if ((type === "requested" || type === "posted") && !gas.has(transactionHash)) {
          const receipt = await provider.getTransactionReceipt(transactionHash);
          if (receipt !== null) gas.set(transactionHash, receipt.gasUsed);
        }
      }
      const dispute =
        request.state === "challenged" ? await getDispute(provider, deployment.contracts, requestId) : undefined;
      return { request, events, times, gas, dispute, now: head?.timestamp ?? Math.floor(Date.now() / 1000) };
    } catch (error) {
      throw decodeContractError(error);
    }
  };
}
