import type { Command } from "commander";

import { getBalance, withdraw } from "../../chain/balances.ts";
import { exit, getNode } from "../../chain/nodes.ts";
import { ETHER, type Hex } from "../../chain/types.ts";
import { tokenInfoOf } from "../../client/catalogue.ts";
import { nothingToWithdraw } from "../../client/errors.ts";
import { addressArgument, tokenArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { formatAmount } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { addNodeOptions, nodeConfigOf, nodeIdentity, type NodeFlags } from "../node-files.ts";
import { settingsOf } from "../settings.ts";

export function addNodeWithdraw(node: Command, cli: Cli): void {
  addNodeOptions(node.command("withdraw"))
    .description("Take what the node earned, and its stake once it has left.")
    .option("--to <address>", "where to; the node's own account when omitted")
    .option("--token <address>", "what it earned in this ERC-20 token; ether when omitted")
    .addHelpText(
      "after",
      examples(
        ["cloakwork node withdraw --to 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "to an account kept elsewhere"],
        [
          "cloakwork node withdraw --token 0x5FbDB2315678afecb367f032d93F642f64180aa3",
          "fees of models that charge in it",
        ],
      ) + paragraph("With ether the stake comes along when `node exit` was called and its delay is over."),
    )
    .action(async (flags: NodeFlags & { readonly to?: string; readonly token?: string }, command: Command) => {
      const settings = settingsOf(command);
      const config = await nodeConfigOf(cli, command, flags);
      using connection = await connect({ ...settings, rpc: config.rpc });
      const { provider, deployment } = connection;
      const { contracts } = deployment;
      const { account } = await nodeIdentity(cli, settings, config.data);
      const address = account.address as Hex;
      const to = flags.to === undefined ? address : addressArgument("--to", flags.to);
      const token = flags.token === undefined ? ETHER : tokenArgument("--token", flags.token);
      const signer = account.connect(provider);
      const head = await provider.getBlock("latest");
      const info = await getNode(provider, contracts, address);
      const hasLeft = token === ETHER && info?.exitAt !== undefined && head !== null && head.timestamp >= info.exitAt;
      if (hasLeft) {
        await (await exit(signer, contracts)).wait();
        cli.output.note(`The stake of ${formatAmount(info.stake)} is in the balance.`);
      }
      const amount = await getBalance(provider, contracts, token, address);
      if (amount === 0n) throw nothingToWithdraw(address);
      const { hash } = await (await withdraw(signer, contracts, token, to, amount)).wait();
      cli.output.result(
        { node: address, to, token, amount, hash, left: hasLeft },
        `${formatAmount(amount, token, await tokenInfoOf(provider, token))} went to ${to}: ${hash}`,
      );
    });
}
