import { CloakworkError } from "../errors.ts";

const NEXT = {
  PUBLISH_SAMPLES: "Give whole inputs of the model within its declared range and, if any, one label each.",
  PUBLISH_ACCURACY: "Ask for more bits, fine-tune the model with its compiled activations, or allow a larger drop.",
  PUBLISH_ERROR_BOUND: "Do not publish this plan; report it with the model and the settings, for the bound must hold.",
  PUBLISH_PACKAGE_LOST: "Restore the store that held the package, or publish the model anew as another version.",
  PUBLISH_NOT_FOUND: "Use the folder of publications the model was published from, or publish it first.",
  PUBLISH_NODE: "Check the node's address; its operator registers it with `cloakwork node start`.",
  PUBLISH_RECORD: "Restore the file from a backup; without it no further node can be authorised for that version.",
  PUBLISH_OWNER: "Use the account that owns the model.",
} as const;

/** A model could not be published, or a node not be authorised. */
export class PublishError extends CloakworkError {
  /** @param message one sentence, without any secret */
  constructor(code: keyof typeof NEXT, message: string, options: { cause?: unknown } = {}) {
    super(code, message, NEXT[code], options);
  }
}
