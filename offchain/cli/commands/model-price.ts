import type { Command } from "commander";

import { getModel, setTerms } from "../../chain/models.ts";
import { getTokenInfo } from "../../chain/tokens.ts";
import { ETHER, type Terms } from "../../chain/types.ts";
import { tokenInfoOf } from "../../client/catalogue.ts";
import { openAccount } from "../account.ts";
import { amountArgument, idArgument, tokenArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { CliError } from "../errors.ts";
import { formatAmount } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { settingsOf } from "../settings.ts";

interface PriceFlags {
  readonly owner?: string;
  readonly node?: string;
  readonly token?: string;
}

export function addModelPrice(model: Command, cli: Cli): void {
  model
    .command("price")
    .description("Change what a request of a model costs from now on, in ether or in a token.")
    .argument("<id>", "number of the model")
    .option("--owner <amount>", "to you, a request; as it is when omitted")
    .option("--node <amount>", "to each node, a request; as it is when omitted")
    .option("--token <address>", "charge in this ERC-20 token, or in ether again with `ether`; needs both amounts")
    .addHelpText(
      "after",
      examples(
        ["cloakwork model price 1 --owner 0.002", "what nodes get stays as it is"],
        [
          "cloakwork model price 1 --owner 2 --node 0.5 --token 0x5FbDB2315678afecb367f032d93F642f64180aa3",
          "in a token from now on; only nodes that take it are drawn (`cloakwork node token`)",
        ],
      ) +
        paragraph(
          "Requests under way keep the price they were made at. Whoever has seen another price is asked again before paying.\n" +
            "A batch costs as many times these amounts as its plan says.",
        ),
    )
    .action(async (id: string, flags: PriceFlags, command: Command) => {
      const settings = settingsOf(command);
      const modelId = idArgument("id", id);
      const { owner, node } = flags;
      if (owner === undefined && node === undefined) {
        throw new CliError("USAGE", "No price was given.", "Give --owner, --node or both.");
      }
      using connection = await connect(settings);
      const { provider, deployment } = connection;
      const { contracts } = deployment;
      const before = (await getModel(provider, contracts, modelId)).terms;
      const token = flags.token === undefined ? before.token : tokenArgument("--token", flags.token);
      const changes = token.toLowerCase() !== before.token.toLowerCase();
      if (changes && (owner === undefined || node === undefined)) {
        throw new CliError(
          "USAGE",
          "An amount of one currency is no amount of another.",
          "Give --owner and --node when --token changes.",
        );
      }
      const info = token === ETHER ? undefined : await getTokenInfo(provider, token);
      const decimals = info?.decimals ?? 18;
      const terms: Terms = {
        token,
        modelFee: owner === undefined ? before.modelFee : amountArgument("--owner", owner, decimals),
        nodeFee: node === undefined ? before.nodeFee : amountArgument("--node", node, decimals),
      };
      const account = await openAccount(cli, settings, provider);
      const { hash, gasUsed } = await (await setTerms(account, contracts, modelId, terms)).wait();
      const say = ({ token: in_, modelFee, nodeFee }: Terms, of = info) =>
        `${formatAmount(modelFee, in_, of)} to the owner, ${formatAmount(nodeFee, in_, of)} to each node`;
      const old = say(before, changes ? await tokenInfoOf(provider, before.token) : info);
      cli.output.result(
        { modelId, before, terms, hash, gasUsed },
        `A request of model ${modelId} costs ${say(terms)}. It was ${old}.`,
      );
    });
}
