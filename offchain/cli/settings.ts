/** What all commands share: where the chain is, where files are, and how to answer. */
import { homedir } from "node:os";
import path from "node:path";

import { Option, type Command } from "commander";

import { endpointUrl } from "../storage/endpoint.ts";
import { badArgument } from "./errors.ts";

export interface Settings {
  readonly rpc: string;
  /** A deployment file, or a folder of them; searched for when undefined. */
  readonly deployment: string | undefined;
  /** Folder of vault, keystore, node and publications. */
  readonly home: string;
  /** Base URLs of blob stores, the preferred one first. */
  readonly endpoints: readonly string[];
  readonly keystore: string;
  readonly passphraseFile: string | undefined;
}

interface RawOptions {
  readonly rpc: string;
  readonly deployment?: string;
  readonly home: string;
  readonly endpoint: readonly string[];
  readonly keystore?: string;
  readonly passphraseFile?: string;
}

/** Where everything of a person is kept when nothing else is said. */
const DEFAULT_HOME = path.join(homedir(), ".cloakwork");
const DEFAULT_RPC = "http://127.0.0.1:8545";

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** Adds the options every command takes. Secrets are none of them: they come from the environment, a file or a prompt. */
export function addSharedOptions(program: Command): void {
  program
    .addOption(new Option("--rpc <url>", "JSON-RPC endpoint of the chain").env("CLOAKWORK_RPC").default(DEFAULT_RPC))
    .addOption(
      new Option("--deployment <path>", "deployment file, or folder with <chain id>.json").env("CLOAKWORK_DEPLOYMENT"),
    )
    .addOption(
      new Option("--home <folder>", "vault, keystore, node and publications")
        .env("CLOAKWORK_HOME")
        .default(DEFAULT_HOME, "~/.cloakwork"),
    )
    .addOption(
      new Option("--endpoint <url>", "blob store to use first; may be repeated").argParser(collect).default([], "none"),
    )
    .addOption(
      new Option("--keystore <file>", "account as an encrypted JSON keystore (default: <home>/keystore.json)").env(
        "CLOAKWORK_KEYSTORE",
      ),
    )
    .addOption(
      new Option("--passphrase-file <file>", "file whose first line is the passphrase").env(
        "CLOAKWORK_PASSPHRASE_FILE",
      ),
    )
    .option("--json", "answer in JSON: one document, or a line an event for long work");
}

/**
 * The shared settings of a command line.
 *
 * @param command the command that runs
 * @throws CliError `USAGE`, StorageError `ENDPOINT_INVALID`
 */
export function settingsOf(command: Command): Settings {
  const options = command.optsWithGlobals<RawOptions>();
  if (!URL.canParse(options.rpc) || !/^https?:$/.test(new URL(options.rpc).protocol)) {
    throw badArgument("--rpc", "an http:// or https:// URL");
  }
  const home = path.resolve(options.home);
  return {
    rpc: options.rpc,
    deployment: options.deployment,
    home,
    endpoints: options.endpoint.map(endpointUrl),
    keystore: path.resolve(options.keystore ?? path.join(home, "keystore.json")),
    passphraseFile: options.passphraseFile,
  };
}

/** Path of a person's vault. */
export function vaultFile({ home }: Settings): string {
  return path.join(home, "vault.json");
}
