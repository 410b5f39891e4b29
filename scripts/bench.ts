/** The benchmarks: `npm run bench -- <name> [options]`. Without a name, lists them. */
import { Command, Option } from "commander";

import { CloakworkError } from "../offchain/errors.ts";
import { SAMPLES, SUBJECTS } from "./bench/inference/subject.ts";
import { requireNode24 } from "./require-node.ts";
import { wholeNumber } from "./whole-number.ts";

requireNode24();

/** Most primes of 30 bits at each ring degree: at 8,192 for 128 bits of security, at 16,384 for node-seal's memory, which 43 rotation keys fill. */
const MOST_PRIMES: Readonly<Record<string, number>> = { "8192": 7, "16384": 9 };

const program = new Command("npm run bench --").description("What is fast, next to a named reference, in one run.");

const models = (some: readonly string[]): Option =>
  new Option("--model <models...>", "sample models, or fraud: card transactions of the folder CLOAKWORK_DATA")
    .choices(SUBJECTS)
    .default(some);

program
  .command("inference")
  .description("The sample models under encryption on one core, against node-seal: a table a model.")
  .addOption(models(SAMPLES))
  .addOption(
    new Option("--samples <n>", "inputs the model never saw, for the accuracy")
      .default(20)
      .argParser(wholeNumber(1, 2000)),
  )
  .option("--json", "a line of JSON a model", false)
  .action(async (options: { model: readonly string[]; samples: number; json: boolean }) => {
    const { benchInference } = await import("./bench/inference.ts");
    await benchInference(options);
  });

program
  .command("kernel")
  .description("The SIMD kernel against node-seal, operation by operation: a line of JSON each.")
  .addOption(new Option("--n <degree>", "ring degree").choices(Object.keys(MOST_PRIMES)).default("8192"))
  .addOption(
    new Option("--primes <n>", "primes of 30 bits, the special one included").default(7).argParser(wholeNumber(4, 9)),
  )
  .option(
    "--large",
    "a rotation at N = 32768 with three digits of seven primes, against one prime a digit, both on the kernel",
    false,
  )
  .option("--json", "lines of JSON, as without it", false)
  .action(async ({ n, primes, large }: { n: string; primes: number; large: boolean }) => {
    if (primes > MOST_PRIMES[n]) program.error(`error: N = ${n} takes at most ${MOST_PRIMES[n]} primes.`);
    const { benchKernel, benchLarge } = await import("./bench/kernel.ts");
    await (large ? benchLarge() : benchKernel({ n: Number(n), primes }));
  });

program
  .command("node")
  .description(
    "The memory of a node that serves a sample model over a local chain and answers one user: a table a model. Linux only.",
  )
  .addOption(models(SAMPLES))
  .addOption(
    new Option("--requests <n>", "requests for one input each, one after the other")
      .default(5)
      .argParser(wholeNumber(0, 1000)),
  )
  .addOption(
    new Option("--batch <n>", "inputs then asked for in one request, of a second plan; none for 0")
      .default(0)
      .argParser(wholeNumber(0, 16_384)),
  )
  .option("--json", "a line of JSON a model", false)
  .action(async (options: { model: readonly string[]; requests: number; batch: number; json: boolean }) => {
    const { benchNode } = await import("./bench/node.ts");
    await benchNode(options);
  });

program
  .command("throughput")
  .description("A full batch of one user in one request, against one request an input: a table a model.")
  .addOption(models(["digits", "risk"]))
  .option("--json", "a line of JSON a model", false)
  .action(async (options: { model: readonly string[]; json: boolean }) => {
    const { benchThroughput } = await import("./bench/throughput.ts");
    await benchThroughput(options);
  });

try {
  if (process.argv.length === 2) program.outputHelp();
  else await program.parseAsync();
} catch (error) {
  if (!(error instanceof CloakworkError)) throw error;
  program.error(`error: ${error.message}\n${error.next}`);
}
