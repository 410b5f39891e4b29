import type { Command } from "commander";

import { getNode, requestExit } from "../../chain/nodes.ts";
import type { Hex } from "../../chain/types.ts";
import { askYes } from "../ask.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { CliError } from "../errors.ts";
import { formatTime } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { addNodeOptions, nodeConfigOf, nodeIdentity, type NodeFlags } from "../node-files.ts";
import { settingsOf } from "../settings.ts";

export function addNodeExit(node: Command, cli: Cli): void {
  addNodeOptions(node.command("exit"))
    .description("Leave: the node is drawn no more, and its stake can be taken after the exit delay.")
    .option("-y, --yes", "without asking")
    .addHelpText(
      "after",
      examples(
        ["cloakwork node exit", "begin to leave"],
        ["cloakwork node withdraw", "once the delay is over: take stake and earnings"],
      ) + paragraph("Keep the node running until then: duties it has been drawn for are still owed."),
    )
    .action(async (flags: NodeFlags & { readonly yes?: boolean }, command: Command) => {
      const settings = settingsOf(command);
      const config = await nodeConfigOf(cli, command, flags);
      using connection = await connect({ ...settings, rpc: config.rpc });
      const { provider, deployment } = connection;
      const { account } = await nodeIdentity(cli, settings, config.data);
      const address = account.address as Hex;
      const before = await getNode(provider, deployment.contracts, address);
      if (before?.exitAt === undefined) {
        const agreed = flags.yes === true || (cli.canAsk && (await askYes(cli, `Let ${address} leave?`)));
        if (!agreed) throw new CliError("NOT_AGREED", "Nothing was changed.", "Say --yes to leave without a question.");
        await (await requestExit(account.connect(provider), deployment.contracts)).wait();
      }
      const after = await getNode(provider, deployment.contracts, address);
      const exitAt = after?.exitAt ?? 0;
      cli.output.result(
        { node: address, exitAt },
        `${address} is leaving. Its stake can be taken from ${formatTime(exitAt)}.`,
      );
    });
}
