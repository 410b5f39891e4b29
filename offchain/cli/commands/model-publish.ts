import type { Command } from "commander";

import { getTokenInfo } from "../../chain/tokens.ts";
import { PUBLISH_STEPS, type PublishEvent, type PublishStep } from "../../publisher/types.ts";
import { openAccount } from "../account.ts";
import { addressArgument, countArgument, idArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { facts, formatBytes } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { startProgress } from "../progress.ts";
import { publishPorts } from "../publish-ports.ts";
import { readPublication } from "../publication-file.ts";
import { settingsOf } from "../settings.ts";

const TITLES: Readonly<Record<PublishStep, string>> = {
  import: "Import",
  compile: "Compile",
  measure: "Measure",
  seal: "Seal",
  store: "Store",
  register: "Register",
  authorise: "Authorise",
};

interface PublishFlags {
  readonly node: readonly string[];
  readonly model?: string;
  readonly batch?: string;
}

export function addModelPublish(model: Command, cli: Cli): void {
  model
    .command("publish")
    .description("Publish a model encrypted: measured, sealed to its nodes, registered with its price.")
    .argument("<publication.json>", "what to publish, see below")
    .option(
      "--node <address>",
      "a node that may serve it; may be repeated",
      (one, before: string[]) => [...before, one],
      [],
    )
    .option(
      "--batch <units>",
      "also a plan for batches: up to N/2 inputs of one user in one request, at so many times the price",
    )
    .option("--model <id>", "publish a new version of this model instead of a new one")
    .addHelpText(
      "after",
      examples(
        [
          "cloakwork model publish digits.json --node 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
          "a new model, served by one node",
        ],
        ["cloakwork model publish digits.json --model 1", "a new version; nodes are authorised later"],
        [
          "cloakwork model publish digits.json --batch 40",
          "two plans in one version: for one input, and for thousands at 40 times the price",
        ],
      ) +
        paragraph(
          `The file names the others, relative to its own folder:
  {"model": "model.json", "name": "digits", "title": "Handwritten digits", "description": "…", "card": "README.md", "license": "Apache-2.0",
   "input": {"description": "…", "min": 0, "max": 1, "presentation": {"kind": "image"}},
   "output": {"description": "…", "labels": ["0", "1", "…"]},
   "calibration": "calibration.f32", "samples": {"inputs": "samples.f32", "labels": [7, 2, 1], "data": "50 held-out digits"},
   "price": {"model": "0.001", "node": "0.001"}}
A price in an ERC-20 token names it: {"model": "2", "node": "0.5", "token": "0x…"}.

Run again after an interruption it goes on where it stopped; run again after success it changes nothing. The weights leave this machine
sealed only. Keep a copy of the home folder's owner-key.jwe and publications: without them no further node can be authorised.`,
        ),
    )
    .action(async (file: string, flags: PublishFlags, command: Command) => {
      // Loaded here and not above: it is the larger part of the program, and other commands start without it.
      const { publishModel } = await import("../../publisher/publish.ts");
      const settings = settingsOf(command);
      const nodes = flags.node.map((node) => addressArgument("--node", node));
      const modelId = flags.model === undefined ? undefined : idArgument("--model", flags.model);
      const units = flags.batch === undefined ? undefined : countArgument("--batch", flags.batch, 1);
      const read = await readPublication(file, async (token) => {
        using connection = await connect(settings);
        return (await getTokenInfo(connection.provider, token)).decimals;
      });
      const request = units === undefined ? read : { ...read, batch: { ...read.batch, units } };
      using connection = await connect(settings);
      const account = await openAccount(cli, settings, connection.provider);
      const ports = await publishPorts(cli, settings, connection, account, nodes);
      const progress = startProgress(
        cli.output,
        PUBLISH_STEPS.map((key) => ({ key, title: TITLES[key] })),
      );
      cli.onInterrupt("Run the same command again: it goes on where it stopped.");
      try {
        const published = await publishModel({ ...request, nodes, ...(modelId !== undefined && { modelId }) }, ports, {
          signal: cli.signal,
          onEvent: (event) => {
            cli.output.event("step", event);
            progress.update(event.step, event.state, detailOf(event), event.progress);
          },
        });
        await progress.end();
        cli.output.result(
          { type: "result", ...published },
          facts([
            ["Model", `${published.modelId}, version ${published.version}`],
            ["Nodes", published.nodes.map(({ node }) => node).join("\n") || "none yet: `cloakwork model authorise`"],
            ["Manifest", published.manifestRoot],
          ]),
        );
      } finally {
        await progress.end();
      }
    });
}

function detailOf({ detail, bytes, gas }: PublishEvent): string {
  const list = [bytes === undefined ? "" : formatBytes(bytes), gas === undefined ? "" : `${gas} gas`];
  const present = list.filter((fact) => fact !== "");
  return present.length === 0 ? detail : `${detail} (${present.join(", ")})`;
}
