import type { Command } from "commander";

import { getMembership, resignFromModel } from "../../chain/access.ts";
import { getModel } from "../../chain/models.ts";
import type { Hex } from "../../chain/types.ts";
import { idArgument, versionsArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { CliError } from "../errors.ts";
import { examples, paragraph } from "../help.ts";
import { addNodeOptions, nodeConfigOf, nodeIdentity, type NodeFlags } from "../node-files.ts";
import { settingsOf } from "../settings.ts";

interface LeaveFlags extends NodeFlags {
  readonly of?: string;
}

export function addNodeLeave(node: Command, cli: Cli): void {
  addNodeOptions(node.command("leave"))
    .description("Serve a model no longer from the next epoch on; the node and its stake stay.")
    .argument("<model>", "number of the model")
    .option("--of <version>", "this version alone; all when omitted")
    .addHelpText(
      "after",
      examples(["cloakwork node leave 1", "every version of model 1"], ["cloakwork node join 1", "come back"]) +
        paragraph(
          "Keep the node running: duties it has been drawn for are still owed, and juries are drawn among those who served when a request was\n" +
            "made. It does not join the model again by itself unless its owner authorises it anew.",
        ),
    )
    .action(async (id: string, flags: LeaveFlags, command: Command) => {
      const settings = settingsOf(command);
      const modelId = idArgument("model", id);
      const config = await nodeConfigOf(cli, command, flags);
      using connection = await connect({ ...settings, rpc: config.rpc });
      const { provider, deployment } = connection;
      const { contracts } = deployment;
      const { versions } = await getModel(provider, contracts, modelId);
      const { account } = await nodeIdentity(cli, settings, config.data);
      const address = account.address as Hex;
      const among = versionsArgument("--of", flags.of, versions);
      const members = await Promise.all(
        among.map((version) => getMembership(provider, contracts, modelId, version, address)),
      );
      const served = among.filter((_, i) => members[i] !== undefined && members[i].untilEpoch === undefined);
      if (served.length === 0) {
        throw new CliError(
          "NOT_SERVING",
          `${address} does not serve model ${modelId}, or has left it already.`,
          "`cloakwork node status` shows what it serves.",
        );
      }
      const left: { readonly version: number; readonly hash: string }[] = [];
      for (const version of served) {
        cli.signal.throwIfAborted();
        const sent = await resignFromModel(account.connect(provider), contracts, modelId, version);
        left.push({ version, hash: (await sent.wait()).hash });
      }
      cli.output.result(
        { node: address, modelId, left },
        `${address} is drawn no more for ${served.length === 1 ? "version" : "versions"} ${served.join(", ")} of model ${modelId} from the next epoch on.`,
      );
    });
}
