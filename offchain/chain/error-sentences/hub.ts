import { REQUEST_STATES } from "../request-states.ts";
import { amount, big, ether, type Sentences, short, text, time } from "./words.ts";

/** Errors of the InferenceHub and its entropy. */
export const HUB_SENTENCES: Sentences = {
  InferenceHub_WrongState: (args) =>
    big(args, 1) === 0n
      ? {
          message: `There is no request ${text(args, 0)}.`,
          next: "Check the number and that the wallet is on the right chain.",
        }
      : {
          message: `Request ${text(args, 0)} is ${REQUEST_STATES[Number(big(args, 1))] ?? "in an unknown state"}, so this cannot be done now.`,
          next: "Look at the request again: it has moved on.",
        },
  InferenceHub_ModelNotActive: (args) => ({
    message: `Model ${text(args, 0)} is paused or retired and takes no new requests; nothing was charged.`,
    next: "Choose another model, or ask its owner.",
  }),
  InferenceHub_NoNodes: (args) => ({
    message: `Too few nodes serve version ${text(args, 1)} of model ${text(args, 0)} now; nothing was charged.`,
    next: "Ask for fewer replicas, try again later, or choose another version; a node that just joined serves from the next epoch on.",
  }),
  InferenceHub_BadReplicas: (args) => ({
    message: `${text(args, 0)} replicas cannot be had; nothing was charged.`,
    next: "Ask for 1, 3, 5 or 7 replicas.",
  }),
  InferenceHub_TokenChanged: (args) => ({
    message: `The model now charges in another token (${short(args, 1)}) than agreed; nothing was charged.`,
    next: "Look at the new price and decide again.",
  }),
  InferenceHub_FeeTooHigh: (args) => ({
    message: `The price is ${amount(args, 0, 1)}, above the most agreed to, ${amount(args, 0, 2)}; nothing was charged.`,
    next: "Look at the new price and decide again.",
  }),
  InferenceHub_WrongPayment: (args) => ({
    message: `${ether(args, 0)} was sent along, but exactly ${ether(args, 1)} is due; nothing was charged.`,
    next: "Get a new quote and send exactly its total; where the price is in a token, send no ether.",
  }),
  InferenceHub_BadDeadline: (args) => ({
    message: `The deadline ${time(args, 0)} is not between ${time(args, 1)} and ${time(args, 2)}; nothing was charged.`,
    next: "Choose a deadline between the two; check this machine's clock if it looked right.",
  }),
  InferenceHub_KeySetRefused: (args) => ({
    message: `Key set ${short(args, 0)} is revoked, or ${short(args, 1)} may not use it; nothing was charged.`,
    next: "Use a key set of this account, or have its owner allow this account as a delegate.",
  }),
  InferenceHub_WrongParameters: (args) => ({
    message: `The key set is of parameter set ${short(args, 0)}, the plan needs ${short(args, 1)}; nothing was charged.`,
    next: "Make a key set for the plan's parameter set.",
  }),
  InferenceHub_BadInput: (args) => ({
    message: `The input is not described properly: a root is missing, or ${text(args, 0)} bytes are not a possible size; nothing was charged.`,
    next: "Encrypt the input again; inputs have at most 1 GiB.",
  }),
  InferenceHub_VersionExhausted: (args) => ({
    message: `Version ${text(args, 1)} of model ${text(args, 0)} has answered all requests it can; nothing was charged.`,
    next: "Use a newer version, or ask the owner to publish one.",
  }),
  InferenceHub_DrawPending: (args) => ({
    message: `The draw of request ${text(args, 0)} is decided after block ${text(args, 1)}.`,
    next: "Wait a block or two and try again.",
  }),
  InferenceHub_DrawDecided: (args) => ({
    message: `The draw of request ${text(args, 0)} is decided, so it cannot be cancelled any more.`,
    next: "Wait for the result; if none comes by the deadline the money can be taken back.",
  }),
  InferenceHub_DrawExpired: (args) => ({
    message: `The draw of request ${text(args, 0)} was not used in time.`,
    next: "Start another draw, or take the money back after the deadline.",
  }),
  InferenceHub_DrawNotExpired: (args) => ({
    message: `The draw of request ${text(args, 0)} has not expired.`,
    next: "Carry out the draw instead.",
  }),
  InferenceHub_NotYourDuty: (args) => ({
    message: `${short(args, 1)} has no such duty in request ${text(args, 0)} now.`,
    next: "Nothing to do: another node was drawn, or this step is done.",
  }),
  InferenceHub_TooLate: (args) => ({
    message: `It is too late for request ${text(args, 0)}: the time was up at ${time(args, 1)}.`,
    next: "Look at the request again; money in escrow can be taken back after its deadline.",
  }),
  InferenceHub_TooEarly: (args) => ({
    message: `It is too early for request ${text(args, 0)}.`,
    next: `Try again after ${time(args, 1)}.`,
  }),
  InferenceHub_WrongBinding: (args) => ({
    message: `Request ${text(args, 0)} is not the request that was computed for: the chain was reorganised, or data was mixed up.`,
    next: "Read the request from the chain again before answering.",
  }),
  InferenceHub_NotRequester: (args) => ({
    message: `Only who made request ${text(args, 0)} can do this.`,
    next: "Use the account that made the request.",
  }),
  InferenceHub_BadResult: (args) => ({
    message: `A result of kind ${text(args, 0)} with ${text(args, 1)} bytes stated and ${text(args, 2)} sent is not a possible one.`,
    next: "Send up to 8,192 bytes inline, or the digest and size of a blob.",
  }),
  InferenceHub_WrongResultDigest: () => ({
    message: "The result's bytes do not have the digest stated with them.",
    next: "Compute the blob root over exactly the bytes sent.",
  }),
  InferenceHub_WrongReveal: (args) => ({
    message: `The answer to request ${text(args, 0)} is not the one ${short(args, 1)} committed to.`,
    next: "Reveal exactly the answer and the salt that were committed to.",
  }),
  InferenceHub_NotDisputes: (args) => ({
    message: `${short(args, 0)} is not the contract for disputes, which alone can do this.`,
    next: "Nothing to do.",
  }),
  InferenceHub_AuditPoolTooSmall: (args) => ({
    message: `The requests of model ${text(args, 0)} have set ${text(args, 1)} aside for audits, one costs ${text(args, 2)} (in the token's smallest unit).`,
    next: "Try again when more requests are settled; the result can still be challenged.",
  }),
  InferenceHub_BadRejectCode: () => ({
    message: "An input is rejected with the parser's code, which is never 0.",
    next: "State the code.",
  }),
  InferenceHub_BadParameter: (args) => ({
    message: `The hub cannot be deployed: its parameter ${text(args, 0)} is out of range.`,
    next: "Correct the deployment options.",
  }),
  BlockHashEntropy_BadDelay: (args) => ({
    message: `The entropy source cannot be deployed: a delay of ${text(args, 0)} blocks is out of range.`,
    next: "Use 1 to 64 blocks.",
  }),
  HistoryEntropy_NotEnoughGas: () => ({
    message: "The transaction has too little gas to read an older block's hash.",
    next: "Send it with more gas.",
  }),
};
