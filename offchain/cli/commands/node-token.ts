import type { Command } from "commander";

import { getNode, acceptsToken, setTokenAccepted } from "../../chain/nodes.ts";
import { getTokenInfo } from "../../chain/tokens.ts";
import type { Hex } from "../../chain/types.ts";
import { addressArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { CliError } from "../errors.ts";
import { examples, paragraph } from "../help.ts";
import { addNodeOptions, nodeConfigOf, nodeIdentity, type NodeFlags } from "../node-files.ts";
import { printable } from "../printable.ts";
import { settingsOf } from "../settings.ts";

export function addNodeToken(node: Command, cli: Cli): void {
  addNodeOptions(node.command("token"))
    .description("Take fees in a token, or take them in it no longer; ether is taken from the start.")
    .argument("<address>", "contract of the token")
    .option("--refuse", "no longer")
    .addHelpText(
      "after",
      examples(
        [
          "cloakwork node token 0x5FbDB2315678afecb367f032d93F642f64180aa3",
          "be drawn for models that charge in it, too",
        ],
        ["cloakwork node token 0x5FbDB2315678afecb367f032d93F642f64180aa3 --refuse", "be drawn for them no more"],
      ) +
        paragraph(
          "Take tokens you know alone: who issues one can stop your fees in it from being paid out. Duties there are already are not\n" +
            "changed by it.",
        ),
    )
    .action(async (text: string, flags: NodeFlags & { readonly refuse?: boolean }, command: Command) => {
      const settings = settingsOf(command);
      const token = addressArgument("address", text);
      const accepted = flags.refuse !== true;
      const config = await nodeConfigOf(cli, command, flags);
      using connection = await connect({ ...settings, rpc: config.rpc });
      const { provider, deployment } = connection;
      const { contracts } = deployment;
      const { account } = await nodeIdentity(cli, settings, config.data);
      const address = account.address as Hex;
      if ((await getNode(provider, contracts, address)) === undefined) {
        throw new CliError(
          "NODE_NOT_REGISTERED",
          `${address} is no node yet.`,
          "`cloakwork node register` makes it one.",
        );
      }
      // A token that does not say what it is may still be one; an address without code is a mistake.
      if (accepted && (await provider.getCode(token)) === "0x") {
        throw new CliError("NO_SUCH_TOKEN", `There is no contract at ${token} on this chain.`, "Check the address.");
      }
      const symbol = await getTokenInfo(provider, token).then(
        (info) => printable(info.symbol),
        () => undefined,
      );
      const changed = (await acceptsToken(provider, contracts, address, token)) !== accepted;
      if (changed) await (await setTokenAccepted(account.connect(provider), contracts, token, accepted)).wait();
      const name = symbol === undefined ? token : `${symbol} (${token})`;
      cli.output.result(
        { node: address, token, symbol, accepted, changed },
        `${address} takes fees in ${name}${accepted ? "" : " no longer"}.`,
      );
    });
}
