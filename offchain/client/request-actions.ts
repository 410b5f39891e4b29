/** What a requester can do with a request as it stands, and doing it. None of it depends on a decrypted value. */
import { getBalance, withdraw } from "../chain/balances.ts";
import { cancelRequest, closeReplicas, redrawRequest, refundRequest, settleRequest } from "../chain/duties.ts";
import { getHubParameters, getRequest } from "../chain/requests.ts";
import type { Mined } from "../chain/send.ts";
import { ETHER, type Hex, type InferenceRequest } from "../chain/types.ts";
import { nothingToWithdraw, notPossible, notYours } from "./errors.ts";
import type { ClientContext } from "./types.ts";
import { WalletSigner } from "./wallet-signer.ts";

export type RequestAction = "cancel" | "settle" | "refund";

/** What was taken back. */
export interface Refund extends Mined {
  /** In the token's smallest unit; 0 when the request goes on with the answers there are. */
  readonly amount: bigint;
  readonly token: Hex;
}

type PaidContext = Pick<ClientContext, "provider" | "deployment" | "wallet">;

/**
 * What the requester can do now.
 *
 * @param now time of the newest block, unix seconds
 * @param head its number: a draw by block hash is decided once its round is passed
 */
export function possibleActions(
  { state, deadline, drawRound, until }: Pick<InferenceRequest, "state" | "deadline" | "drawRound" | "until">,
  now: number,
  head: number,
): readonly RequestAction[] {
  switch (state) {
    case "requested":
      if (now > deadline) return ["refund"];
      return head < drawRound ? ["cancel"] : [];
    case "assigned":
    case "accepted":
      return now > deadline ? ["refund"] : [];
    case "committed":
      return now > until ? ["refund"] : [];
    case "rejected":
      return ["refund"];
    case "posted":
      return ["settle"];
    default:
      return [];
  }
}

/** Pays node and owner now, ahead of the challenge window's end. @throws ClientError, ContractError, ChainError */
export async function settle(context: PaidContext, requestId: bigint): Promise<Mined> {
  const { state } = await ownRequest(context, requestId);
  if (state !== "posted") {
    const next = state === "settled" ? "Nothing to do: it was paid." : "Wait for its result.";
    throw notPossible(requestId, "settled", state, next);
  }
  return (await settleRequest(signerOf(context), context.deployment.contracts, requestId)).wait();
}

/**
 * Puts the escrow of a failed request into the requester's balance at Cloakwork, from where `withdrawAll` takes it. Where several nodes were
 * drawn, those who are late are waited for no more: when what the others answered makes a majority, the request goes on instead.
 *
 * @throws ClientError `NOT_POSSIBLE_NOW`, `NOT_YOUR_REQUEST`; ContractError `INFERENCE_HUB_TOO_EARLY`; ChainError
 */
export async function refund(context: PaidContext, requestId: bigint): Promise<Refund> {
  const request = await ownRequest(context, requestId);
  const { state, modelFee, nodeFee, auditFee, replicas } = request;
  const { contracts } = context.deployment;
  if (state === "refunded") throw notPossible(requestId, "refunded", "refunded already", "Withdraw your balance.");
  if (state === "posted" || state === "settled") {
    throw notPossible(requestId, "refunded", state, "It was answered: open its result instead.");
  }
  const several = state === "committed" || (state === "assigned" && replicas > 1);
  const move = several ? closeReplicas : refundRequest;
  const mined = await (await move(signerOf(context), contracts, requestId)).wait();
  const goesOn = several && (await getRequest(context.provider, contracts, requestId)).state !== "refunded";
  return { ...mined, amount: goesOn ? 0n : modelFee + nodeFee * BigInt(replicas) + auditFee, token: request.token };
}

/** Gives a request up before its draw is decided. @throws ClientError, ContractError `INFERENCE_HUB_DRAW_DECIDED`, ChainError */
export async function cancel(context: PaidContext, requestId: bigint): Promise<Mined> {
  const { state } = await ownRequest(context, requestId);
  if (state !== "requested") throw notPossible(requestId, "cancelled", state, "Wait for its result or its deadline.");
  return (await cancelRequest(signerOf(context), context.deployment.contracts, requestId)).wait();
}

/**
 * Has another draw begun for a request whose draw nobody carried out in time. Costs a fee, which is burned.
 *
 * @returns also the fee, wei
 * @throws ClientError `NOT_POSSIBLE_NOW`, `NOT_YOUR_REQUEST`; ContractError `INFERENCE_HUB_DRAW_NOT_EXPIRED`, `INFERENCE_HUB_TOO_LATE`; ChainError
 */
export async function redraw(context: PaidContext, requestId: bigint): Promise<Mined & { readonly fee: bigint }> {
  const { state } = await ownRequest(context, requestId);
  if (state !== "requested") throw notPossible(requestId, "drawn again", state, "Wait for its result or its deadline.");
  const { contracts } = context.deployment;
  const { redrawFee: fee } = await getHubParameters(context.provider, contracts);
  return { ...(await (await redrawRequest(signerOf(context), contracts, requestId, fee)).wait()), fee };
}

/** Ether, or another token, that the wallet has in its balance at Cloakwork, in the smallest unit. */
export async function balanceOf({ provider, deployment, wallet }: PaidContext, token: Hex = ETHER): Promise<bigint> {
  return getBalance(provider, deployment.contracts, token, wallet.address);
}

/** Moves the wallet's whole balance at Cloakwork to the wallet. @throws ClientError `NOTHING_TO_WITHDRAW`, ChainError */
export async function withdrawAll(
  context: PaidContext,
  token: Hex = ETHER,
): Promise<Mined & { readonly amount: bigint }> {
  const amount = await balanceOf(context, token);
  const { address } = context.wallet;
  if (amount === 0n) throw nothingToWithdraw(address);
  const sent = await withdraw(signerOf(context), context.deployment.contracts, token, address, amount);
  return { ...(await sent.wait()), amount };
}

/** A request of the wallet's. @throws ClientError `NOT_YOUR_REQUEST` */
export async function ownRequest(
  { provider, deployment, wallet }: PaidContext,
  requestId: bigint,
): Promise<InferenceRequest> {
  const request = await getRequest(provider, deployment.contracts, requestId);
  if (request.requester.toLowerCase() !== wallet.address.toLowerCase()) throw notYours(requestId, request.requester);
  return request;
}

/** What signs with the wallet. */
export function signerOf({ wallet, provider, deployment }: PaidContext): WalletSigner {
  return new WalletSigner(wallet, provider, { chainId: deployment.chainId });
}
