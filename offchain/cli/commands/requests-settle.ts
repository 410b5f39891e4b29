import type { Command } from "commander";

import { localWallet } from "../../client/local-wallet.ts";
import { settle } from "../../client/request-actions.ts";
import { openAccount } from "../account.ts";
import { idArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { examples } from "../help.ts";
import { settingsOf } from "../settings.ts";

export function addRequestsSettle(requests: Command, cli: Cli): void {
  requests
    .command("settle")
    .description("Pay node and owner of an answered request now, ahead of the end of the challenge window.")
    .argument("<request>", "its number")
    .addHelpText(
      "after",
      examples(["cloakwork requests settle 12", "costs gas only; the fee is in escrow since the request was made"]),
    )
    .action(async (request: string, _options: object, command: Command) => {
      const settings = settingsOf(command);
      const requestId = idArgument("request", request);
      using connection = await connect(settings);
      const wallet = localWallet(await openAccount(cli, settings, connection.provider));
      const { hash, gasUsed } = await settle({ ...connection, wallet }, requestId);
      cli.output.result({ requestId, hash, gasUsed }, `Request ${requestId} is settled: ${hash}, ${gasUsed} gas.`);
    });
}
