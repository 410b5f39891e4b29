import type { Command } from "commander";

import { ensureRecipientKey } from "../../client/recipient-key.ts";
import type { Cli } from "../cli.ts";
import { openVault } from "../connect.ts";
import { examples, paragraph } from "../help.ts";
import { settingsOf } from "../settings.ts";

export function addKeysRecipient(keys: Command, cli: Cli): void {
  keys
    .command("recipient")
    .description("Show the public key that owners of models seal licences to; it is made the first time.")
    .addHelpText(
      "after",
      examples(["cloakwork keys recipient", "send what it prints, and your address, to the model's owner"]) +
        paragraph(
          "A P-256 key; its secret half stays in the vault and is in every backup of it. Send the key by a way on which nobody can swap it:\n" +
            "who has the other half of the key an owner licenses has the model.",
        ),
    )
    .action(async (_options: object, command: Command) => {
      const vault = await openVault(cli, settingsOf(command));
      const { publicKey, created, createdAt } = await ensureRecipientKey(vault);
      if (created) cli.output.note("A key was made. `cloakwork keys backup` makes a copy of the vault it is in.");
      cli.output.result({ publicKey: publicKey.point, created, createdAt }, publicKey.point);
    });
}
