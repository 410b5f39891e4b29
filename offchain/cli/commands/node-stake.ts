import type { Command } from "commander";

import { addStake, getNode } from "../../chain/nodes.ts";
import type { Hex } from "../../chain/types.ts";
import { amountArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { CliError } from "../errors.ts";
import { formatAmount } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { addNodeOptions, nodeConfigOf, nodeIdentity, type NodeFlags } from "../node-files.ts";
import { settingsOf } from "../settings.ts";

export function addNodeStake(node: Command, cli: Cli): void {
  addNodeOptions(node.command("stake"))
    .description("Add ether to the node's stake, for more duties at a time or after a loss.")
    .argument("<amount>", "ether to add")
    .addHelpText(
      "after",
      examples(["cloakwork node stake 0.5", "half an ether more"]) +
        paragraph(
          "A node is drawn while its stake, less what is locked in duties, covers the bond of another one. The stake can be taken out as a\n" +
            "whole only, by leaving (`cloakwork node exit`).",
        ),
    )
    .action(async (text: string, flags: NodeFlags, command: Command) => {
      const settings = settingsOf(command);
      const amount = amountArgument("amount", text, 18);
      if (amount === 0n) throw new CliError("USAGE", "Nothing is no stake.", "Give an amount such as 0.5.");
      const config = await nodeConfigOf(cli, command, flags);
      using connection = await connect({ ...settings, rpc: config.rpc });
      const { provider, deployment } = connection;
      const { account } = await nodeIdentity(cli, settings, config.data);
      const address = account.address as Hex;
      const { hash } = await (await addStake(account.connect(provider), deployment.contracts, amount)).wait();
      const stake = (await getNode(provider, deployment.contracts, address))?.stake ?? 0n;
      cli.output.result(
        { node: address, added: amount, stake, hash },
        `${address} has ${formatAmount(stake)} at stake, ${formatAmount(amount)} more than before: ${hash}`,
      );
    });
}
