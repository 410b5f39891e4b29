import { readFile } from "node:fs/promises";

import type { Command } from "commander";

import { FileVaultStore } from "../../client/vault/file-store.ts";
import { VaultExistsError } from "../../client/vault/errors.ts";
import { Vault } from "../../client/vault/vault.ts";
import type { Cli } from "../cli.ts";
import { unreadable } from "../errors.ts";
import { examples } from "../help.ts";
import { passphrase } from "../passphrase.ts";
import { settingsOf, vaultFile } from "../settings.ts";

export function addKeysRestore(keys: Command, cli: Cli): void {
  keys
    .command("restore")
    .description("Put a backup in the place of a vault that is missing, once its passphrase opened it.")
    .argument("<file>", "what `keys backup` wrote")
    .addHelpText(
      "after",
      examples(
        ["cloakwork keys restore /media/stick/cloakwork-vault.json", "a vault that is there is never overwritten"],
        ["cloakwork keys restore old.json --home ./old", "beside the vault you have"],
      ),
    )
    .action(async (file: string, _options: object, command: Command) => {
      const settings = settingsOf(command);
      let backup: Uint8Array;
      try {
        backup = new Uint8Array(await readFile(file));
      } catch (cause) {
        throw unreadable("backup", file, cause);
      }
      const target = vaultFile(settings);
      const store = new FileVaultStore(target);
      if (await Vault.exists(store)) throw new VaultExistsError();
      const vault = await Vault.restore(store, backup, await passphrase(cli, settings, { of: "the backup" }));
      const { keySets, requests } = await vault.contents();
      cli.output.result(
        { vault: target, keySets: keySets.length, requests: requests.length },
        `Restored to ${target}: ${keySets.length} key sets, ${requests.length} requests.`,
      );
    });
}
