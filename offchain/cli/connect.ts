/** Connects a command to the chain and the deployment on it. */
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

import type { JsonRpcProvider } from "ethers";

import { DeploymentError, parseDeployment } from "../chain/addresses.ts";
import { deploymentPath, DEPLOYMENTS, readDeployment } from "../chain/node/deployment-file.ts";
import { openProvider } from "../chain/provider.ts";
import type { Deployment } from "../chain/types.ts";
import { localWallet } from "../client/local-wallet.ts";
import type { ClientContext, ReadContext } from "../client/types.ts";
import { FileVaultStore } from "../client/vault/file-store.ts";
import { Vault } from "../client/vault/vault.ts";
import { openAccount } from "./account.ts";
import type { Cli } from "./cli.ts";
import { CliError, unreadable } from "./errors.ts";
import { passphrase } from "./passphrase.ts";
import { vaultFile, type Settings } from "./settings.ts";

/** A connection that is closed with the scope that made it. */
export interface Connection extends ReadContext, Disposable {
  readonly provider: JsonRpcProvider;
}

/**
 * Opens the RPC endpoint and finds the deployment of its chain.
 *
 * @throws ChainError `RPC_UNREACHABLE`; DeploymentError
 */
export async function connect(settings: Settings): Promise<Connection> {
  const provider = await openProvider(settings.rpc);
  try {
    const { chainId } = await provider.getNetwork();
    const deployment = findDeployment(settings, Number(chainId));
    return {
      provider,
      deployment,
      endpoints: settings.endpoints,
      [Symbol.dispose]: () => {
        provider.destroy();
      },
    };
  } catch (error) {
    provider.destroy();
    throw error;
  }
}

/**
 * The deployment of a chain: the file or folder that was named, else `.cloakwork/deployments` here, else `deployments` in the home folder.
 *
 * @throws DeploymentError, CliError `FILE_UNREADABLE`
 */
export function findDeployment({ deployment, home }: Settings, chainId: number): Deployment {
  if (deployment !== undefined) {
    const isFolder = statSync(deployment, { throwIfNoEntry: false })?.isDirectory() ?? false;
    return isFolder ? readDeployment(deployment, chainId) : readFile(deployment, chainId);
  }
  const folders = [DEPLOYMENTS, path.join(home, "deployments")];
  const folder = folders.find((candidate) => existsSync(deploymentPath(candidate, chainId)));
  if (folder !== undefined) return readDeployment(folder, chainId);
  throw new DeploymentError(
    "DEPLOYMENT_MISSING",
    `No deployment of Cloakwork on chain ${chainId} is known in ${folders.join(" or ")}.`,
    "Name its file with --deployment, or choose another chain with --rpc.",
  );
}

function readFile(file: string, chainId: number): Deployment {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw unreadable("deployment file", file, cause);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  return parseDeployment(value, chainId);
}

/**
 * Opens the person's vault.
 *
 * @throws CliError `VAULT_MISSING`, WrongPassphraseError, VaultDamagedError, and what `passphrase` throws
 */
export async function openVault(cli: Cli, settings: Settings): Promise<Vault> {
  const file = vaultFile(settings);
  const store = new FileVaultStore(file);
  // The passphrase is asked for only when there is something to open.
  if (!(await Vault.exists(store))) {
    throw new CliError(
      "VAULT_MISSING",
      `There is no vault at ${file} yet.`,
      "Make one with `cloakwork vault create`, or bring a backup back with `cloakwork keys restore`.",
    );
  }
  return Vault.open(store, await passphrase(cli, settings, { of: "the vault" }));
}

/** Everything an inference needs: connection, account, vault. */
export async function connectClient(cli: Cli, settings: Settings, connection: Connection): Promise<ClientContext> {
  const account = await openAccount(cli, settings, connection.provider);
  const vault = await openVault(cli, settings);
  return { ...connection, vault, wallet: localWallet(account) };
}
