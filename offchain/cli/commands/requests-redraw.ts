import type { Command } from "commander";

import { getHubParameters } from "../../chain/requests.ts";
import { localWallet } from "../../client/local-wallet.ts";
import { redraw } from "../../client/request-actions.ts";
import { openAccount } from "../account.ts";
import { idArgument } from "../arguments.ts";
import { askYes } from "../ask.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { CliError } from "../errors.ts";
import { formatAmount } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { settingsOf } from "../settings.ts";

export function addRequestsRedraw(requests: Command, cli: Cli): void {
  requests
    .command("redraw")
    .description("Have a node drawn anew for a request whose draw nobody carried out in time.")
    .argument("<request>", "its number")
    .option("-y, --yes", "pay the fee without asking")
    .addHelpText(
      "after",
      examples(["cloakwork requests redraw 12", "rather than wait for the deadline and take the money back"]) +
        paragraph(
          "A draw can be carried out while its seed can be read: for 256 blocks or, where the deployment reads the chain's history, 8,191. Nodes do\n" +
            "it while one of them runs. Another one costs a fee, which is burned, so that nobody has draws repeated until they suit.",
        ),
    )
    .action(async (request: string, options: { readonly yes?: boolean }, command: Command) => {
      const settings = settingsOf(command);
      const requestId = idArgument("request", request);
      using connection = await connect(settings);
      const wallet = localWallet(await openAccount(cli, settings, connection.provider));
      const { redrawFee } = await getHubParameters(connection.provider, connection.deployment.contracts);
      const question = `Pay ${formatAmount(redrawFee)} for another draw of request ${requestId}?`;
      if (options.yes !== true && !(cli.canAsk && (await askYes(cli, question)))) {
        throw new CliError("NOT_AGREED", "Nothing was paid.", "Say --yes to pay the fee without a question.");
      }
      const { hash, gasUsed, fee } = await redraw({ ...connection, wallet }, requestId);
      cli.output.result(
        { requestId, fee, hash, gasUsed },
        `A node is drawn anew for request ${requestId}, for ${formatAmount(fee)}: ${hash}`,
      );
    });
}
