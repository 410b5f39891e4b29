import { readFileSync } from "node:fs";

import { Command } from "commander";

import type { Cli } from "./cli.ts";
import { examples, paragraph } from "./help.ts";
import { addSharedOptions } from "./settings.ts";

interface PackageJson {
  readonly version: string;
  readonly description: string;
}

type AddCommand = (program: Command, cli: Cli) => void;

/** The commands, in the order help shows them. What one of them needs is loaded when it is added: a node, which runs for months, keeps none of the others. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  models: async () => (await import("./commands/models.ts")).addModels,
  infer: async () => (await import("./commands/infer.ts")).addInfer,
  requests: async () => (await import("./commands/requests.ts")).addRequests,
  keys: async () => (await import("./commands/keys.ts")).addKeys,
  vault: async () => (await import("./commands/vault.ts")).addVault,
  model: async () => (await import("./commands/model.ts")).addModel,
  node: async () => (await import("./commands/node.ts")).addNode,
};

/**
 * The command line. Errors of parsing are thrown, not printed, so that they can be told in one form.
 *
 * @param argv the arguments after the command's name: when they name a command, it alone is added; without them, or when they name none, all are
 */
export async function createProgram(cli: Cli, argv: readonly string[] = []): Promise<Command> {
  const file = new URL(import.meta.resolve("cloakwork/package.json"));
  const { version, description } = JSON.parse(readFileSync(file, "utf8")) as PackageJson;
  const program = new Command("cloakwork")
    .description(`${description}.`)
    .version(version, "-V, --version")
    .exitOverride()
    .configureOutput({
      outputError: () => undefined,
      // Help in place of a missing command; with JSON the error alone says it.
      writeErr: (text) => {
        cli.output.note(text.trimEnd());
      },
    })
    .configureHelp({ showGlobalOptions: true })
    .helpCommand("help [command]", "help for a command");
  addSharedOptions(program);
  const named = commandNamed(argv);
  for (const [name, load] of Object.entries(COMMANDS)) {
    if (named === undefined || named === name) (await load())(program, cli);
  }
  program.addHelpText(
    "after",
    examples(
      ["cloakwork models", "what there is, what it costs, who serves it"],
      ["cloakwork vault create", "make the vault your keys live in"],
      ["cloakwork infer 1 --input digit.json", "ask model 1 about an input nobody but you sees"],
      ["cloakwork requests list", "what became of your requests"],
    ) +
      paragraph(
        "Secrets are never options. The account's key comes from CLOAKWORK_PRIVATE_KEY or an encrypted keystore, passphrases from\n" +
          "CLOAKWORK_PASSPHRASE, --passphrase-file or a prompt. Every command has its own --help with examples.",
      ),
  );
  return program;
}

/** Which of the commands a line calls, if any: its first word that is neither a shared option nor the value of one. */
function commandNamed(argv: readonly string[]): string | undefined {
  const shared = new Command().exitOverride().configureOutput({ outputError: () => undefined });
  addSharedOptions(shared);
  try {
    const [first] = shared.parseOptions([...argv]).operands;
    return first !== undefined && Object.hasOwn(COMMANDS, first) ? first : undefined;
  } catch {
    // Whoever parses the whole line tells what is wrong with it.
    return undefined;
  }
}
