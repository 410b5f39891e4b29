import type { Command } from "commander";

import { localWallet } from "../../client/local-wallet.ts";
import { cancel } from "../../client/request-actions.ts";
import { openAccount } from "../account.ts";
import { idArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { examples } from "../help.ts";
import { settingsOf } from "../settings.ts";

export function addRequestsCancel(requests: Command, cli: Cli): void {
  requests
    .command("cancel")
    .description("Give up a request before its node is drawn, which is within a block or two.")
    .argument("<request>", "its number")
    .addHelpText(
      "after",
      examples(
        ["cloakwork requests cancel 12", "the money goes to your balance at Cloakwork"],
        ["cloakwork requests refund 12", "brings it from there to your wallet"],
      ),
    )
    .action(async (request: string, _options: object, command: Command) => {
      const settings = settingsOf(command);
      const requestId = idArgument("request", request);
      using connection = await connect(settings);
      const wallet = localWallet(await openAccount(cli, settings, connection.provider));
      const { hash, gasUsed } = await cancel({ ...connection, wallet }, requestId);
      cli.output.result({ requestId, hash, gasUsed }, `Request ${requestId} is cancelled: ${hash}, ${gasUsed} gas.`);
    });
}
