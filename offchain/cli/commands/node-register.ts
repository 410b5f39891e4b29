import type { Command } from "commander";

import { createChainPort } from "../../node/chain-port.ts";
import { ensureRegistered } from "../../node/registration.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { CliError } from "../errors.ts";
import { examples, paragraph } from "../help.ts";
import { addNodeOptions, nodeConfigOf, nodeIdentity, type NodeFlags } from "../node-files.ts";
import { settingsOf } from "../settings.ts";

export function addNodeRegister(node: Command, cli: Cli): void {
  addNodeOptions(node.command("register"))
    .description("Register the node on chain with its stake, or bring its record up to date.")
    .addHelpText(
      "after",
      examples(["cloakwork node register --public-url https://node.example.org", "before owners can authorise it"]) +
        paragraph("`node start` does the same; this is for those who want to be authorised before they start."),
    )
    .action(async (flags: NodeFlags, command: Command) => {
      const settings = settingsOf(command);
      const config = await nodeConfigOf(cli, command, flags);
      if (config.publicUrl === undefined) {
        throw new CliError(
          "NO_PUBLIC_URL",
          "A node is registered with the address others reach it at, and none is set.",
          "Give --public-url, or set publicUrl in node.json.",
        );
      }
      using connection = await connect({ ...settings, rpc: config.rpc });
      const { account, encryption } = await nodeIdentity(cli, settings, config.data);
      const { provider, deployment } = connection;
      const chain = await createChainPort(provider, deployment, account.connect(provider));
      const outcome = await ensureRegistered(chain, {
        encryptionKey: encryption.publicKey.point,
        endpoint: config.publicUrl,
        stake: config.stake,
      });
      cli.output.result({ node: chain.node, outcome }, `${chain.node} is ${outcome}.`);
    });
}
