import type { Command } from "commander";

import { getDisputeParameters } from "../../chain/disputes.ts";
import { localWallet } from "../../client/local-wallet.ts";
import { balanceOf, withdrawAll } from "../../client/request-actions.ts";
import { complain } from "../../client/withheld.ts";
import { openAccount } from "../account.ts";
import { idArgument } from "../arguments.ts";
import { askYes } from "../ask.ts";
import type { Cli } from "../cli.ts";
import { connect, type Connection } from "../connect.ts";
import { CliError } from "../errors.ts";
import { formatAmount } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { settingsOf } from "../settings.ts";

interface ComplainOptions {
  readonly yes?: boolean;
  readonly keep?: boolean;
}

export function addRequestsComplain(requests: Command, cli: Cli): void {
  requests
    .command("complain")
    .description("Say on chain that nobody serves a batch's result: a jury of other nodes looks, and serves it.")
    .argument("<request>", "its number")
    .option("--yes", "lay the bond down without asking")
    .option("--keep", "leave what comes back of it in your balance at Cloakwork")
    .addHelpText(
      "after",
      examples(
        ["cloakwork requests complain 12", "lays a bond down; after the verdict, brings back what is yours of it"],
        ["cloakwork requests show 12 --wait", "opens the result once the jury serves it"],
      ) +
        paragraph(
          "If the jury finds the result withheld, its node loses bond and fee. If the jury can fetch it, you pay what the jury costs. Nothing is decrypted for it.",
        ),
    )
    .action(async (request: string, options: ComplainOptions, command: Command) => {
      const settings = settingsOf(command);
      const requestId = idArgument("request", request);
      using connection = await connect(settings);
      if (options.yes !== true) await agree(cli, connection);
      const wallet = localWallet(await openAccount(cli, settings, connection.provider));
      const context = { ...connection, wallet, endpoints: settings.endpoints };
      const complaint = await complain(context, requestId, { signal: cli.signal });
      if (complaint.state === "judging") {
        cli.output.result(
          { requestId, ...complaint },
          `A jury computes the result of request ${requestId} again: \`cloakwork requests show ${requestId} --wait\` opens it.`,
        );
        return;
      }
      const isThere = options.keep !== true && (await balanceOf(context)) > 0n;
      const withdrawn = isThere ? await withdrawAll(context) : undefined;
      const found = complaint.withheld ? "found the result withheld" : "did not find the result withheld";
      cli.output.result(
        { requestId, ...complaint, withdrawn: withdrawn && { amount: withdrawn.amount, hash: withdrawn.hash } },
        `The jury ${found}. ${withdrawn ? `${formatAmount(withdrawn.amount)} are in your wallet again: ${withdrawn.hash}` : "What comes back of the bond is in your balance at Cloakwork."}`,
      );
    });
}

async function agree(cli: Cli, { provider, deployment }: Connection): Promise<void> {
  const { challengeBond, jurorFee, jurySize } = await getDisputeParameters(provider, deployment.contracts);
  const bond = formatAmount(challengeBond);
  const costs = `the jury costs ${formatAmount(jurorFee * BigInt(jurySize))} if it can fetch the result`;
  if (cli.canAsk && (await askYes(cli, `Lay ${bond} down, of which ${costs}?`))) return;
  throw new CliError(
    "NOT_AGREED",
    `A complaint lays ${bond} down, of which ${costs}; nothing was sent.`,
    "Say --yes to agree.",
  );
}
