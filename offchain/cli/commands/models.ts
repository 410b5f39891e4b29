import type { Command } from "commander";

import { getModelCard, listModels } from "../../client/catalogue.ts";
import type { ModelCard } from "../../client/types.ts";
import { idArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connect.ts";
import { CliError } from "../errors.ts";
import { examples } from "../help.ts";
import { cardDetails, cardTable } from "../model-text.ts";
import { settingsOf } from "../settings.ts";

export function addModels(program: Command, cli: Cli): void {
  program
    .command("models")
    .description("List the models on the chain, or look at one.")
    .argument("[id]", "number of a model")
    .option("--card", "print what its owner wrote about it: data, accuracy, limits")
    .addHelpText(
      "after",
      examples(
        ["cloakwork models", "every model with its price; one that has a problem is shown with it"],
        ["cloakwork models 1", "what model 1 takes and gives, bytes, error, seconds, price"],
        ["cloakwork models 1 --card", "its card"],
        ["cloakwork models --json | jq '.[].prices'", "the same for programs"],
      ),
    )
    .action(async (id: string | undefined, options: { readonly card?: boolean }, command: Command) => {
      using connection = await connect(settingsOf(command));
      if (id === undefined) {
        const cards = await listModels(connection, { signal: cli.signal });
        cli.output.result(cards, cardTable(cards));
        return;
      }
      const card = await getModelCard(connection, idArgument("id", id), cli.signal);
      requireModel(card);
      const text = options.card === true ? card.manifest?.card : undefined;
      cli.output.result(card, text ?? cardDetails(card));
    });
}

/** A list hides no problem; a single model that is not there is a failure. */
function requireModel({ model, problems }: ModelCard): void {
  const [problem] = problems;
  if (model === undefined) throw new CliError(problem.code, problem.message, problem.next);
}
