import { Option, type Command } from "commander";

import { getBalance } from "../../chain/balances.ts";
import { setModelStatus } from "../../chain/models.ts";
import { ETHER, type ModelStatus } from "../../chain/types.ts";
import { getModelCard, tokenInfoOf } from "../../client/catalogue.ts";
import { openAccount } from "../account.ts";
import { idArgument } from "../arguments.ts";
import { askYes } from "../ask.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { CliError } from "../errors.ts";
import { facts, formatAmount } from "../format.ts";
import { examples } from "../help.ts";
import { settingsOf } from "../settings.ts";

interface StatusFlags {
  readonly set?: ModelStatus;
  readonly yes?: boolean;
}

export function addModelStatus(model: Command, cli: Cli): void {
  model
    .command("status")
    .description("Show how a model stands: status, version, nodes, what its owner earned; or pause, resume, retire it.")
    .argument("<id>", "number of the model")
    .addOption(new Option("--set <status>", "change it; retired is for good").choices(["active", "paused", "retired"]))
    .option("-y, --yes", "retire without asking")
    .addHelpText(
      "after",
      examples(
        ["cloakwork model status 1", "anybody may look"],
        ["cloakwork model status 1 --set paused", "no new requests; those under way are answered"],
      ),
    )
    .action(async (id: string, flags: StatusFlags, command: Command) => {
      const settings = settingsOf(command);
      const modelId = idArgument("id", id);
      using connection = await connect(settings);
      const { provider, deployment } = connection;
      if (flags.set !== undefined) {
        await agree(cli, modelId, flags);
        const account = await openAccount(cli, settings, provider);
        const { hash } = await (await setModelStatus(account, deployment.contracts, modelId, flags.set)).wait();
        cli.output.note(`Model ${modelId} is ${flags.set} now: ${hash}`);
      }
      const card = await getModelCard(connection, modelId, cli.signal);
      const { model: found, version, nodes, problems } = card;
      if (found === undefined) {
        const [{ code, message, next }] = problems;
        throw new CliError(code, message, next);
      }
      const { token, modelFee, nodeFee } = found.terms;
      const currencies = token === ETHER ? [ETHER] : [ETHER, token];
      const [earned, earnedInToken] = await Promise.all(
        currencies.map((currency) => getBalance(provider, deployment.contracts, currency, found.owner)),
      );
      const info = await tokenInfoOf(provider, token);
      const balances = [earned, earnedInToken].flatMap((amount, i) => {
        return amount === undefined ? [] : [formatAmount(amount, currencies[i], info)];
      });
      cli.output.result(
        { ...card, ownerBalance: earned, ownerTokenBalance: earnedInToken },
        facts([
          ["Model", `${modelId}${card.manifest ? `  ${card.manifest.title}` : ""}`],
          ["Owner", found.owner],
          ["Status", found.status],
          ["Version", version?.version.toString()],
          [
            "Fees",
            `${formatAmount(modelFee, token, info)} to the owner, ${formatAmount(nodeFee, token, info)} to the node`,
          ],
          [
            "Nodes",
            nodes?.map(({ node, bond }) => `${node}  bond ${formatAmount(bond)}`).join("\n") || "none serves it now",
          ],
          ["Balance", `${balances.join(" and ")} of the owner at Cloakwork`],
          ["Problems", problems.map(({ part, message }) => `${part}: ${message}`).join("\n") || undefined],
        ]),
      );
    });
}

async function agree(cli: Cli, modelId: bigint, { set, yes }: StatusFlags): Promise<void> {
  if (set !== "retired" || yes === true) return;
  if (cli.canAsk && (await askYes(cli, `Retire model ${modelId} for good?`))) return;
  throw new CliError("NOT_AGREED", "Nothing was changed.", "Say --yes to retire without a question.");
}
