import type { Hex } from "../chain/types.ts";
import type { Vault } from "../client/vault/vault.ts";
import { badArgument, CliError } from "./errors.ts";

/**
 * A key set of the vault by the beginning of its id.
 *
 * @param text 0x and at least 6 digits
 * @throws CliError `USAGE`, `KEY_SET_UNKNOWN`
 */
export async function findKeySet(vault: Vault, text: string): Promise<Hex> {
  const reference = text.toLowerCase();
  if (!/^0x[0-9a-f]{6,64}$/.test(reference)) throw badArgument("key set", "0x and at least 6 digits");
  const found = (await vault.contents()).keySets.filter(({ id }) => id.startsWith(reference));
  if (found.length === 1) return found[0].id;
  throw new CliError(
    "KEY_SET_UNKNOWN",
    `${found.length === 0 ? "No key set" : "More than one key set"} of this vault begins with ${reference}.`,
    "See `cloakwork keys list --json` for the whole ids.",
  );
}
