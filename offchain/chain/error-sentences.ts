import { CALLBACK_SENTENCES } from "./error-sentences/callbacks.ts";
import { CONSUMER_SENTENCES } from "./error-sentences/consumers.ts";
import { DISPUTE_SENTENCES } from "./error-sentences/disputes.ts";
import { HUB_SENTENCES } from "./error-sentences/hub.ts";
import { KEY_SENTENCES } from "./error-sentences/keys.ts";
import { LIBRARY_SENTENCES } from "./error-sentences/libraries.ts";
import { MODEL_SENTENCES } from "./error-sentences/models.ts";
import { NODE_SENTENCES } from "./error-sentences/nodes.ts";
import type { Sentences } from "./error-sentences/words.ts";

export type { ErrorSentence } from "./error-sentences/words.ts";

/** What every custom error of the contracts means and what to do, by its Solidity name; a test checks that none is missing. */
export const ERROR_SENTENCES: Sentences = {
  ...HUB_SENTENCES,
  ...DISPUTE_SENTENCES,
  ...CALLBACK_SENTENCES,
  ...CONSUMER_SENTENCES,
  ...MODEL_SENTENCES,
  ...NODE_SENTENCES,
  ...KEY_SENTENCES,
  ...LIBRARY_SENTENCES,
};
