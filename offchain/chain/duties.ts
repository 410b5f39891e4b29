import type { Signer } from "ethers";

import { nothing, send, type Sent } from "./send.ts";
import type { Answer, DeployedContracts, Hex, ResultRef } from "./types.ts";

/** Carries out the draw of a request. Anybody may. */
export async function assignRequest(signer: Signer, contracts: DeployedContracts, requestId: bigint): Promise<Sent> {
  return await hubCall(signer, contracts, "assign", [requestId]);
}

/**
 * Starts another draw in place of one that expired.
 *
 * @param fee `redrawFee` of the hub's parameters, wei; it is burned
 */
export async function redrawRequest(
  signer: Signer,
  contracts: DeployedContracts,
  requestId: bigint,
  fee: bigint,
): Promise<Sent> {
  return await hubCall(signer, contracts, "redraw", [requestId], fee);
}

/**
 * The drawn node takes the duty: it holds input and keys, parsed and matching their roots.
 *
 * @param binding what the node computed with `bindingDigest`
 */
export async function acceptDuty(
  signer: Signer,
  contracts: DeployedContracts,
  requestId: bigint,
  binding: Hex,
): Promise<Sent> {
  return await hubCall(signer, contracts, "accept", [requestId, binding]);
}

/** The drawn node does not take the duty. It counts towards a suspension for the model when others are paid for the request. */
export async function declineDuty(signer: Signer, contracts: DeployedContracts, requestId: bigint): Promise<Sent> {
  return await hubCall(signer, contracts, "decline", [requestId]);
}

/**
 * The drawn node says that the deterministic parser refuses input or keys.
 *
 * @param code the parser's code, 1 to 65,535
 */
export async function rejectInput(
  signer: Signer,
  contracts: DeployedContracts,
  requestId: bigint,
  binding: Hex,
  code: number,
): Promise<Sent> {
  return await hubCall(signer, contracts, "reject", [requestId, binding, code]);
}

/** The node posts its result; the hub checks an inline result's digest. */
export async function postResult(
  signer: Signer,
  contracts: DeployedContracts,
  requestId: bigint,
  result: ResultRef,
): Promise<Sent> {
  return await hubCall(signer, contracts, "post", [requestId, result]);
}

/**
 * One of several nodes, having accepted, says that it has an answer.
 *
 * @param commitment from `answerCommitment`
 */
export async function commitAnswer(
  signer: Signer,
  contracts: DeployedContracts,
  requestId: bigint,
  commitment: Hex,
): Promise<Sent> {
  return await hubCall(signer, contracts, "commit", [requestId, commitment]);
}

/**
 * Who committed tells its answer once the reveals are open.
 *
 * @param answer a result or a rejection
 * @param data the bytes of an inline result; `0x` when another node has told the same answer already
 * @param salt the commitment's
 */
export async function revealAnswer(
  signer: Signer,
  contracts: DeployedContracts,
  requestId: bigint,
  answer: Answer,
  data: Hex,
  salt: Hex,
): Promise<Sent> {
  return await hubCall(signer, contracts, "reveal", [requestId, { ...answer, data }, salt]);
}

/** With several replicas, goes on without nodes that let their time pass. Anybody may. */
export async function closeReplicas(signer: Signer, contracts: DeployedContracts, requestId: bigint): Promise<Sent> {
  return await hubCall(signer, contracts, "close", [requestId]);
}

/** Pays node and owner: the requester at any time, anybody after the challenge window. */
export async function settleRequest(signer: Signer, contracts: DeployedContracts, requestId: bigint): Promise<Sent> {
  return await hubCall(signer, contracts, "settle", [requestId]);
}

/** Takes a duty from a node whose deadline passed and draws another. Anybody may. */
export async function reassignRequest(signer: Signer, contracts: DeployedContracts, requestId: bigint): Promise<Sent> {
  return await hubCall(signer, contracts, "reassign", [requestId]);
}

/** Puts the escrow of a failed request into the requester's balance. Anybody may once its deadline passed. */
export async function refundRequest(signer: Signer, contracts: DeployedContracts, requestId: bigint): Promise<Sent> {
  return await hubCall(signer, contracts, "refund", [requestId]);
}

/** The requester gives up a request before its draw is decided. */
export async function cancelRequest(signer: Signer, contracts: DeployedContracts, requestId: bigint): Promise<Sent> {
  return await hubCall(signer, contracts, "cancel", [requestId]);
}

async function hubCall(
  signer: Signer,
  contracts: DeployedContracts,
  method: string,
  args: readonly unknown[],
  value = 0n,
): Promise<Sent> {
  return await send(signer, contracts, { contract: "hub", method, args, value, outcome: nothing });
}
