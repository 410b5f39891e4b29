import type { Command } from "commander";

import { getLicences, revokeLicence } from "../../chain/licences.ts";
import { openAccount } from "../account.ts";
import { addressArgument, countArgument, idArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { CliError } from "../errors.ts";
import { examples, paragraph } from "../help.ts";
import { settingsOf } from "../settings.ts";

interface RevokeFlags {
  readonly from: string;
  readonly of?: string;
}

export function addModelRevokeLicence(model: Command, cli: Cli): void {
  model
    .command("revoke-licence")
    .description("Take a licence back; what the licensee downloaded before, it keeps.")
    .argument("<id>", "number of the model")
    .requiredOption("--from <address>", "account of the licensee")
    .option("--of <version>", "of this version alone; of all when omitted")
    .addHelpText(
      "after",
      examples(
        [
          "cloakwork model revoke-licence 1 --from 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
          "of every version it has",
        ],
        ["cloakwork model revoke-licence 1 --from 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --of 2", "of version 2"],
      ) +
        paragraph(
          "A licensee who kept envelope and package can still open them. Whom you stop trusting, do not license for the next version.",
        ),
    )
    .action(async (id: string, flags: RevokeFlags, command: Command) => {
      const settings = settingsOf(command);
      const modelId = idArgument("id", id);
      const licensee = addressArgument("--from", flags.from);
      const of = flags.of === undefined ? {} : { version: countArgument("--of", flags.of, 1) };
      using connection = await connect(settings);
      const { provider, deployment } = connection;
      const licences = await getLicences(provider, deployment, { modelId, licensee, ...of });
      const versions = licences.filter(({ grant }) => grant !== undefined).map(({ version }) => version);
      if (versions.length === 0) {
        const what = of.version === undefined ? `model ${modelId}` : `version ${of.version} of model ${modelId}`;
        throw new CliError(
          "NOT_LICENSED",
          `${licensee} has no licence for ${what}.`,
          "`cloakwork model licences` lists those that stand.",
        );
      }
      const account = await openAccount(cli, settings, provider);
      const revoked: { readonly version: number; readonly hash: string; readonly gas: bigint }[] = [];
      for (const version of versions) {
        cli.signal.throwIfAborted();
        const sent = await revokeLicence(account, deployment.contracts, modelId, version, licensee);
        const { hash, gasUsed } = await sent.wait();
        revoked.push({ version, hash, gas: gasUsed });
        cli.output.note(`Version ${version}: ${hash}`);
      }
      cli.output.result(
        { modelId, licensee, revoked },
        `${licensee} has no licence any more for ${versions.length === 1 ? "version" : "versions"} ${versions.join(", ")} of model ${modelId}.`,
      );
    });
}
