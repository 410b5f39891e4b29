import type { Command } from "commander";

import type { Cli } from "../cli.ts";
import { examples } from "../help.ts";
import { addKeysBackup } from "./keys-backup.ts";
import { addKeysDelegate } from "./keys-delegate.ts";
import { addKeysList } from "./keys-list.ts";
import { addKeysRecipient } from "./keys-recipient.ts";
import { addKeysRestore } from "./keys-restore.ts";
import { addKeysRevoke } from "./keys-revoke.ts";
import { addKeysUri } from "./keys-uri.ts";

export function addKeys(program: Command, cli: Cli): void {
  const keys = program
    .command("keys")
    .description("Your encryption keys: what there is, a backup, a way back, and an end.")
    .addHelpText(
      "after",
      examples(
        ["cloakwork keys list", "the key sets of the vault and how the chain has them"],
        ["cloakwork keys backup vault-backup.json", "a copy of the vault, still encrypted"],
        ["cloakwork keys recipient", "the key to send to a model's owner for a licence"],
      ),
    );
  addKeysList(keys, cli);
  addKeysBackup(keys, cli);
  addKeysRestore(keys, cli);
  addKeysRevoke(keys, cli);
  addKeysDelegate(keys, cli);
  addKeysUri(keys, cli);
  addKeysRecipient(keys, cli);
}
