import path from "node:path";

import type { Command } from "commander";

import { takeBackup } from "../../client/backup.ts";
import type { Cli } from "../cli.ts";
import { openVault } from "../connect.ts";
import { formatBytes } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { writeNewFile } from "../new-file.ts";
import { settingsOf } from "../settings.ts";

export function addKeysBackup(keys: Command, cli: Cli): void {
  keys
    .command("backup")
    .description("Write a copy of the vault, encrypted as it is, to a new file.")
    .argument("<file>", "where to; it must not be there yet")
    .addHelpText(
      "after",
      examples(["cloakwork keys backup /media/stick/cloakwork-vault.json", "then put the stick somewhere else"]) +
        paragraph("With the backup and its passphrase every result made under its keys can be opened, on any machine."),
    )
    .action(async (file: string, _options: object, command: Command) => {
      const target = path.resolve(file);
      const vault = await openVault(cli, settingsOf(command));
      const bytes = await takeBackup(vault);
      await writeNewFile("BACKUP_NOT_WRITTEN", target, [bytes]);
      cli.output.result({ backup: target, bytes: bytes.length }, `${formatBytes(bytes.length)} written to ${target}.`);
    });
}
