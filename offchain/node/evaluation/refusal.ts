import { CloakworkError } from "../../errors.ts";
import { REJECT_CODES } from "../reject-codes.ts";
import type { Verdict } from "./messages.ts";

/** The parser's verdict where something is at fault. */
export type Refused = Extract<Verdict, { readonly ok: false }>;

/** The bytes are at fault, in a way every node finds alike. */
export class Refusal extends Error {
  readonly verdict: Refused;
  constructor(name: keyof typeof REJECT_CODES, reason: string) {
    super(reason);
    this.verdict = { ok: false, code: REJECT_CODES[name], name, reason };
  }
}

/** The verdict an error stands for; undefined when it is a fault of this node itself. */
export function refusedBy(error: unknown): Refused | undefined {
  if (error instanceof Refusal) return error.verdict;
  if (!(error instanceof CloakworkError) || !(error.code in REJECT_CODES)) return undefined;
  return { ok: false, code: REJECT_CODES[error.code], name: error.code, reason: error.message };
}
