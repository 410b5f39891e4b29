import { readFile } from "node:fs/promises";

import { askLine } from "./ask.ts";
import type { Cli } from "./cli.ts";
import { CliError, unreadable } from "./errors.ts";
import type { Settings } from "./settings.ts";

export interface PassphraseOptions {
  /** What it opens, e.g. `the vault`. */
  readonly of: string;
  /** Variables of the environment to look at, the first that is set counts. */
  readonly variables?: readonly string[];
  /** Ask twice, for one that is new. */
  readonly isNew?: boolean;
}

/**
 * A passphrase: from the environment, from a file, or asked for without showing it. Never from a flag, which others on the machine can read.
 *
 * @throws CliError `NO_PASSPHRASE`, `PASSPHRASES_DIFFER`, `FILE_UNREADABLE`
 */
export async function passphrase(
  cli: Cli,
  { passphraseFile }: Pick<Settings, "passphraseFile">,
  { of, variables = ["CLOAKWORK_PASSPHRASE"], isNew = false }: PassphraseOptions,
): Promise<string> {
  for (const name of variables) {
    const value = cli.env[name];
    if (value !== undefined && value !== "") return value;
  }
  if (passphraseFile !== undefined) return firstLine(passphraseFile);
  if (!cli.canAsk) {
    throw new CliError(
      "NO_PASSPHRASE",
      `The passphrase of ${of} is needed, and nobody can be asked for it here.`,
      `Set ${variables[0]}, or name a file with --passphrase-file.`,
    );
  }
  const first = await askLine(cli, isNew ? `A new passphrase for ${of}: ` : `Passphrase of ${of}: `, true);
  if (isNew && (await askLine(cli, "The same again: ", true)) !== first) {
    throw new CliError("PASSPHRASES_DIFFER", "The two passphrases are not the same.", "Try again.");
  }
  return first;
}

async function firstLine(file: string): Promise<string> {
  try {
    const [line] = (await readFile(file, "utf8")).split(/\r?\n/, 1);
    return line;
  } catch (cause) {
    throw unreadable("passphrase file", file, cause);
  }
}
