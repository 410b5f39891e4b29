import type { Command } from "commander";

import { forgetRequest } from "../../client/vault-requests.ts";
import type { Cli } from "../cli.ts";
import { connect, openVault } from "../connect.ts";
import { findByReference } from "../find-request.ts";
import { examples } from "../help.ts";
import { settingsOf } from "../settings.ts";

export function addRequestsForget(requests: Command, cli: Cli): void {
  requests
    .command("forget")
    .description("Drop a request from the vault's list. What is on chain stays there.")
    .argument("<request>", "its number, or the beginning of its reference (0x…)")
    .addHelpText("after", examples(["cloakwork requests forget 0x3fa91c22", "one whose transaction was never mined"]))
    .action(async (reference: string, _options: object, command: Command) => {
      const settings = settingsOf(command);
      using connection = await connect(settings);
      const vault = await openVault(cli, settings);
      const stored = await findByReference({ ...connection, vault }, reference);
      await forgetRequest(vault, stored);
      cli.output.result({ forgotten: stored.inputRoot }, `Forgotten: ${stored.requestId ?? stored.inputRoot}.`);
    });
}
