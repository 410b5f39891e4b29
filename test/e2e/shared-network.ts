/** One local network for all end-to-end tests of a run: started by the first that asks, stopped after the last. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { Wallet } from "ethers";
import { after } from "mocha";
import { destination } from "pino";

import { getQuote } from "../../offchain/chain/requests.ts";
import type { Quote } from "../../offchain/chain/types.ts";
import { localWallet } from "../../offchain/client/local-wallet.ts";
import type { ClientContext } from "../../offchain/client/types.ts";
import { FileVaultStore } from "../../offchain/client/vault/file-store.ts";
import { Vault } from "../../offchain/client/vault/vault.ts";
import { startChainProcess } from "../../scripts/network/chain-process.ts";
import { startLocalNetwork, type LocalNetwork } from "../../scripts/network/local-network.ts";

export const PASSPHRASE = "an end-to-end passphrase";

let folder: Promise<string> | undefined;
let network: Promise<LocalNetwork> | undefined;
let context: Promise<ClientContext> | undefined;

export function sharedFolder(): Promise<string> {
  return (folder ??= mkdtemp(path.join(tmpdir(), "cloakwork-e2e-")));
}

export function sharedNetwork(): Promise<LocalNetwork> {
  return (network ??= start());
}

/** The first user, with an open vault. */
export function sharedContext(): Promise<ClientContext> {
  return (context ??= user(0));
}

/** A user of the local chain with a vault of its own. */
export async function user(index: number): Promise<ClientContext> {
  const { provider, deployment, accounts } = await sharedNetwork();
  const vault = await Vault.create(
    new FileVaultStore(path.join(await sharedFolder(), `vault-${index}.json`)),
    PASSPHRASE,
  );
  const wallet = localWallet(new Wallet(accounts.users[index].privateKey, provider));
  return { provider, deployment, endpoints: [], vault, wallet };
}

export async function price(): Promise<Quote> {
  const { provider, deployment, published } = await sharedNetwork();
  return await getQuote(provider, deployment.contracts, published.modelId, published.version, 0);
}

async function start(): Promise<LocalNetwork> {
  const dir = await sharedFolder();
  return await startLocalNetwork({
    folder: dir,
    chain: startChainProcess,
    samples: 4,
    engine: "seal",
    nodeLog: destination({ dest: path.join(dir, "node.log"), mkdir: true }),
    // A bond stays locked until its request is settled, which nobody here hurries: the stake covers 1,000 of them.
    node: { pollMs: 150, stake: "100000000000000000000" },
  });
}

after(async function () {
  this.timeout(60_000);
  await (await network)?.stop();
  if (folder) await rm(await folder, { recursive: true, force: true });
});
