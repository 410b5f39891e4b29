import type { Provider } from "ethers";

import type { CloakworkError } from "../errors.ts";
import { decodeContractError } from "./contract-errors.ts";
import { decodeRequestEvent } from "./request-events.ts";
import type { Hex, RequestEvent } from "./types.ts";

/** How to watch. */
export interface WatchOptions {
  /** Milliseconds between two looks; 1,000 when omitted. */
  readonly pollMs?: number;
  /** Blocks read again at every look, for events that a reorganisation moved or brought; 12 when omitted. */
  readonly reorgDepth?: number;
  /** Most blocks asked for at once; 2,000 when omitted. Halved while the node refuses, down to 1. */
  readonly maxRange?: number;
  /** Longest pause after failures, milliseconds; 30,000 when omitted. */
  readonly maxBackoffMs?: number;
  /** Told every failure to reach the node; watching goes on. */
  readonly onFailure?: (error: CloakworkError, retryInMs: number) => void;
  /** Told after all events up to a block have been delivered: a restart may begin there. */
  readonly onProgress?: (block: number) => void;
}

/**
 * Watches all requests of a hub from a block on, until the signal is aborted.
 *
 * Every event of the chain as it ends up is delivered at least once, in order of blocks for each look. After a
 * reorganisation an event may come again from its new block, and events of blocks that are gone are not taken
 * back: what counts is the state read from the chain. A failing node is asked again with growing pauses.
 *
 * @param provider the chain
 * @param hub the hub's address
 * @param fromBlock first block to read; after a restart, the last `onProgress` or the deployment's first block
 * @param onEvent awaited one by one; what it throws ends the watch
 * @param signal ends the watch; the promise then resolves
 */
export async function watchRequests(
  provider: Provider,
  hub: Hex,
  fromBlock: number,
  onEvent: (event: RequestEvent) => void | Promise<void>,
  signal: AbortSignal,
  options: WatchOptions = {},
): Promise<void> {
  const { pollMs = 1_000, reorgDepth = 12, maxRange = 2_000, maxBackoffMs = 30_000 } = options;
  const seen = new Map<string, number>();
  let next = fromBlock;
  let range = maxRange;
  let failures = 0;
  while (!signal.aborted) {
    let events: readonly RequestEvent[] = [];
    let caughtUp: boolean;
    let to: number;
    try {
      const head = await provider.getBlockNumber();
      const from = Math.max(fromBlock, Math.min(next, head + 1) - reorgDepth);
      to = Math.min(head, Math.max(next, from) + range - 1);
      caughtUp = to === head;
      if (from <= to) events = await eventsBetween(provider, hub, from, to, seen);
      failures = 0;
      range = Math.min(maxRange, range * 2);
    } catch (error) {
      failures++;
      range = Math.max(1, Math.floor(range / 2));
      const retryInMs = Math.min(maxBackoffMs, pollMs * 2 ** Math.min(failures - 1, 10));
      options.onFailure?.(decodeContractError(error), retryInMs);
      await pause(retryInMs, signal);
      continue;
    }
    for (const event of events) {
      if (signal.aborted) return;
      await onEvent(event);
      seen.set(keyOf(event.blockHash, event.logIndex), event.blockNumber);
    }
    next = to + 1;
    for (const [key, block] of seen) if (block < next - 2 * reorgDepth) seen.delete(key);
    options.onProgress?.(to);
    if (caughtUp) await pause(pollMs, signal);
  }
}

/** What tells an event from all others, whichever block of a reorganised chain it is in. */
const keyOf = (blockHash: string, logIndex: number): string => `${blockHash}/${logIndex}`;

/** Events that were not seen yet; of the blocks that are read again at every look, most were. */
async function eventsBetween(
  provider: Provider,
  hub: Hex,
  from: number,
  to: number,
  seen: ReadonlyMap<string, number>,
): Promise<RequestEvent[]> {
  const logs = await provider.getLogs({ address: hub, fromBlock: from, toBlock: to });
  return logs
    .filter((log) => !log.removed && !seen.has(keyOf(log.blockHash, log.index)))
    .sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index)
    .map((log) => decodeRequestEvent(log))
    .filter((event) => event !== undefined);
}

/** Waits, or returns at once when the signal is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
