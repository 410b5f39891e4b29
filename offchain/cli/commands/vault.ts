import type { Command } from "commander";

import { FileVaultStore } from "../../client/vault/file-store.ts";
import { VaultExistsError } from "../../client/vault/errors.ts";
import { Vault } from "../../client/vault/vault.ts";
import type { Cli } from "../cli.ts";
import { examples, paragraph } from "../help.ts";
import { passphrase } from "../passphrase.ts";
import { settingsOf, vaultFile } from "../settings.ts";

export function addVault(program: Command, cli: Cli): void {
  const vault = program
    .command("vault")
    .description("The encrypted file your secret keys and your list of requests live in.")
    .addHelpText("after", examples(["cloakwork vault create", "once, before the first inference"]));
  vault
    .command("create")
    .description("Make an empty vault in the home folder, encrypted under a passphrase.")
    .addHelpText(
      "after",
      examples(
        ["cloakwork vault create", "asks for a passphrase twice"],
        ["CLOAKWORK_PASSPHRASE=… cloakwork vault create --home ./alice", "for scripts, in a folder of its own"],
      ) +
        paragraph(
          "scrypt and AES-256-GCM; the file is readable by you alone. Whoever forgets the passphrase loses the keys: nobody can reset it.\n" +
            "`cloakwork keys backup` makes a copy that is as safe as the passphrase is strong.",
        ),
    )
    .action(async (_options: object, command: Command) => {
      const settings = settingsOf(command);
      const file = vaultFile(settings);
      const store = new FileVaultStore(file);
      if (await Vault.exists(store)) throw new VaultExistsError();
      await Vault.create(store, await passphrase(cli, settings, { of: "the vault", isNew: true }));
      cli.output.result({ vault: file }, `A vault was made at ${file}.`);
    });
}
