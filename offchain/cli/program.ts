import { readFileSync } from "node:fs";

import { Command } from "commander";

import type { Cli } from "./cli.ts";
import { addInfer } from "./commands/infer.ts";
import { addKeys } from "./commands/keys.ts";
import { addModel } from "./commands/model.ts";
import { addModels } from "./commands/models.ts";
import { addNode } from "./commands/node.ts";
import { addRequests } from "./commands/requests.ts";
import { addVault } from "./commands/vault.ts";
import { examples, paragraph } from "./help.ts";
import { addSharedOptions } from "./settings.ts";

interface PackageJson {
  readonly version: string;
  readonly description: string;
}

/** The whole command line. Errors of parsing are thrown, not printed, so that they can be told in one form. */
export function createProgram(cli: Cli): Command {
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
  addModels(program, cli);
  addInfer(program, cli);
  addRequests(program, cli);
  addKeys(program, cli);
  addVault(program, cli);
  addModel(program, cli);
  addNode(program, cli);
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
