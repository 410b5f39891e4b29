import type { Command } from "commander";

import { revokeKeys } from "../../client/revoke-keys.ts";
import { askYes } from "../ask.ts";
import type { Cli } from "../cli.ts";
import { connect, connectClient } from "../connect.ts";
import { CliError } from "../errors.ts";
import { findKeySet } from "../find-key-set.ts";
import { shorten } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { settingsOf } from "../settings.ts";

export function addKeysRevoke(keys: Command, cli: Cli): void {
  keys
    .command("revoke")
    .description("Refuse a key set to new requests, for good.")
    .argument("<key set>", "its id, or at least the first 6 digits of it (0x…)")
    .option("-y, --yes", "without asking")
    .addHelpText(
      "after",
      examples(["cloakwork keys revoke 0x12ab34cd", "for example when the machine was stolen"]) +
        paragraph(
          "Requests under way are still answered, and the vault still opens them. The next request makes a new key set.",
        ),
    )
    .action(async (reference: string, options: { readonly yes?: boolean }, command: Command) => {
      const settings = settingsOf(command);
      using connection = await connect(settings);
      const context = await connectClient(cli, settings, connection);
      const keySetId = await findKeySet(context.vault, reference);
      if (options.yes !== true) {
        const agreed = cli.canAsk && (await askYes(cli, `Revoke key set ${shorten(keySetId)} for good?`));
        if (!agreed)
          throw new CliError("NOT_AGREED", "Nothing was revoked.", "Say --yes to revoke without a question.");
      }
      const { hash, gasUsed } = await revokeKeys(context, keySetId);
      cli.output.result({ keySetId, hash, gasUsed }, `Key set ${shorten(keySetId)} is revoked: ${hash}.`);
    });
}
