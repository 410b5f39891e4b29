import type { Signer } from "ethers";

import { answerCommitment, receiptDigest } from "../chain/bindings.ts";
import { deliverCallback } from "../chain/callbacks.ts";
import {
  acceptDuty,
  assignRequest,
  commitAnswer,
  postResult,
  refundRequest,
  rejectInput,
  revealAnswer,
  settleRequest,
} from "../chain/duties.ts";
import { getHubParameters, getRequest } from "../chain/requests.ts";
import type { Hex } from "../chain/types.ts";
import { toHex, ZERO_HASH } from "../digest/hex.ts";
import { blobRoot } from "../digest/merkle.ts";
import type { TestMarket } from "./deploy-market.ts";
import { increaseTime, mine } from "./simulated-chain.ts";

const SALT: Hex = `0x${"5a".repeat(32)}`;

/**
 * Stands in for the nodes of a market: carries a request from its draw to its end, with a result that nobody evaluated, and makes
 * the call back that was ordered. Time passes on the chain.
 *
 * @param result the bytes that pass for the encrypted result, at most 8,192; a number is the code of a rejected input
 * @param calledBack whether a call back was ordered
 * @returns the receipt the requester can rely on; all zeros when the request was refunded
 */
export async function answerRequest(
  market: TestMarket,
  requestId: bigint,
  result: Uint8Array | number,
  calledBack = true,
): Promise<Hex> {
  const { deployer, deployment } = market;
  const { contracts } = deployment;
  await mine(deployer, 2);
  await (await assignRequest(deployer, contracts, requestId)).wait();
  const drawn = await getRequest(deployer, contracts, requestId);
  const nodes: Signer[] = [];
  for (const duty of drawn.duties) {
    const node = await nodeAt(market, duty.node);
    if (node !== undefined) nodes.push(node);
  }
  if (drawn.replicas === 1) await answerAlone(market, requestId, nodes[0], drawn.binding, result);
  else await answerTogether(market, requestId, nodes, drawn.binding, result);

  const { challengeWindow } = await getHubParameters(deployer, contracts);
  await increaseTime(deployer, challengeWindow + 1);
  const end = typeof result === "number" ? refundRequest : settleRequest;
  await (await end(deployer, contracts, requestId)).wait();
  if (calledBack) await (await deliverCallback(deployer, contracts, requestId)).wait();
  if (typeof result === "number") return ZERO_HASH;
  return receiptDigest(deployment.chainId, contracts.hub, drawn.binding, answerOf(result));
}

async function answerAlone(
  { deployment: { contracts } }: TestMarket,
  requestId: bigint,
  node: Signer,
  binding: Hex,
  result: Uint8Array | number,
): Promise<void> {
  if (typeof result === "number") {
    await (await rejectInput(node, contracts, requestId, binding, result)).wait();
    return;
  }
  await (await acceptDuty(node, contracts, requestId, binding)).wait();
  const { kind, size, digest } = answerOf(result);
  await (await postResult(node, contracts, requestId, { kind: kind as 0, size, digest, data: toHex(result) })).wait();
}

async function answerTogether(
  { deployment: { chainId, contracts } }: TestMarket,
  requestId: bigint,
  nodes: readonly Signer[],
  binding: Hex,
  result: Uint8Array | number,
): Promise<void> {
  const answer = answerOf(result);
  const receipt = receiptDigest(chainId, contracts.hub, binding, answer);
  for (const node of nodes) {
    await (await acceptDuty(node, contracts, requestId, binding)).wait();
    const commitment = answerCommitment(receipt, SALT, (await node.getAddress()) as Hex);
    await (await commitAnswer(node, contracts, requestId, commitment)).wait();
  }
  for (const [i, node] of nodes.entries()) {
    const data = i === 0 && typeof result !== "number" ? toHex(result) : "0x";
    await (await revealAnswer(node, contracts, requestId, answer, data, SALT)).wait();
  }
}

function answerOf(result: Uint8Array | number) {
  return typeof result === "number"
    ? ({ kind: 2, size: result, digest: ZERO_HASH } as const)
    : ({ kind: 0, size: result.length, digest: blobRoot(result) } as const);
}

async function nodeAt({ nodes }: TestMarket, address: Hex): Promise<Signer | undefined> {
  for (const node of nodes) if ((await node.getAddress()) === address) return node;
  return undefined;
}
