import type { Command } from "commander";

import { getModel, transferModel } from "../../chain/models.ts";
import { openAccount } from "../account.ts";
import { addressArgument, idArgument } from "../arguments.ts";
import { askYes } from "../ask.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { CliError } from "../errors.ts";
import { examples, paragraph } from "../help.ts";
import { settingsOf } from "../settings.ts";

export function addModelTransfer(model: Command, cli: Cli): void {
  model
    .command("transfer")
    .description("Give a model to another account, for good: it is paid from then on, and decides.")
    .argument("<id>", "number of the model")
    .argument("<to>", "account of the new owner")
    .option("-y, --yes", "without asking")
    .addHelpText(
      "after",
      examples(["cloakwork model transfer 1 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "sell it, or move it"]) +
        paragraph(
          "Requests under way pay whoever owned the model when they were made. To let further nodes serve it the new owner needs your home\n" +
            "folder's owner-key.jwe and publications, or publishes a version of its own; the nodes there are go on.",
        ),
    )
    .action(async (id: string, address: string, flags: { readonly yes?: boolean }, command: Command) => {
      const settings = settingsOf(command);
      const modelId = idArgument("id", id);
      const to = addressArgument("to", address);
      using connection = await connect(settings);
      const { provider, deployment } = connection;
      const account = await openAccount(cli, settings, provider);
      const { owner } = await getModel(provider, deployment.contracts, modelId);
      if (owner.toLowerCase() !== account.address.toLowerCase()) {
        throw new CliError(
          "NOT_THE_OWNER",
          `Model ${modelId} belongs to ${owner}, not to ${account.address}.`,
          "Use the owner's account.",
        );
      }
      const agreed =
        flags.yes === true || (cli.canAsk && (await askYes(cli, `Give model ${modelId} to ${to} for good?`)));
      if (!agreed) throw new CliError("NOT_AGREED", "Nothing was changed.", "Say --yes to give it without a question.");
      const { hash, gasUsed } = await (await transferModel(account, deployment.contracts, modelId, to)).wait();
      cli.output.result({ modelId, from: owner, to, hash, gasUsed }, `Model ${modelId} belongs to ${to} now: ${hash}`);
    });
}
