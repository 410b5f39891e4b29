import type { Command } from "commander";

import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { CliError } from "../errors.ts";
import { examples, paragraph } from "../help.ts";
import { addNodeOptions, nodeConfigOf, nodeIdentity, type NodeFlags } from "../node-files.ts";
import { settingsOf } from "../settings.ts";

export function addNodeStart(node: Command, cli: Cli): void {
  addNodeOptions(node.command("start"))
    .description("Run the node until Ctrl-C: watch the chain, serve blobs, evaluate, post.")
    .addHelpText(
      "after",
      examples(
        ["cloakwork node start", "asks for the passphrase of the node's keys"],
        [
          "CLOAKWORK_NODE_SECRET_PASSPHRASE=… cloakwork node start --port 8440",
          "as a service; logs are JSON lines on standard output",
        ],
        ["CLOAKWORK_NODE_LOG_LEVEL=warn cloakwork node start", "every setting of node.json can be set so"],
      ) +
        paragraph(
          "Of node.json: `challenge`, a share from 0 to 1 of other nodes' answers to evaluate again and challenge if they are wrong, or\n" +
            '"never", the default; `challengeBond`, most wei laid down for that (0.1 ETH); `audits`, whether to show the audits the\n' +
            "chain draws, which is paid (true); `callbacks`, whether to deliver paid callbacks (true). Serving on a jury is a duty.",
        ) +
        paragraph(
          "/status, /health and /metrics answer on its address. Ctrl-C lets running work end; what was accepted goes on at the next\n" +
            "start. A second node on the same data folder is refused.",
        ),
    )
    .action(async (flags: NodeFlags, command: Command) => {
      // Loaded here and not above: it is the larger part of the program, and other commands start without it.
      const { startNode } = await import("../../node/daemon.ts");
      const settings = settingsOf(command);
      const config = await nodeConfigOf(cli, command, flags);
      using connection = await connect({ ...settings, rpc: config.rpc });
      const identity = await nodeIdentity(cli, settings, config.data);
      cli.signal.throwIfAborted();
      const fatal = Promise.withResolvers<Error | undefined>();
      const stop = (): void => {
        fatal.resolve(undefined);
      };
      cli.signal.addEventListener("abort", stop, { once: true });
      cli.onInterrupt("`cloakwork node start` goes on with what was accepted.");
      const running = await startNode({ config, deployment: connection.deployment, identity, onFatal: fatal.resolve });
      cli.output.note(`The node ${running.node} listens on ${running.address}. Ctrl-C stops it.`);
      cli.output.event("started", { node: running.node, address: running.address });
      if (cli.signal.aborted) stop();
      const reason = await fatal.promise;
      await running.stop();
      if (reason !== undefined) {
        throw new CliError("NODE_FAILED", `The node stopped: ${reason.message}`, "Read its log, then start it again.", {
          cause: reason,
        });
      }
    });
}
