import type { Command } from "commander";

import { getQuote } from "../../chain/requests.ts";
import type { TokenInfo } from "../../chain/tokens.ts";
import { ETHER, type Quote } from "../../chain/types.ts";
import { getModelCard } from "../../client/catalogue.ts";
import { choosePlan, largestBatch } from "../../client/choose-plan.ts";
import { batchTooLarge } from "../../client/errors.ts";
import { infer } from "../../client/infer.ts";
import type { ModelCard } from "../../client/types.ts";
import type { Manifest } from "../../sealing/manifest.ts";
import { amountArgument, countArgument, idArgument, replicasArgument } from "../arguments.ts";
import { askYes } from "../ask.ts";
import type { Cli } from "../cli.ts";
import { connect, connectClient } from "../connect.ts";
import { badArgument, CliError } from "../errors.ts";
import { followProgress } from "../follow-progress.ts";
import { formatAmount } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { inferenceText } from "../inference-text.ts";
import { readInput } from "../input-file.ts";
import { settingsOf } from "../settings.ts";
import { readNumbers } from "../tensor-file.ts";

interface InferOptions {
  readonly input?: string;
  readonly batch?: string;
  readonly plan?: string;
  readonly replicas: string;
  readonly maxPrice?: string;
  readonly yes?: boolean;
  readonly patience?: string;
  readonly settle: boolean;
}

export function addInfer(program: Command, cli: Cli): void {
  program
    .command("infer")
    .description("Ask a model about an input that nobody but this machine sees: encrypt, pay, wait, decrypt.")
    .argument("<model>", "number of the model, see `cloakwork models`")
    .option("-i, --input <file>", "the input: a JSON list of numbers, flat or nested; - for standard input")
    .option(
      "--batch <file>",
      "many inputs in one request, by the model's plan for batches: JSON, or .f32 as NumPy writes",
    )
    .option("--plan <index>", "which of the model's plans; chosen by the number of inputs when omitted")
    .option("--replicas <n>", "how many nodes evaluate it, blind to each other: 1, 3, 5 or 7", "1")
    .option("--max-price <amount>", "pay up to this much, in ether or the model's token, without asking")
    .option("-y, --yes", "pay the price as it is, without asking")
    .option("--patience <seconds>", "after how long the money can be taken back")
    .option("--no-settle", "leave paying node and owner to them, after the challenge window")
    .addHelpText(
      "after",
      examples(
        [
          "cloakwork infer 1 --input digit.json",
          "asks for the passphrase of the vault, shows the price, asks, then goes on",
        ],
        [
          "cloakwork infer 1 --input digit.json --max-price 0.005",
          "for scripts: pays at most 0.005 ETH and asks nothing",
        ],
        [
          "cloakwork infer 1 --input digit.json --replicas 3",
          "three nodes evaluate, each sealed from the others; what two of them say is the answer",
        ],
        [
          "cloakwork infer 1 --batch digits.f32 --yes --json",
          "thousands of inputs in one request, an answer each; what comes back is fetched from the nodes and checked",
        ],
        [
          "jq .pixels scan.json | cloakwork infer 1 --input - --yes --json",
          "a JSON line an event, the last one the result",
        ],
      ) +
        paragraph(
          "The first request of a parameter set makes keys, some megabytes, and uploads them once. Ctrl-C at any time breaks nothing: what\n" +
            "was paid goes on without this machine, and `cloakwork requests show <number>` opens the answer later.",
        ),
    )
    .action(async (model: string, options: InferOptions, command: Command) => {
      const settings = settingsOf(command);
      const modelId = idArgument("model", model);
      const values = await readInputs(options, cli);
      using connection = await connect(settings);
      const card = await getModelCard(connection, modelId, cli.signal);
      const replicas = replicasArgument(options.replicas);
      const { version, planIndex, price: single } = choice(card, options, values.length);
      const { provider, deployment } = connection;
      const price =
        replicas === 1 ? single : await getQuote(provider, deployment.contracts, modelId, version, planIndex, replicas);
      const stated = card.manifest;
      await agree(cli, price, card.token, options);
      const context = await connectClient(cli, settings, connection);
      const progress = followProgress(cli.output, true);
      const patience =
        options.patience === undefined ? {} : { patience: countArgument("--patience", options.patience, 1) };
      try {
        const inference = await infer(
          context,
          { modelId, version, planIndex, values, price, replicas, stated, ...patience },
          {
            signal: cli.signal,
            settle: options.settle,
            onKeys: progress.onKeys,
            onEvent: (event) => {
              if (event.step === "pay") {
                cli.onInterrupt(
                  "What was paid goes on by itself: `cloakwork requests list` shows it, `requests show` opens it.",
                );
              }
              progress.onEvent(event);
            },
          },
        );
        await progress.end();
        cli.output.result({ type: "result", ...inference }, inferenceText(inference));
      } finally {
        values.fill(0);
        await progress.end();
      }
    });
}

interface Choice {
  readonly version: number;
  readonly planIndex: number;
  readonly price: Quote;
}

/** What of a model's card decides on a request; a part that is missing is a failure with its own reason. */
function choice(
  { modelId, model, version, manifest, prices, problems }: ModelCard,
  options: InferOptions,
  numbers: number,
): Choice {
  if (model !== undefined && model.status !== "active") {
    throw new CliError(
      "MODEL_NOT_ACTIVE",
      `Model ${modelId} is ${model.status} and takes no requests.`,
      "Choose another.",
    );
  }
  if (version === undefined || prices === undefined) {
    const [problem] = problems;
    throw new CliError(problem.code, problem.message, problem.next);
  }
  const planIndex =
    options.plan === undefined ? plannedFor(manifest, options, numbers) : countArgument("--plan", options.plan);
  if (planIndex >= prices.length) {
    throw new CliError("NO_SUCH_PLAN", `Model ${modelId} has ${prices.length} plans.`, "They count from 0.");
  }
  return { version: version.version, planIndex, price: prices[planIndex] };
}

/** The plan for so many numbers: more than one input's are a batch. */
function plannedFor(manifest: Manifest | undefined, { batch }: InferOptions, numbers: number): number {
  if (manifest === undefined) return 0;
  const inputs = numbers / manifest.input.shape.reduce((product, axis) => product * axis, 1);
  // Parts of an input are refused with the plan's own words.
  const count = Number.isInteger(inputs) && inputs > 0 ? inputs : 1;
  if (batch === undefined) return choosePlan(manifest, count);
  if (largestBatch(manifest) === undefined) throw batchTooLarge(count, undefined);
  return choosePlan(manifest, Math.max(2, count));
}

/** The numbers of one input or of many. */
async function readInputs({ input, batch }: InferOptions, cli: Cli): Promise<Float64Array> {
  const file = batch ?? input;
  if (file === undefined || (batch !== undefined && input !== undefined))
    throw badArgument("--input, --batch", "one of them");
  if (!file.endsWith(".f32")) return readInput(file, cli);
  return Float64Array.from(await readNumbers("input", file));
}

/** The person agrees to the price: beforehand by an option, or now. */
async function agree(
  cli: Cli,
  price: Quote,
  token: TokenInfo | undefined,
  { yes, maxPrice }: InferOptions,
): Promise<void> {
  const amount = formatAmount(price.total, price.token, token);
  if (maxPrice !== undefined) {
    // Of a token that does not say how many decimals it has, the smallest unit is meant.
    const decimals = price.token === ETHER ? 18 : (token?.decimals ?? 0);
    if (price.total <= amountArgument("--max-price", maxPrice, decimals)) return;
    throw new CliError(
      "PRICE_TOO_HIGH",
      `The price is ${amount}, above --max-price ${maxPrice}; nothing was charged.`,
      "Allow more, or choose another model.",
    );
  }
  if (yes === true) return;
  if (!cli.canAsk) {
    throw new CliError(
      "PRICE_NOT_AGREED",
      `The price is ${amount}, and nobody can be asked here whether that is all right.`,
      "Say --yes, or --max-price with the most you would pay.",
    );
  }
  if (!(await askYes(cli, `Pay ${amount} and gas?`))) {
    throw new CliError("NOT_AGREED", "You did not agree to the price; nothing was sent.", "Ask again when you like.");
  }
}
