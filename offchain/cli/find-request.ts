import type { ClientContext } from "../client/types.ts";
import { findRequest, ownRequests } from "../client/vault-requests.ts";
import type { StoredRequest } from "../client/vault/contents.ts";
import { idArgument } from "./arguments.ts";
import { badArgument, CliError } from "./errors.ts";

/**
 * A request by its number, or, before it has one, by the beginning of its reference as `requests list` shows it.
 *
 * @throws CliError `USAGE`, `REFERENCE_UNKNOWN`; ClientError `REQUEST_UNKNOWN`, `KEY_SET_NOT_IN_VAULT`
 */
export async function findByReference(
  context: Pick<ClientContext, "vault" | "deployment" | "provider">,
  reference: string,
): Promise<StoredRequest> {
  if (!reference.startsWith("0x")) return findRequest(context, idArgument("request", reference));
  if (!/^0x[0-9a-f]{6,64}$/.test(reference)) throw badArgument("request", "a number, or 0x and at least 6 digits");
  const matches = (await ownRequests(context.vault, context.deployment)).filter(({ inputRoot }) =>
    inputRoot.startsWith(reference),
  );
  if (matches.length === 1) return matches[0];
  throw new CliError(
    "REFERENCE_UNKNOWN",
    `${matches.length === 0 ? "No request" : "More than one request"} of this vault begins with ${reference}.`,
    "See `cloakwork requests list`, and give more digits.",
  );
}
