import type { Command } from "commander";

import { getRequest } from "../../chain/requests.ts";
import { tokenInfoOf } from "../../client/catalogue.ts";
import { localWallet } from "../../client/local-wallet.ts";
import { refund, withdrawAll } from "../../client/request-actions.ts";
import { openAccount } from "../account.ts";
import { idArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { formatAmount } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { settingsOf } from "../settings.ts";

export function addRequestsRefund(requests: Command, cli: Cli): void {
  requests
    .command("refund")
    .description("Take back what was paid for a request that was rejected, or not answered by its deadline.")
    .argument("<request>", "its number")
    .option("--keep", "leave the money in your balance at Cloakwork")
    .addHelpText(
      "after",
      examples(["cloakwork requests refund 12", "refund the request, then bring your whole balance to your wallet"]) +
        paragraph("If the first of the two transactions is done already, only the second is sent."),
    )
    .action(async (request: string, options: { readonly keep?: boolean }, command: Command) => {
      const settings = settingsOf(command);
      const requestId = idArgument("request", request);
      using connection = await connect(settings);
      const { provider, deployment } = connection;
      const wallet = localWallet(await openAccount(cli, settings, provider));
      const context = { provider, deployment, wallet };
      const { state, token } = await getRequest(provider, deployment.contracts, requestId);
      const info = await tokenInfoOf(provider, token);
      const refunded = state === "refunded" ? undefined : await refund(context, requestId);
      if (refunded?.amount === 0n) {
        cli.output.result(
          { requestId, goesOn: true, hash: refunded.hash },
          `Request ${requestId} goes on with the answers there are: \`cloakwork requests show ${requestId}\` opens its result.`,
        );
        return;
      }
      if (refunded) cli.output.note(`Refunded ${formatAmount(refunded.amount, token, info)}: ${refunded.hash}`);
      cli.signal.throwIfAborted();
      const withdrawn = options.keep === true ? undefined : await withdrawAll(context, token);
      cli.output.result(
        {
          requestId,
          refunded: refunded && { amount: refunded.amount, hash: refunded.hash },
          withdrawn: withdrawn && { amount: withdrawn.amount, hash: withdrawn.hash },
        },
        withdrawn
          ? `${formatAmount(withdrawn.amount, token, info)} are in your wallet again: ${withdrawn.hash}`
          : `The money of request ${requestId} is in your balance at Cloakwork.`,
      );
    });
}
