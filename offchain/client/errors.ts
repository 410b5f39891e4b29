import { formatEther } from "ethers";

import type { Hex, Quote } from "../chain/types.ts";
import { CloakworkError } from "../errors.ts";
import { isAboutKeys, rejectWords } from "./reject-words.ts";

/** Something on the wallet user's side stands in the way. `code` says what. */
export class ClientError extends CloakworkError {}

const request = (id: bigint): string => `Request ${id}`;

/** No plan of the model takes so many inputs in one request. */
export function batchTooLarge(count: number, most: number | undefined): ClientError {
  const takes = most === undefined ? "takes one at a time" : `takes at most ${most} at once`;
  return new ClientError(
    "BATCH_TOO_LARGE",
    `There are ${count} inputs, and the model ${takes}; nothing was sent or charged.`,
    most === undefined ? "Ask about each input by itself." : "Split the inputs into several requests.",
  );
}

/** A result is named on chain and nobody serves its bytes. */
export function resultUnavailable(id: bigint, cause: Error): ClientError {
  return new ClientError(
    "RESULT_UNAVAILABLE",
    `The result of request ${id} is on chain by its digest alone, and nobody serves it now. ${cause.message}`,
    "Try again later, and name further blob stores if you know any: every node that computed the result serves it. Until then nothing is settled from here. While its challenge window lasts you can complain: a jury computes it again, serves it, and takes the bond of who withholds it.",
    { cause },
  );
}

/** There is nothing to complain about. */
export function resultServed(id: bigint): ClientError {
  return new ClientError(
    "RESULT_SERVED",
    `The result of request ${id} can be fetched; nothing was laid down.`,
    "Open it instead.",
  );
}

/** Values of a batch are released sample by sample. */
export function sampleNotGiven(id: bigint, count: number): ClientError {
  return new ClientError(
    "SAMPLE_NOT_GIVEN",
    `${request(id)} has the answers to ${count} inputs, and one of them is released at a time.`,
    `Say which: a number from 0 to ${count - 1}.`,
  );
}

/** The model is paused or retired. */
export function modelNotActive(modelId: bigint, status: string): ClientError {
  return new ClientError(
    "MODEL_NOT_ACTIVE",
    `Model ${modelId} is ${status} and takes no requests; nothing was sent or charged.`,
    "Choose another model, or ask its owner.",
  );
}

/**
 * No node could be drawn.
 *
 * @param serving how many serve the version all the same
 */
export function noNodes(modelId: bigint, version: number, serving: number): ClientError {
  const what =
    serving === 0
      ? `No node serves version ${version} of model ${modelId} now`
      : `None of the nodes that serve version ${version} of model ${modelId} can take a request now: they are leaving, suspended or busy, or take no fees in the model's token`;
  return new ClientError(
    "NO_NODES",
    `${what}; nothing was sent or charged.`,
    "Try again later, or choose another model; a node that just joined serves from the next epoch on.",
  );
}

/** The price is not the one the person agreed to. */
export function priceChanged(agreed: Quote, now: Quote): ClientError {
  const amount = (quote: Quote): string =>
    /^0x0+$/.test(quote.token) ? `${formatEther(quote.total)} ETH` : `${quote.total} of the token ${quote.token}`;
  return new ClientError(
    "PRICE_CHANGED",
    `The price is now ${amount(now)} instead of the ${amount(agreed)} agreed to; nothing was charged.`,
    "Look at the new price and decide again.",
  );
}

/** Fewer nodes serve the version than a majority of what is asked for. */
export function tooFewNodes(serving: number, replicas: number): ClientError {
  return new ClientError(
    "TOO_FEW_NODES",
    `${serving === 1 ? "One node serves" : `${serving} nodes serve`} this model, and ${replicas} were asked for; nothing was sent or charged.`,
    "Ask for fewer nodes, or try again later.",
  );
}

/** The account has too little of the token the model charges in. */
export function tooFewTokens(address: Hex, token: Hex, has: bigint, needs: bigint): ClientError {
  return new ClientError(
    "TOO_FEW_TOKENS",
    `${address} has ${has} of the token ${token} (in its smallest unit), and ${needs} are needed; nothing was sent or charged.`,
    "Add tokens to the account, or choose a model that charges in something else.",
  );
}

/** The account has too little. */
export function tooLittleMoney(address: Hex, has: bigint, needs: bigint): ClientError {
  return new ClientError(
    "TOO_LITTLE_MONEY",
    `${address} has ${formatEther(has)} ETH, and ${formatEther(needs)} ETH and gas are needed; nothing was sent or charged.`,
    "Add ether to the account, or use another one.",
  );
}

/** A plan is not what the chain or the manifest says it is. */
export function planMismatch(what: string): ClientError {
  return new ClientError(
    "PLAN_MISMATCH",
    `The model's plan was refused: its ${what} is not the one stated for it.`,
    "Do not pay for this version; tell the owner of the model.",
  );
}

/** A plan asks for something this client cannot do. */
export function planUnsupported(what: string): ClientError {
  return new ClientError(
    "PLAN_UNSUPPORTED",
    `This version of Cloakwork cannot use the plan: it has ${what}.`,
    "Choose another plan of the model, or update Cloakwork.",
  );
}

/** The plan's index is not one of the version's. */
export function noSuchPlan(modelId: bigint, version: number, planIndex: number): ClientError {
  return new ClientError(
    "NO_SUCH_PLAN",
    `Version ${version} of model ${modelId} has no plan ${planIndex}.`,
    "Look at the model again and choose one of its plans.",
  );
}

/** Neither the person nor the chain names a place that could be asked. */
export function noEndpoint(what: string): ClientError {
  return new ClientError(
    "NO_ENDPOINT",
    `There is no blob store to use for ${what}.`,
    "Name the base URL of a store, for example that of a node; the chain names none that can be reached from here.",
  );
}

/** The vault does not hold the key set a request was made with. */
export function keySetMissing(keySetId: Hex): ClientError {
  return new ClientError(
    "KEY_SET_NOT_IN_VAULT",
    `The keys that open this result, key set ${keySetId}, are not in this vault.`,
    "Open the vault they were made in, or restore its backup.",
  );
}

/** The request stands in no vault here and not on chain under this number. */
export function requestUnknown(id: bigint): ClientError {
  return new ClientError(
    "REQUEST_UNKNOWN",
    `${request(id)} was not found on this chain.`,
    "Check the number, and that the endpoint is on the right chain.",
  );
}

/** The transaction that asks for the request cannot be found. */
export function requestNotSent(): ClientError {
  return new ClientError(
    "REQUEST_NOT_SENT",
    "The transaction that pays for this request is not on the chain, and nothing was charged by it so far.",
    "Wait a little if the wallet still shows it; otherwise forget this request and make it again.",
  );
}

/** The transaction was mined and reverted. */
export function requestReverted(hash: Hex): ClientError {
  return new ClientError(
    "REQUEST_REVERTED",
    `The contract refused the request in transaction ${hash}; only gas was spent.`,
    "Make the request again: price, nodes or keys changed in between.",
  );
}

/** Nobody answered in time. */
export function requestOverdue(id: bigint): ClientError {
  return new ClientError(
    "REQUEST_OVERDUE",
    `${request(id)} was not answered by its deadline.`,
    "Take your money back; then ask again if you like.",
  );
}

/** The escrow went back. */
export function requestRefunded(id: bigint, reason: string): ClientError {
  return new ClientError(
    "REQUEST_REFUNDED",
    `${request(id)} has no answer: ${reason}; what you paid went back to your balance at Cloakwork.`,
    "Withdraw it to your wallet if you have not yet, or ask again.",
  );
}

/** The parser of the node, or of more than half of several nodes, refused what was sent. */
export function requestRejected(id: bigint, code: number, replicas: number): ClientError {
  const who = replicas > 1 ? "More than half of the nodes" : "The node";
  return new ClientError(
    "REQUEST_REJECTED",
    `${who} refused request ${id}: ${rejectWords(code)}.`,
    isAboutKeys(code)
      ? "Take your money back; then revoke these keys, so that new ones are made when you ask again."
      : "Take your money back; then ask again, which encrypts the input anew.",
  );
}

/** The result on chain or from a store is not what its digest says. */
export function resultDamaged(id: bigint, what: string): ClientError {
  return new ClientError(
    "RESULT_DAMAGED",
    `The result of request ${id} was refused: ${what}.`,
    "Read it again through another RPC endpoint or store.",
  );
}

/** What was asked for cannot be done with the request as it stands. */
export function notPossible(id: bigint, what: string, state: string, next: string): ClientError {
  return new ClientError("NOT_POSSIBLE_NOW", `${request(id)} cannot be ${what}: it is ${state}.`, next);
}

/** The request belongs to somebody else. */
export function notYours(id: bigint, requester: Hex): ClientError {
  return new ClientError(
    "NOT_YOUR_REQUEST",
    `${request(id)} was made by ${requester}.`,
    "Use the wallet that made it.",
  );
}

/** Nothing to withdraw. */
export function nothingToWithdraw(address: Hex): ClientError {
  return new ClientError(
    "NOTHING_TO_WITHDRAW",
    `${address} has nothing in its balance at Cloakwork.`,
    "Nothing to do: refunds show up there once they are made.",
  );
}

/** The vault has no key that licences could be sealed to. */
export function recipientKeyMissing(): ClientError {
  return new ClientError(
    "RECIPIENT_KEY_MISSING",
    "This vault has no key yet that a licence could be sealed to.",
    "Make one, and send its public half to the model's owner.",
  );
}

/** The account may not have the model. */
export function notLicensed(modelId: bigint, version: number, account: Hex, revoked: boolean): ClientError {
  const what = `licence for version ${version} of model ${modelId}`;
  return revoked
    ? new ClientError(
        "LICENCE_REVOKED",
        `The owner of the model took the ${what} back from ${account}.`,
        "Ask the model's owner for another; what was downloaded before stays where it is.",
      )
    : new ClientError(
        "LICENCE_MISSING",
        `${account} has no ${what}.`,
        "Ask the model's owner for one, or name another version or account.",
      );
}

/** The licence was made for a key that this vault does not have. */
export function licenceOtherKey(modelId: bigint, version: number, cause: Error): ClientError {
  return new ClientError(
    "LICENCE_OTHER_KEY",
    `The licence for version ${version} of model ${modelId} is sealed to another key than this vault's.`,
    "Open the vault whose key the owner was given, or send the owner this vault's for a new licence.",
    { cause },
  );
}

/** The weights are more than is held in memory. */
export function packageTooLarge(bytes: number, most: number): ClientError {
  return new ClientError(
    "PACKAGE_TOO_LARGE",
    `The package of the plan has ${bytes} bytes, and at most ${most} are read.`,
    "Choose another plan of the version, or ask the model's owner for the model by another way.",
  );
}
