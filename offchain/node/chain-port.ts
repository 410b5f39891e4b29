/** What the daemon asks of the chain, with its transactions sent one after the other so that no two take the same nonce. */
import type { Signer, JsonRpcProvider } from "ethers";

import type { Mined, Sent } from "../chain/send.ts";
import type { Deployment, Hex } from "../chain/types.ts";
import { RoomySigner } from "./roomy-signer.ts";

/** Milliseconds for which the chain's time is taken as it was read. */
const CLOCK_MS = 200;

export interface ChainPort {
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  /** This node's address. */
  readonly node: Hex;
  /** Seconds of the latest block, at most a moment ago: what the contracts compare deadlines with. */
  now(): Promise<number>;
  /** Sends in turn and waits until it is mined; the next one may be sent while this one waits. */
  transact<T extends object>(send: (signer: Signer) => Promise<Sent<T>>): Promise<T & Mined>;
}

/** @param signer the node's account, connected to the provider */
export async function createChainPort(
  provider: JsonRpcProvider,
  deployment: Deployment,
  signer: Signer,
): Promise<ChainPort> {
  const roomy = new RoomySigner(signer);
  let last: Promise<unknown> = Promise.resolve();
  let clock: { readonly readAt: number; readonly seconds: Promise<number> } | undefined;
  const readClock = async (): Promise<number> => {
    const block = await provider.getBlock("latest");
    if (!block) throw new Error("network error: the chain gave no latest block");
    return block.timestamp;
  };
  return {
    provider,
    deployment,
    node: (await signer.getAddress()) as Hex,
    async now() {
      // Many steps ask at the same time.
      if (clock === undefined || Date.now() - clock.readAt > CLOCK_MS) {
        clock = { readAt: Date.now(), seconds: readClock() };
        clock.seconds.catch(() => (clock = undefined));
      }
      return await clock.seconds;
    },
    async transact(send) {
      const sending = last.then(() => send(roomy));
      last = sending.catch(() => undefined);
      return await (await sending).wait();
    },
  };
}
