/** What the people who ask do meanwhile: settle what they have, and take their money back where that is theirs to do. */
import { Wallet } from "ethers";

import { closeReplicas, refundRequest, settleRequest } from "../../offchain/chain/duties.ts";
import { getRequest } from "../../offchain/chain/requests.ts";
import type { RequestState } from "../../offchain/chain/types.ts";
import { CloakworkError } from "../../offchain/errors.ts";
import type { Fleet } from "../network/fleet.ts";
import type { Decide } from "./random.ts";

/** Calls that somebody else was faster with, or that are not due yet by the chain's own clock. */
const LATE = /^INFERENCE_HUB_(WRONG_STATE|TOO_EARLY|TOO_LATE)$/;

/**
 * Does for a request what its requester would, if there is anything to do.
 *
 * @param decide says who settles at once and who leaves it to others
 * @returns the request's state before
 */
export async function care(
  { provider, deployment }: Fleet,
  wallet: Wallet,
  requestId: bigint,
  now: number,
  decide: Decide,
): Promise<RequestState> {
  const { contracts } = deployment;
  const { state, until, deadline, replicas } = await getRequest(provider, contracts, requestId);
  const isOver = now > until;
  const isHasty = decide("settles at once", requestId) < 0.3;
  let end: typeof settleRequest | undefined;
  if (state === "posted" && (isOver || isHasty)) end = settleRequest;
  else if (state === "rejected" && isOver) end = refundRequest;
  else if (state === "committed" && isOver) end = closeReplicas;
  else if (state === "assigned" && replicas > 1 && now > deadline) end = closeReplicas;
  else if ((state === "requested" || state === "assigned" || state === "accepted") && now > deadline)
    end = refundRequest;
  if (end === undefined) return state;
  try {
    await end(wallet, contracts, requestId);
  } catch (error) {
    if (!(error instanceof CloakworkError) || !LATE.test(error.code)) throw error;
  }
  return state;
}
