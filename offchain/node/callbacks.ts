/**
 * Delivers callbacks that requesters ordered and paid for in advance, where the pay exceeds the gas. Anybody may; whoever is first is paid. Nothing
 * is promised here and nothing is kept: after a restart, orders are read from the chain again.
 */
import { setTimeout as sleep } from "node:timers/promises";

import type { Signer } from "ethers";
import type { Logger } from "pino";

import { estimateDelivery, getCallbackOrder, getOrderedBetween } from "../chain/callback-orders.ts";
import { deliverCallback } from "../chain/callbacks.ts";
import { getRequest } from "../chain/requests.ts";
import type { ChainPort } from "./chain-port.ts";
import type { NodeMetrics } from "./metrics.ts";

export interface CallbacksOptions {
  readonly chain: ChainPort;
  /** The node's account, connected; asked for estimates only. */
  readonly signer: Signer;
  readonly metrics: NodeMetrics;
  readonly log: Logger;
  /** Block from which orders are read. */
  readonly fromBlock: number;
  /** Milliseconds between two looks. */
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}

/** Most blocks asked for at once. */
const RANGE = 2_000;
/** Failures after which an order is left to others. */
const MAX_FAILURES = 3;
/** The pay has to exceed the estimated cost by a tenth: the price of gas moves until the transaction is in a block. */
const MARGIN_TENTHS = 11n;

/** Watches orders and delivers them until the signal is aborted. Failures of the chain are logged and tried again. */
export async function deliverCallbacks(options: CallbacksOptions): Promise<void> {
  const { chain, log, intervalMs, signal } = options;
  const { contracts } = chain.deployment;
  const failures = new Map<bigint, number>();
  const waiting = new Set<bigint>();
  let next = options.fromBlock;
  while (!signal.aborted) {
    try {
      const head = await chain.provider.getBlockNumber();
      for (; next <= head; next = Math.min(head, next + RANGE - 1) + 1) {
        const to = Math.min(head, next + RANGE - 1);
        for (const id of await getOrderedBetween(chain.provider, contracts, next, to)) waiting.add(id);
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, "could not look for callbacks; trying again");
    }
    for (const id of waiting) {
      if (signal.aborted) return;
      try {
        if ((await tryOne(options, id)) === "over") waiting.delete(id);
      } catch (error) {
        const count = (failures.get(id) ?? 0) + 1;
        failures.set(id, count);
        log.warn({ request: id.toString(), failures: count, err: error }, "a callback could not be delivered");
        if (count < MAX_FAILURES) continue;
        options.metrics.callbacks.inc({ outcome: "failed" });
        waiting.delete(id);
      }
    }
    await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}

async function tryOne(
  { chain, signer, metrics, log }: CallbacksOptions,
  requestId: bigint,
): Promise<"over" | "not yet"> {
  const { contracts } = chain.deployment;
  const { state } = await getRequest(chain.provider, contracts, requestId);
  if (state !== "settled" && state !== "refunded") return "not yet";
  const order = await getCallbackOrder(chain.provider, contracts, requestId);
  if (order === undefined) return "over";
  const gas = await estimateDelivery(signer, contracts, requestId);
  const { gasPrice, maxFeePerGas } = await chain.provider.getFeeData();
  const price = gasPrice ?? maxFeePerGas;
  // Gas may become cheaper; until then it is left to whoever takes less.
  if (price === null || gas * price * MARGIN_TENTHS > order.pay * 10n) return "not yet";
  const { gasCost } = await chain.transact((sender) => deliverCallback(sender, contracts, requestId));
  metrics.callbacks.inc({ outcome: "delivered" });
  log.info(
    { request: requestId.toString(), target: order.target, pay: order.pay.toString(), gasCost: gasCost.toString() },
    "delivered a callback",
  );
  return "over";
}
