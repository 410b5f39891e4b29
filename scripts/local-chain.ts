import { createServer } from "node:net";
import path from "node:path";

import { HDNodeWallet } from "ethers";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";

import { CloakworkError } from "../offchain/errors.ts";
import type { Hex } from "../offchain/chain/types.ts";

/** The chain id of local chains. */
export const LOCAL_CHAIN_ID = 31337;

/** Known to everybody: accounts of local chains only. */
const MNEMONIC = "test test test test test test test test test test test junk";

/** An account of the local chain, funded with 10,000 ETH and unlocked. */
export interface LocalAccount {
  readonly address: Hex;
  readonly privateKey: Hex;
}

/** A chain that runs inside this process. */
export interface LocalChain {
  readonly url: string;
  readonly chainId: number;
  readonly accounts: readonly LocalAccount[];
  /** Stops mining and closes the port. */
  readonly stop: () => Promise<void>;
}

/** Thrown when the port is taken. */
export class LocalChainError extends CloakworkError {}

/**
 * Starts a Hardhat chain with chain id 31337 inside this process, on 127.0.0.1. A transaction is mined at once, and an
 * empty block every second, so that draws are decided without traffic.
 *
 * @param options `port`: 0 (the default) for a free one; `blockMs`: milliseconds between empty blocks, 1,000 when omitted;
 *   `auto`: whether a transaction is mined at once, true when omitted, or with others in the next of those blocks
 * @throws LocalChainError `PORT_TAKEN`
 */
export async function startLocalChain(
  options: { port?: number; blockMs?: number; auto?: boolean } = {},
): Promise<LocalChain> {
  const { port = 0, blockMs = 1_000, auto = true } = options;
  const hre = await createHardhatRuntimeEnvironment({
    // Errors are decoded by who receives them: without artifacts to name them by, Hardhat does not read all build output for every chain.
    paths: { artifacts: path.join(import.meta.dirname, "no-artifacts") },
    networks: {
      local: {
        type: "edr-simulated",
        chainType: "l1",
        chainId: LOCAL_CHAIN_ID,
        accounts: { mnemonic: MNEMONIC, count: 20 },
        // Blocks keep the clock's time however fast transactions come.
        allowBlocksWithSameTimestamp: true,
        mining: { auto, interval: blockMs },
      },
    },
  });
  if (port !== 0) await requireFree(port);
  const server = await hre.network.createServer({ network: "local" }, "127.0.0.1", port);
  const listening = await server.listen();
  const url = `http://127.0.0.1:${listening.port}`;
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await rpc(url, "evm_setIntervalMining", [0]);
    await server.close();
  };
  return {
    url,
    chainId: LOCAL_CHAIN_ID,
    accounts: localAccounts(),
    stop: () => (stopping ??= stop()),
  };
}

let accounts: readonly LocalAccount[] | undefined;

/** The accounts every local chain has. */
export function localAccounts(): readonly LocalAccount[] {
  accounts ??= derivedAccounts();
  return accounts;
}

function derivedAccounts(): readonly LocalAccount[] {
  const parent = HDNodeWallet.fromPhrase(MNEMONIC, undefined, "m/44'/60'/0'/0");
  return Array.from({ length: 20 }, (_, i) => {
    const wallet = parent.deriveChild(i);
    return { address: wallet.address as Hex, privateKey: wallet.privateKey as Hex };
  });
}

async function rpc(url: string, method: string, params: readonly unknown[]): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  await response.arrayBuffer();
}

/** Hardhat's server reports no failure to listen, so the port is tried before. */
async function requireFree(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (cause) => {
      reject(
        new LocalChainError("PORT_TAKEN", `Port ${port} is in use.`, "Choose another port, or 0 for a free one.", {
          cause,
        }),
      );
    });
    probe.listen(port, "127.0.0.1", () => {
      probe.close(() => {
        resolve();
      });
    });
  });
}
