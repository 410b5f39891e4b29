import type { Command } from "commander";

import { getModel, getModelVersion } from "../../chain/models.ts";
import type { Hex } from "../../chain/types.ts";
import type { LicenseEvent } from "../../publisher/license.ts";
import { usableEndpoints } from "../../storage/stated-endpoints.ts";
import { openAccount } from "../account.ts";
import { addressArgument, countArgument, idArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { badArgument } from "../errors.ts";
import { facts, formatBytes } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { startProgress } from "../progress.ts";
import { publishPorts } from "../publish-ports.ts";
import { settingsOf } from "../settings.ts";

interface LicenseFlags {
  readonly to: string;
  readonly publicKey: string;
  readonly of?: string;
}

const STEPS = [
  { key: "seal", title: "Seal" },
  { key: "store", title: "Store" },
  { key: "register", title: "Register" },
] as const;

export function addModelLicense(model: Command, cli: Cli): void {
  model
    .command("license")
    .description("Let somebody have a version's weights: its keys are sealed to the licensee's own key.")
    .argument("<id>", "number of the model")
    .requiredOption("--to <address>", "account of the licensee")
    .requiredOption("--public-key <key>", "the licensee's, as `cloakwork keys recipient` prints it there")
    .option("--of <version>", "which version; the newest when omitted")
    .addHelpText(
      "after",
      examples([
        "cloakwork model license 1 --to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --public-key 0x04a1b2…",
        "the licensee runs `cloakwork model download 1` then",
      ]) +
        paragraph(
          "A licensee has the weights for good: revoking a licence takes nothing back that was downloaded. Make sure that the key is the\n" +
            "licensee's own before you seal to it. Run again it changes nothing; with another key the licence is sealed anew, to that key.\n" +
            "Needs the home folder the model was published from, with owner-key.jwe and publications. The envelope, some kilobytes, goes to the\n" +
            "first --endpoint, or where the version's manifest is.",
        ),
    )
    .action(async (id: string, flags: LicenseFlags, command: Command) => {
      // Loaded here and not above: it is the larger part of the program, and other commands start without it.
      const { licenseAccount } = await import("../../publisher/license.ts");
      const settings = settingsOf(command);
      const modelId = idArgument("id", id);
      const account = addressArgument("--to", flags.to);
      const point = pointArgument("--public-key", flags.publicKey);
      using connection = await connect(settings);
      const { provider, deployment } = connection;
      const { versions } = await getModel(provider, deployment.contracts, modelId);
      const version = flags.of === undefined ? versions : countArgument("--of", flags.of, 1);
      const { manifestUri } = await getModelVersion(provider, deployment.contracts, modelId, version);
      const signer = await openAccount(cli, settings, provider);
      const known = usableEndpoints([manifestUri], deployment.chainId);
      const ports = await publishPorts(cli, settings, connection, signer, [], known);
      cli.onInterrupt("Run the same command again: what was done is not done twice.");
      const progress = startProgress(cli.output, STEPS);
      try {
        const licensed = await licenseAccount(
          ports,
          { modelId, version },
          { account, point },
          {
            signal: cli.signal,
            onEvent: (event) => {
              cli.output.event("step", event);
              progress.update(event.step, event.state, detailOf(event));
            },
          },
        );
        await progress.end();
        cli.output.result(
          { type: "result", modelId, version, ...licensed, envelopeUri: ports.uri },
          facts([
            ["Model", `${modelId}, version ${version}`],
            ["Licensee", `${account}${licensed.created ? "" : ", who had the licence already"}`],
            ["Envelope", licensed.envelopeRoot],
          ]),
        );
      } finally {
        await progress.end();
      }
    });
}

/** A P-256 point in uncompressed form; whether it is on the curve is found when it is used. */
function pointArgument(name: string, text: string): Hex {
  if (!/^0x04[0-9a-fA-F]{128}$/.test(text)) throw badArgument(name, "a public key, 0x04 and 128 digits");
  return text.toLowerCase() as Hex;
}

function detailOf({ detail, bytes, gas }: LicenseEvent): string {
  const list = [bytes === undefined ? "" : formatBytes(bytes), gas === undefined ? "" : `${gas} gas`];
  const present = list.filter((fact) => fact !== "");
  return present.length === 0 ? detail : `${detail} (${present.join(", ")})`;
}
