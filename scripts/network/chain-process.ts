/**
 * A local chain in a process of its own, so that what a test measures of its process is the nodes' and not the chain's, which keeps every
 * block. The process ends with whoever started it.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

import { CloakworkError } from "../../offchain/errors.ts";
import { LOCAL_CHAIN_ID, localAccounts, startLocalChain, type LocalChain } from "../local-chain.ts";

/** @throws CloakworkError `CHAIN_PROCESS` when the process ends before the chain listens */
export async function startChainProcess(): Promise<LocalChain> {
  const child = fork(fileURLToPath(import.meta.url), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      resolve();
    });
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once("message", (url) => {
      resolve(url as string);
    });
    void ended.then(() => {
      reject(
        new CloakworkError("CHAIN_PROCESS", "The chain's process ended at its start.", "Read what it printed above."),
      );
    });
  });
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    await ended;
  };
  return { url, chainId: LOCAL_CHAIN_ID, accounts: localAccounts(), stop: () => (stopping ??= stop()) };
}

if (import.meta.main) {
  const chain = await startLocalChain();
  process.once("disconnect", () => {
    void chain.stop().then(() => process.exit(0));
  });
  process.send?.(chain.url);
}
