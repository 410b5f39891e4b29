import { answerCommitment, receiptDigest } from "../../chain/bindings.ts";
import type { Answer, Hex, InferenceRequest } from "../../chain/types.ts";
import type { KeptAnswer } from "../answers.ts";
import type { ChainPort } from "../chain-port.ts";

/** The receipt of an answer to a request. */
export function receiptOf({ deployment }: ChainPort, { binding }: InferenceRequest, answer: Answer): Hex {
  return receiptDigest(deployment.chainId, deployment.contracts.hub, binding, answer);
}

/** What this node commits to for an answer it keeps. */
export function commitmentOf(chain: ChainPort, request: InferenceRequest, kept: KeptAnswer): Hex {
  return answerCommitment(receiptOf(chain, request, kept), kept.salt, chain.node);
}
