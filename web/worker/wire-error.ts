import { CloakworkError } from "../../offchain/errors.ts";
import type { WireError } from "./protocol.ts";

/** Errors of ours cross as they are; of others only the message crosses, with words around it. */
export function wireError(error: unknown): WireError {
  if (error instanceof CloakworkError) return { code: error.code, message: error.message, next: error.next };
  return {
    code: "UNEXPECTED",
    message: `The program met an error it does not know: ${error instanceof Error ? error.message : String(error)}`,
    next: "Try again; if it comes back, reload the page. What was paid is on the chain and not lost.",
  };
}

/** The page asked to stop. */
export const ABORTED: WireError = {
  code: "ABORTED",
  message: "The work was stopped.",
  next: "Start it again when you like.",
};
