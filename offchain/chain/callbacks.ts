import type { Signer } from "ethers";

import { nothing, send, type Sent } from "./send.ts";
import type { DeployedContracts, Hex } from "./types.ts";

/**
 * Has a contract told how a request of the signer's ends.
 *
 * @param gasLimit gas the call gets
 * @param pay wei to whoever delivers, at least `gasLimit` times the base fee
 */
export async function orderCallback(
  signer: Signer,
  contracts: DeployedContracts,
  requestId: bigint,
  target: Hex,
  gasLimit: number,
  pay: bigint,
): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "callbacks",
    method: "order",
    args: [requestId, target, gasLimit],
    value: pay,
    outcome: nothing,
  });
}

/** Tells the contract how the request ended, for the pay. Anybody may, once the request is settled or refunded. */
export async function deliverCallback(signer: Signer, contracts: DeployedContracts, requestId: bigint): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "callbacks",
    method: "deliver",
    args: [requestId],
    outcome: nothing,
  });
}
