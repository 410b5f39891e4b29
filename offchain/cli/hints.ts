import { CloakworkError } from "../errors.ts";

/** What to type next, for errors whose own advice leaves that open because it also holds in a browser. */
const HINTS: Readonly<Record<string, string>> = {
  REQUEST_OVERDUE: "`cloakwork requests refund <number>` takes your money back.",
  REQUEST_REJECTED: "`cloakwork requests refund <number>` takes your money back; then make the request again.",
  REQUEST_REFUNDED: "`cloakwork requests refund <number>` brings what is in your balance to your wallet.",
  RESULT_UNAVAILABLE:
    "Try again later, with --endpoint for further blob stores: every node that computed it serves it. `cloakwork requests complain <number>` has a jury look while the challenge window lasts.",
  RESULT_SERVED: "`cloakwork requests show <number>` opens it.",
  REQUEST_NOT_SENT: "Wait a little; if it stays so, `cloakwork requests forget <reference>` drops it from the list.",
  KEYS_NOT_REPRODUCED: "`cloakwork keys revoke <key set>`, then ask again: a new key set is made.",
  KEY_SET_NOT_IN_VAULT:
    "Use the vault the keys were made in (--home), or `cloakwork keys restore` its backup elsewhere.",
  RECIPIENT_KEY_MISSING: "`cloakwork keys recipient` makes one; send what it prints to the model's owner.",
  LICENCE_OTHER_KEY:
    "Use the vault whose key the owner was given (--home), or send the owner what `cloakwork keys recipient` prints for a new licence.",
  LICENCE_MISSING:
    "Send the model's owner your address and what `cloakwork keys recipient` prints, or name another version (--of) or account (--account).",
  NO_ENDPOINT: "Name the base URL of a blob store with --endpoint, for example that of a node.",
  VAULT_EXISTS: "Use it, or name another --home for a second one.",
};

/** The same error with advice for the command line. */
export function withHint(error: CloakworkError): CloakworkError {
  if (!Object.hasOwn(HINTS, error.code)) return error;
  return new CloakworkError(error.code, error.message, HINTS[error.code], { cause: error });
}
