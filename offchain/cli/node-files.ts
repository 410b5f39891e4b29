/** A node's data folder as commands use it: settings in node.json, keys in identity.jwe. */
import { existsSync } from "node:fs";
import path from "node:path";

import type { Command } from "commander";

import { configFromEnvironment, loadNodeConfig, type NodeConfig, type NodeConfigInput } from "../node/config.ts";
import { openIdentity, type NodeIdentity } from "../node/identity.ts";
import type { Cli } from "./cli.ts";
import { malformed } from "./errors.ts";
import { readJson } from "./model-files.ts";
import { passphrase } from "./passphrase.ts";
import { settingsOf, type Settings } from "./settings.ts";

/** Options of node commands that are settings of the node; what is given here wins over node.json and the environment. */
export interface NodeFlags {
  readonly data?: string;
  readonly host?: string;
  readonly port?: string;
  readonly publicUrl?: string;
}

export const PASSPHRASE_VARIABLES = ["CLOAKWORK_NODE_SECRET_PASSPHRASE", "CLOAKWORK_PASSPHRASE"] as const;

/** Adds the options all node commands share. */
export function addNodeOptions(command: Command): Command {
  return command
    .option("--data <folder>", "the node's data folder (default: <home>/node)")
    .option("--host <address>", "address to listen on")
    .option("--port <number>", "port to listen on; 0 takes a free one")
    .option("--public-url <url>", "address under which others reach this node; it goes on chain");
}

/** The data folder. */
export function dataFolder({ home }: Pick<Settings, "home">, { data }: NodeFlags): string {
  return path.resolve(data ?? path.join(home, "node"));
}

/** Path of the node's keys. */
export function identityFile(folder: string): string {
  return path.join(folder, "identity.jwe");
}

/** Path of the node's settings. */
export function configFile(folder: string): string {
  return path.join(folder, "node.json");
}

/**
 * The node's settings: defaults, node.json, the environment, flags; later wins.
 *
 * @throws ConfigError naming every fault; CliError `FILE_INVALID`
 */
export async function nodeConfigOf(cli: Cli, command: Command, flags: NodeFlags): Promise<NodeConfig> {
  const settings = settingsOf(command);
  const data = dataFolder(settings, flags);
  const { host, port, publicUrl } = flags;
  // A default of the command line must not win over what the node's own file says.
  const rpc = command.optsWithGlobals<{ rpc: string }>().rpc;
  const isGiven = sourceOf(command, "rpc") !== "default";
  return loadNodeConfig({ rpc }, await storedConfig(configFile(data)), configFromEnvironment(cli.env), {
    data,
    host,
    port,
    publicUrl,
    ...(isGiven && { rpc }),
    ...(settings.deployment && { deployment: settings.deployment }),
  });
}

function sourceOf(command: Command, option: string): string | undefined {
  for (let at: Command | null = command; at !== null; at = at.parent) {
    const source = at.getOptionValueSource(option);
    if (source !== undefined) return source;
  }
  return undefined;
}

/** What node.json says; nothing when there is none. */
export async function storedConfig(file: string): Promise<NodeConfigInput> {
  if (!existsSync(file)) return {};
  const value = await readJson("node's settings", file);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed("node's settings", file, "they are not one JSON object");
  }
  return value;
}

/** Opens the node's keys. @throws IdentityError, and what `passphrase` throws */
export async function nodeIdentity(cli: Cli, settings: Settings, folder: string): Promise<NodeIdentity> {
  const file = identityFile(folder);
  // The passphrase is asked for only when there is something to open.
  const secret = existsSync(file)
    ? await passphrase(cli, settings, { of: "the node's keys", variables: PASSPHRASE_VARIABLES })
    : "";
  return openIdentity(file, secret);
}
