import type { Command } from "commander";

import { getBondRules, getMembership, joinModel, resignFromModel } from "../../chain/access.ts";
import { getModel } from "../../chain/models.ts";
import type { Hex } from "../../chain/types.ts";
import { amountArgument, countArgument, idArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { badArgument } from "../errors.ts";
import { formatAmount } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { addNodeOptions, nodeConfigOf, nodeIdentity, type NodeFlags } from "../node-files.ts";
import { settingsOf } from "../settings.ts";

interface JoinFlags extends NodeFlags {
  readonly of?: string;
  readonly bond?: string;
}

export function addNodeJoin(node: Command, cli: Cli): void {
  addNodeOptions(node.command("join"))
    .description(
      "Serve a model's version from the next epoch on, with a bond of your choice, or with another one than now.",
    )
    .argument("<model>", "number of the model")
    .option("--of <version>", "which version; the newest when omitted")
    .option("--bond <amount>", "ether risked with each request; `bond` of the settings when omitted")
    .addHelpText(
      "after",
      examples(
        ["cloakwork node join 1 --bond 0.2", "be drawn more often, and risk more"],
        ["cloakwork node join 1", "again after `cloakwork node leave`"],
      ) +
        paragraph(
          "A running node joins what owners grant it by itself, with the bond of its settings; this is for another bond, and for coming back.\n" +
            "Draws fall on nodes in proportion to their bonds. A bond changes with the next epoch.",
        ),
    )
    .action(async (id: string, flags: JoinFlags, command: Command) => {
      const settings = settingsOf(command);
      const modelId = idArgument("model", id);
      const config = await nodeConfigOf(cli, command, flags);
      const bond = flags.bond === undefined ? config.bond : amountArgument("--bond", flags.bond, 18);
      using connection = await connect({ ...settings, rpc: config.rpc });
      const { provider, deployment } = connection;
      const { contracts } = deployment;
      const { versions } = await getModel(provider, contracts, modelId);
      const version = flags.of === undefined ? versions : countArgument("--of", flags.of, 1);
      const { account } = await nodeIdentity(cli, settings, config.data);
      const address = account.address as Hex;
      const signer = account.connect(provider);
      const before = await getMembership(provider, contracts, modelId, version, address);
      const serves = before !== undefined && before.untilEpoch === undefined;
      const what = `version ${version} of model ${modelId}`;
      if (serves && before.bond === bond) {
        cli.output.result(
          { node: address, modelId, version, bond, fromEpoch: before.fromEpoch, changed: false },
          `${address} serves ${what} already, with a bond of ${formatAmount(bond)}.`,
        );
        return;
      }
      if (serves) {
        // Refused before it is left: otherwise a wrong bond would end with the node serving nothing.
        const { minimum, maximum, unit } = await getBondRules(provider, contracts);
        if (bond < minimum || bond > maximum || bond % unit !== 0n) {
          const range = `from ${formatAmount(minimum)} to ${formatAmount(maximum)}, in steps of ${formatAmount(unit)}`;
          throw badArgument("--bond", `an amount ${range}`);
        }
        await (await resignFromModel(signer, contracts, modelId, version)).wait();
      }
      const { hash, fromEpoch } = await (await joinModel(signer, contracts, modelId, version, bond)).wait();
      cli.output.result(
        { node: address, modelId, version, bond, fromEpoch, changed: true, hash },
        `${address} serves ${what} from the next epoch on, with a bond of ${formatAmount(bond)}: ${hash}`,
      );
    });
}
