/** The account a command signs with. Its key comes from the environment or an encrypted keystore, never from a flag. */
import { readFile } from "node:fs/promises";

import { isError, Wallet, type Provider } from "ethers";

import type { Cli } from "./cli.ts";
import { CliError, malformed, unreadable } from "./errors.ts";
import { passphrase } from "./passphrase.ts";
import type { Settings } from "./settings.ts";

const VARIABLE = "CLOAKWORK_PRIVATE_KEY";

/**
 * The private key the environment gives.
 *
 * @returns undefined when it gives none
 * @throws CliError `PRIVATE_KEY_INVALID`, which does not quote it
 */
export function keyFromEnvironment({ env }: Pick<Cli, "env">): string | undefined {
  const key = env[VARIABLE]?.trim();
  if (key === undefined || key === "") return undefined;
  if (/^0x[0-9a-fA-F]{64}$/.test(key)) return key;
  throw new CliError("PRIVATE_KEY_INVALID", `${VARIABLE} is not a private key.`, "It is 0x and 64 digits.");
}

/**
 * The account, connected.
 *
 * @throws CliError `NO_ACCOUNT`, `PRIVATE_KEY_INVALID`, `KEYSTORE_PASSPHRASE`, `FILE_INVALID`, and what `passphrase` throws
 */
export async function openAccount(cli: Cli, settings: Settings, provider: Provider): Promise<Wallet> {
  const key = keyFromEnvironment(cli);
  if (key !== undefined) return new Wallet(key, provider);
  const json = await readKeystore(settings.keystore);
  const secret = await passphrase(cli, settings, {
    of: "the keystore",
    variables: ["CLOAKWORK_KEYSTORE_PASSPHRASE", "CLOAKWORK_PASSPHRASE"],
  });
  cli.output.note("Opening the keystore…");
  try {
    const opened = await Wallet.fromEncryptedJson(json, secret);
    return new Wallet(opened.privateKey, provider);
  } catch (error) {
    // No cause in either: it could quote what it was given.
    if (isError(error, "INVALID_ARGUMENT") && error.argument === "password") {
      throw new CliError("KEYSTORE_PASSPHRASE", "That passphrase does not open the keystore.", "Try again.");
    }
    throw malformed("keystore", settings.keystore, "it is no encrypted JSON keystore (Web3 Secret Storage, version 3)");
  }
}

async function readKeystore(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw unreadable("keystore", file, cause);
    throw new CliError(
      "NO_ACCOUNT",
      `There is no account to sign with: ${VARIABLE} is not set, and there is no keystore at ${file}.`,
      `Set ${VARIABLE}, or put a keystore there, as wallets export it ("JSON file"), or name one with --keystore.`,
    );
  }
}
