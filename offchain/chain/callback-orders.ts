import type { ContractRunner, Provider, Signer } from "ethers";

import { call } from "./call.ts";
import { decodeContractError } from "./contract-errors.ts";
import { contractAt, INTERFACES } from "./contracts.ts";
import type { DeployedContracts, Hex } from "./types.ts";

/** A call ordered for the end of a request (ICallbacks.Order). */
export interface CallbackOrder {
  readonly target: Hex;
  /** Gas the call gets. */
  readonly gasLimit: number;
  /** Wei to whoever delivers. */
  readonly pay: bigint;
}

const NOBODY = `0x${"00".repeat(20)}`;

/** The order for a request; `undefined` when there is none, or it was delivered. */
export async function getCallbackOrder(
  runner: ContractRunner,
  contracts: DeployedContracts,
  requestId: bigint,
): Promise<CallbackOrder | undefined> {
  const [order] = await call(runner, contracts, "callbacks", "orderOf", [requestId]);
  const { target, gasLimit, pay } = order as { target: Hex; gasLimit: bigint; pay: bigint };
  return target === NOBODY ? undefined : { target, gasLimit: Number(gasLimit), pay };
}

/**
 * The requests callbacks were ordered for in a range of blocks.
 *
 * @throws CloakworkError when the chain cannot be asked
 */
export async function getOrderedBetween(
  provider: Provider,
  contracts: DeployedContracts,
  fromBlock: number,
  toBlock: number,
): Promise<readonly bigint[]> {
  const topics = INTERFACES.callbacks.encodeFilterTopics("Ordered", []);
  try {
    const logs = await provider.getLogs({ address: contracts.callbacks, topics, fromBlock, toBlock });
    return logs.map(({ data, topics: found }) => {
      const { requestId } = INTERFACES.callbacks.decodeEventLog("Ordered", data, found);
      return requestId as bigint;
    });
  } catch (error) {
    throw decodeContractError(error);
  }
}

/**
 * Gas that delivering a callback takes now.
 *
 * @throws CloakworkError decoded, e.g. when the request has not ended
 */
export async function estimateDelivery(
  signer: Signer,
  contracts: DeployedContracts,
  requestId: bigint,
): Promise<bigint> {
  try {
    return await contractAt(signer, contracts, "callbacks").getFunction("deliver").estimateGas(requestId);
  } catch (error) {
    throw decodeContractError(error);
  }
}
