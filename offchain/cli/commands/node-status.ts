import type { Command } from "commander";

import { getBalance } from "../../chain/balances.ts";
import { getNode } from "../../chain/nodes.ts";
import { getStandings } from "../../chain/standings.ts";
import { ETHER, type Hex, type NodeInfo, type NodeStanding } from "../../chain/types.ts";
import { endpointsOf } from "../../client/endpoints.ts";
import { addressArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { CliError } from "../errors.ts";
import { facts, formatAmount, formatBytes, formatTime } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { askNode, type NodeReport } from "../node-report.ts";
import { addNodeOptions, nodeConfigOf, nodeIdentity, type NodeFlags } from "../node-files.ts";
import { settingsOf } from "../settings.ts";

export function addNodeStatus(node: Command, cli: Cli): void {
  addNodeOptions(node.command("status"))
    .description("Show a node: what stands on chain, and what it says of itself while it runs.")
    .argument("[address]", "of the node; your own, from the data folder, when omitted")
    .addHelpText(
      "after",
      examples(
        ["cloakwork node status", "your own; asks for the passphrase to know which it is"],
        ["cloakwork node status 0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "anybody's; no secrets are needed"],
      ) +
        paragraph(
          "A node that several times in a row declines what others are then paid for is suspended: for a while it is not drawn for that model,\n" +
            "and for others as before. A paid result for the model ends the row.",
        ),
    )
    .action(async (address: string | undefined, flags: NodeFlags, command: Command) => {
      const settings = settingsOf(command);
      const config = await nodeConfigOf(cli, command, flags);
      using connection = await connect({ ...settings, rpc: config.rpc });
      const { provider, deployment } = connection;
      const account =
        address === undefined
          ? ((await nodeIdentity(cli, settings, config.data)).account.address as Hex)
          : addressArgument("address", address);
      const info = await getNode(provider, deployment.contracts, account);
      if (info === undefined) {
        throw new CliError(
          "NODE_UNKNOWN",
          `${account} is not a registered node.`,
          "`cloakwork node start` registers it.",
        );
      }
      const balance = await getBalance(provider, deployment.contracts, ETHER, account);
      const standings = await getStandings(provider, deployment, account);
      // One's own node may be asked wherever it is; a stranger's only where strangers' stores are asked too.
      const endpoints =
        address === undefined ? [info.endpoint] : endpointsOf({ endpoints: [], deployment }, [info.endpoint]);
      const status = endpoints.length === 0 ? undefined : await askNode(endpoints[0], cli.signal);
      cli.output.result(
        { ...info, balance, standings, status: status ?? null },
        text(info, balance, standings, status),
      );
    });
}

function text(
  info: NodeInfo,
  balance: bigint,
  standings: readonly NodeStanding[],
  status: NodeReport | undefined,
): string {
  const now = Date.now() / 1000;
  const suspended = standings.filter(({ suspendedUntil }) => suspendedUntil > now);
  const declined = standings.filter(({ declines }) => declines > 0);
  const onChain: [string, string | undefined][] = [
    ["Node", info.node],
    ["Endpoint", info.endpoint],
    ["Stake", `${formatAmount(info.stake)}, of which ${formatAmount(info.locked)} are locked in duties`],
    ["Balance", `${formatAmount(balance)} earned, at Cloakwork`],
    [
      "Suspended",
      suspended.map((one) => `for model ${one.modelId} until ${formatTime(one.suspendedUntil)}`).join("\n") ||
        undefined,
    ],
    ["Declined", declined.map((one) => `model ${one.modelId}: ${one.declines} in a row`).join("\n") || undefined],
    ["Leaving", info.exitAt === undefined ? undefined : `its stake may leave from ${formatTime(info.exitAt)}`],
  ];
  if (status === undefined) return facts([...onChain, ["Running", "it does not answer at its endpoint"]]);
  const jobs = Object.entries(status.jobs).map(([state, count]) => `${count} ${state}`);
  return facts([
    ...onChain,
    ["Running", `since ${status.startedAt}, at block ${status.block ?? "?"}`],
    ["Serves", status.models.map(({ id, version, name }) => `${id}@${version} ${name}`).join("\n") || "nothing yet"],
    ["Jobs", jobs.join(", ") || "none"],
    ["Stored", formatBytes(status.storedBytes)],
    ["Recent", status.recent.map(({ request, state, note }) => `${request} ${state} ${note}`).join("\n") || undefined],
  ]);
}
