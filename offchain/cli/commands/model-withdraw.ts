import type { Command } from "commander";

import { withdrawAll } from "../../client/request-actions.ts";
import { localWallet } from "../../client/local-wallet.ts";
import { tokenInfoOf } from "../../client/catalogue.ts";
import { ETHER } from "../../chain/types.ts";
import { openAccount } from "../account.ts";
import { tokenArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { formatAmount } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { settingsOf } from "../settings.ts";

export function addModelWithdraw(model: Command, cli: Cli): void {
  model
    .command("withdraw")
    .description("Take what your models earned.")
    .option("--token <address>", "earned in this ERC-20 token; ether when omitted")
    .addHelpText(
      "after",
      examples(
        ["cloakwork model withdraw", "all ether of your balance at Cloakwork, to your account"],
        ["cloakwork model withdraw --token 0x5FbDB2315678afecb367f032d93F642f64180aa3", "what was earned in a token"],
      ) + paragraph("The balance is the account's: whatever else it is owed there, refunds for example, comes along."),
    )
    .action(async (flags: { readonly token?: string }, command: Command) => {
      const settings = settingsOf(command);
      const token = flags.token === undefined ? ETHER : tokenArgument("--token", flags.token);
      using connection = await connect(settings);
      const { provider, deployment } = connection;
      const wallet = localWallet(await openAccount(cli, settings, provider));
      const { amount, hash } = await withdrawAll({ provider, deployment, wallet }, token);
      const text = formatAmount(amount, token, await tokenInfoOf(provider, token));
      cli.output.result({ account: wallet.address, token, amount, hash }, `${text} went to ${wallet.address}: ${hash}`);
    });
}
