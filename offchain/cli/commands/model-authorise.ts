import type { Command } from "commander";

import { getModel } from "../../chain/models.ts";
import { openAccount } from "../account.ts";
import { addressArgument, countArgument, idArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { examples, paragraph } from "../help.ts";
import { publishPorts } from "../publish-ports.ts";
import { settingsOf } from "../settings.ts";

export function addModelAuthorise(model: Command, cli: Cli): void {
  model
    .command("authorise")
    .description("Let further nodes serve a version: its keys are sealed to each node's own key.")
    .argument("<id>", "number of the model")
    .argument("<node...>", "addresses of nodes")
    .option("--of <version>", "which version; the newest when omitted")
    .addHelpText(
      "after",
      examples([
        "cloakwork model authorise 1 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "the node finds the grant by itself",
      ]) +
        paragraph(
          "An authorised node sees the weights and could keep them: choose whom you trust. Needs the home folder the model was\n" +
            "published from, with owner-key.jwe and publications.",
        ),
    )
    .action(async (id: string, addresses: readonly string[], flags: { readonly of?: string }, command: Command) => {
      // Loaded here and not above: it is the larger part of the program, and other commands start without it.
      const { authoriseNodes } = await import("../../publisher/authorise.ts");
      const settings = settingsOf(command);
      const modelId = idArgument("id", id);
      const nodes = addresses.map((node) => addressArgument("node", node));
      using connection = await connect(settings);
      const { provider, deployment } = connection;
      const { versions } = await getModel(provider, deployment.contracts, modelId);
      const version = flags.of === undefined ? versions : countArgument("--of", flags.of, 1);
      const account = await openAccount(cli, settings, provider);
      const ports = await publishPorts(cli, settings, connection, account, nodes);
      const authorised = await authoriseNodes(ports, { modelId, version }, nodes, {
        signal: cli.signal,
        onEvent: (event) => {
          cli.output.event("step", event);
          cli.output.note(`${event.node ?? ""}  ${event.detail}`);
        },
      });
      const lines = authorised.map(
        ({ node, created }) => `${node}  ${created ? "authorised" : "was authorised already"}`,
      );
      cli.output.result({ type: "result", modelId, version, nodes: authorised }, lines.join("\n"));
    });
}
