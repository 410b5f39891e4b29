import { open } from "node:fs/promises";
import path from "node:path";

import type { Command } from "commander";

import { takeBackup } from "../../client/backup.ts";
import type { Cli } from "../cli.ts";
import { openVault } from "../connect.ts";
import { CliError } from "../errors.ts";
import { formatBytes } from "../format.ts";
import { examples, paragraph } from "../help.ts";
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
      try {
        const handle = await open(target, "wx", 0o600);
        try {
          await handle.writeFile(bytes);
          await handle.sync();
        } finally {
          await handle.close();
        }
      } catch (cause) {
        const isThere = (cause as NodeJS.ErrnoException).code === "EEXIST";
        throw new CliError(
          "BACKUP_NOT_WRITTEN",
          isThere ? `${target} is there already and was left as it is.` : `${target} could not be written.`,
          "Name a new file in a folder you can write to.",
          { cause },
        );
      }
      cli.output.result({ backup: target, bytes: bytes.length }, `${formatBytes(bytes.length)} written to ${target}.`);
    });
}
