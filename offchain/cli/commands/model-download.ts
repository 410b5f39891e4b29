import path from "node:path";

import type { Command } from "commander";

import { getModel } from "../../chain/models.ts";
import type { Hex } from "../../chain/types.ts";
import { downloadModel, findLicence, newestLicensedVersion, type DownloadEvent } from "../../client/download-model.ts";
import { openRecipientKey } from "../../client/recipient-key.ts";
import { modelFilePieces } from "../../sealing/model-file.ts";
import { openAccount } from "../account.ts";
import { addressArgument, countArgument, idArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect, openVault, type Connection } from "../connect.ts";
import { facts, formatBytes } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { requireNewFile, writeNewFile } from "../new-file.ts";
import { startProgress } from "../progress.ts";
import { settingsOf, type Settings } from "../settings.ts";

interface DownloadFlags {
  readonly out: string;
  readonly of?: string;
  readonly plan: string;
  readonly account?: string;
}

const CODE = "MODEL_NOT_WRITTEN";

const STEPS = [
  { key: "licence", title: "Licence" },
  { key: "plan", title: "Plan" },
  { key: "package", title: "Package" },
  { key: "write", title: "Write" },
] as const;

export function addModelDownload(model: Command, cli: Cli): void {
  model
    .command("download")
    .description(
      "With a licence: fetch a model, check it against the chain, and write its weights to a file for you alone.",
    )
    .argument("<id>", "number of the model")
    .requiredOption("-o, --out <file>", "where to; it must not be there yet")
    .option("--of <version>", "which version; the newest you are licensed for when omitted")
    .option("--plan <index>", "which of the version's plans", "0")
    .option("--account <address>", "whose licence it is; that of the account at hand when omitted")
    .addHelpText(
      "after",
      examples(
        ["cloakwork model download 1 --out digits.cwmd", "opens the licence with the vault's key"],
        ["cloakwork model run digits.cwmd --input digit.json", "what it is for: answers without a chain"],
      ) +
        paragraph(
          "Nothing is written before plan, package and weights were found to be those the chain commits to, whatever the stores sent. The file\n" +
            "holds the weights in the clear, readable by you alone; keep it as the licence asks you to.",
        ),
    )
    .action(async (id: string, flags: DownloadFlags, command: Command) => {
      const settings = settingsOf(command);
      const modelId = idArgument("id", id);
      const planIndex = countArgument("--plan", flags.plan);
      const target = path.resolve(flags.out);
      await requireNewFile(CODE, target);
      using connection = await connect(settings);
      const licensee = await licenseeOf(cli, settings, connection, flags);
      const version =
        flags.of === undefined
          ? await licensedVersion(connection, modelId, licensee)
          : countArgument("--of", flags.of, 1);
      // Before anybody is asked for a passphrase.
      await findLicence(connection, { modelId, version, planIndex, licensee });
      const key = await openRecipientKey(await openVault(cli, settings));
      cli.onInterrupt("Nothing was written; run the command again.");
      const progress = startProgress(cli.output, STEPS);
      const tell = (event: Omit<DownloadEvent, "step"> & { readonly step: string }): void => {
        cli.output.event("step", event);
        const size = event.bytes === undefined ? "" : ` (${formatBytes(event.bytes)})`;
        progress.update(event.step, event.state, `${event.detail}${size}`, event.progress);
      };
      try {
        const file = await downloadModel(
          connection,
          { modelId, version, planIndex, licensee, key },
          { signal: cli.signal, onEvent: tell },
        );
        const pieces = modelFilePieces(file);
        const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
        try {
          cli.signal.throwIfAborted();
          await writeNewFile(CODE, target, pieces);
        } finally {
          file.residues.fill(0);
        }
        tell({ step: "write", state: "done", at: Date.now(), detail: "Written, readable by you alone.", bytes });
        await progress.end();
        const { planDigest, weightsRoot } = file.header;
        cli.output.result(
          { type: "result", modelId, version, planIndex, file: target, bytes, planDigest, weightsRoot },
          facts([
            ["Model", `${modelId}, version ${version}, plan ${planIndex}`],
            ["File", `${target}, ${formatBytes(bytes)}`],
            ["Weights", weightsRoot],
          ]),
        );
      } finally {
        await progress.end();
      }
    });
}

async function licenseeOf(
  cli: Cli,
  settings: Settings,
  { provider }: Connection,
  { account }: DownloadFlags,
): Promise<Hex> {
  if (account !== undefined) return addressArgument("--account", account);
  return (await openAccount(cli, settings, provider)).address as Hex;
}

/** The newest version with a licence; where there is none the newest of all, whose licence is then told to be missing or revoked. */
async function licensedVersion(connection: Connection, modelId: bigint, licensee: Hex): Promise<number> {
  const { versions } = await getModel(connection.provider, connection.deployment.contracts, modelId);
  return (await newestLicensedVersion(connection, modelId, licensee)) ?? versions;
}
