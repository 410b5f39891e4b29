import { ether, type Sentences, short, text } from "./words.ts";

/** Errors of Callbacks. */
export const CALLBACK_SENTENCES: Sentences = {
  Callbacks_NotRequester: (args) => ({
    message: `${short(args, 1)} did not make request ${text(args, 0)}.`,
    next: "Order from the account or contract that made the request.",
  }),
  Callbacks_Ordered: (args) => ({
    message: `A call back for request ${text(args, 0)} is ordered already.`,
    next: "Nothing to do.",
  }),
  Callbacks_BadOrder: (args) => ({
    message: `A call of ${short(args, 0)} with ${text(args, 1)} gas cannot be ordered.`,
    next: "Name a contract, and 1 to 5,000,000 gas.",
  }),
  Callbacks_BadPay: (args) => ({
    message: `${ether(args, 0)} does not pay for the call: at least ${ether(args, 1)} and at most ${ether(args, 2)} does.`,
    next: "Send the gas ordered times the base fee, with a margin for dearer blocks.",
  }),
  Callbacks_NoOrder: (args) => ({
    message: `No call back for request ${text(args, 0)} is open.`,
    next: "Nothing to do: none was ordered, or it was made.",
  }),
  Callbacks_NotEnded: (args) => ({
    message: `Request ${text(args, 0)} has not ended.`,
    next: "Settle or refund it first.",
  }),
  Callbacks_NotEnoughGas: (args) => ({
    message: `${text(args, 0)} gas is left where ${text(args, 1)} are needed to give the called contract what was ordered.`,
    next: "Send the transaction with more gas.",
  }),
  Callbacks_BadParameter: (args) => ({
    message: `Callbacks cannot be deployed: its parameter ${text(args, 0)} is out of range.`,
    next: "Correct the deployment options.",
  }),
};
