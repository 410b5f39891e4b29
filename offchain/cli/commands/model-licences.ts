import type { Command } from "commander";

import { getLicences, type Licence } from "../../chain/licences.ts";
import { addressArgument, idArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect, type Connection } from "../connect.ts";
import { badArgument } from "../errors.ts";
import { formatTime, shorten, table } from "../format.ts";
import { examples } from "../help.ts";
import { settingsOf } from "../settings.ts";

interface Row extends Omit<Licence, "grant"> {
  readonly state: "standing" | "revoked";
  readonly envelopeRoot: string | undefined;
  readonly envelopeUri: string | undefined;
  /** When it was given last, unix seconds. */
  readonly givenAt: number | undefined;
}

export function addModelLicences(model: Command, cli: Cli): void {
  model
    .command("licences")
    .description("List who is licensed to have a model's weights, or what an account is licensed for.")
    .argument("[id]", "number of the model")
    .option("--to <address>", "those of this account alone")
    .addHelpText(
      "after",
      examples(
        ["cloakwork model licences 1", "who may download model 1; anybody may look"],
        ["cloakwork model licences --to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "what this account may download"],
      ),
    )
    .action(async (id: string | undefined, flags: { readonly to?: string }, command: Command) => {
      const settings = settingsOf(command);
      if (id === undefined && flags.to === undefined) throw badArgument("id, --to", "one of them, or both");
      using connection = await connect(settings);
      const licences = await getLicences(connection.provider, connection.deployment, {
        ...(id !== undefined && { modelId: idArgument("id", id) }),
        ...(flags.to !== undefined && { licensee: addressArgument("--to", flags.to) }),
      });
      const rows = await Promise.all(licences.map((licence) => rowOf(connection, licence)));
      cli.output.result({ licences: rows }, textOf(rows));
    });
}

async function rowOf({ provider }: Connection, { grant, ...licence }: Licence): Promise<Row> {
  const block = await provider.getBlock(licence.blockNumber);
  return {
    ...licence,
    state: grant === undefined ? "revoked" : "standing",
    envelopeRoot: grant?.envelopeRoot,
    envelopeUri: grant?.envelopeUri,
    givenAt: block?.timestamp,
  };
}

function textOf(rows: readonly Row[]): string {
  if (rows.length === 0) return "There are none.";
  const lines = rows.map(({ modelId, version, licensee, state, givenAt, envelopeRoot }) => [
    String(modelId),
    String(version),
    licensee,
    state,
    givenAt === undefined ? "" : formatTime(givenAt),
    envelopeRoot === undefined ? "" : shorten(envelopeRoot),
  ]);
  return table([["MODEL", "VERSION", "LICENSEE", "STATE", "GIVEN", "ENVELOPE"], ...lines]);
}
