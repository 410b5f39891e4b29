import type { Command } from "commander";

import { delegateKeys } from "../../client/delegate-keys.ts";
import { addressArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect, connectClient } from "../connect.ts";
import { findKeySet } from "../find-key-set.ts";
import { shorten } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { settingsOf } from "../settings.ts";

export function addKeysDelegate(keys: Command, cli: Cli): void {
  keys
    .command("delegate")
    .description("Let a contract, or another account, ask models with a key set, or stop it.")
    .argument("<key set>", "its id, or at least the first 6 digits of it (0x…)")
    .argument("<requester>", "address of the contract or account")
    .option("--stop", "from now on no longer")
    .addHelpText(
      "after",
      examples(
        [
          "cloakwork keys delegate 0x12ab34cd 0x5FbDB2315678afecb367f032d93F642f64180aa3",
          "a contract that asks for you",
        ],
        ["cloakwork keys delegate 0x12ab34cd 0x5FbDB2315678afecb367f032d93F642f64180aa3 --stop", "no longer"],
      ) +
        paragraph("The contract pays and is paid back. Inputs are encrypted and answers opened with your vault alone."),
    )
    .action(async (reference: string, address: string, flags: { readonly stop?: boolean }, command: Command) => {
      const settings = settingsOf(command);
      const requester = addressArgument("requester", address);
      const allowed = flags.stop !== true;
      using connection = await connect(settings);
      const context = await connectClient(cli, settings, connection);
      const keySetId = await findKeySet(context.vault, reference);
      const { hash, gasUsed } = await delegateKeys(context, keySetId, requester, allowed);
      cli.output.result(
        { keySetId, requester, allowed, hash, gasUsed },
        `${requester} may ${allowed ? "ask" : "no longer ask"} with key set ${shorten(keySetId)}: ${hash}.`,
      );
    });
}
