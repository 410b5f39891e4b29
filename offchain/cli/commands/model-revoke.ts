import type { Command } from "commander";

import { getGrant, revokeNode } from "../../chain/access.ts";
import { getModel } from "../../chain/models.ts";
import { openAccount } from "../account.ts";
import { addressArgument, idArgument, versionsArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { CliError } from "../errors.ts";
import { examples, paragraph } from "../help.ts";
import { settingsOf } from "../settings.ts";

export function addModelRevoke(model: Command, cli: Cli): void {
  model
    .command("revoke")
    .description("Let a node serve a model no longer; requests it was drawn for are still its.")
    .argument("<id>", "number of the model")
    .argument("<node>", "its address")
    .option("--of <version>", "of this version alone; of all when omitted")
    .addHelpText(
      "after",
      examples(
        ["cloakwork model revoke 1 0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "of every version it may serve"],
        ["cloakwork model revoke 1 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --of 2", "of version 2"],
      ) +
        paragraph(
          "With the next epoch the node is drawn no more. It has seen the weights: whom you stop trusting, do not authorise for the next version.",
        ),
    )
    .action(async (id: string, address: string, flags: { readonly of?: string }, command: Command) => {
      const settings = settingsOf(command);
      const modelId = idArgument("id", id);
      const node = addressArgument("node", address);
      using connection = await connect(settings);
      const { provider, deployment } = connection;
      const { contracts } = deployment;
      const { versions } = await getModel(provider, contracts, modelId);
      const among = versionsArgument("--of", flags.of, versions);
      const grants = await Promise.all(among.map((version) => getGrant(provider, contracts, modelId, version, node)));
      const standing = among.filter((_, i) => grants[i] !== undefined);
      if (standing.length === 0) {
        const what = flags.of === undefined ? `model ${modelId}` : `version ${among[0]} of model ${modelId}`;
        throw new CliError(
          "NOT_AUTHORISED",
          `${node} may not serve ${what} as it is.`,
          "`cloakwork model status` lists who serves its newest version.",
        );
      }
      const account = await openAccount(cli, settings, provider);
      const revoked: { readonly version: number; readonly hash: string; readonly gas: bigint }[] = [];
      for (const version of standing) {
        cli.signal.throwIfAborted();
        const { hash, gasUsed } = await (await revokeNode(account, contracts, modelId, version, node)).wait();
        revoked.push({ version, hash, gas: gasUsed });
        cli.output.note(`Version ${version}: ${hash}`);
      }
      cli.output.result(
        { modelId, node, revoked },
        `${node} is drawn no more for ${standing.length === 1 ? "version" : "versions"} ${standing.join(", ")} of model ${modelId} from the next epoch on.`,
      );
    });
}
