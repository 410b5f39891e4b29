import { type Sentences, short, text } from "./words.ts";

/** Errors of contracts that ask for inferences (InferenceConsumer). */
export const CONSUMER_SENTENCES: Sentences = {
  InferenceConsumer_NotCallbacks: (args) => ({
    message: `${short(args, 0)} may not call the contract back.`,
    next: "Deliver the call through `Callbacks.deliver`.",
  }),
  InferenceConsumer_WrongBinding: (args) => ({
    message: `What was given is not what request ${text(args, 0)} is bound to.`,
    next: "Take the binding from the request's `Requested` event.",
  }),
  InferenceConsumer_NotReleased: (args) => ({
    message: `The statement is not about the result of request ${text(args, 0)}, or the owner of its key set did not sign it.`,
    next: "Have the owner of the key set sign a statement about this request, once it is settled.",
  }),
};
