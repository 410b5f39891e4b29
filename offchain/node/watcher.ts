/** Watches the hub: records what this node may have to do, and wakes whoever waits for what happened. */
import type { Logger } from "pino";

import type { RequestEvent } from "../chain/types.ts";
import { watchRequests } from "../chain/watch.ts";
import type { ChainHealth } from "./chain-health.ts";
import type { ChainPort } from "./chain-port.ts";
import type { CaseStore } from "./disputes/cases.ts";
import type { JobStore } from "./jobs.ts";
import type { NodeMetrics } from "./metrics.ts";
import type { ServedModels } from "./served-models.ts";

export interface WatcherOptions {
  readonly chain: ChainPort;
  readonly jobs: JobStore;
  readonly cases: CaseStore;
  readonly models: ServedModels;
  /** Told of every request something happened to. */
  readonly wake: (requestId: bigint) => void;
  /** Whether this node looks into an answer on its own account: asked once an answer. */
  readonly looksInto: () => boolean;
  readonly metrics: NodeMetrics;
  readonly health: ChainHealth;
  readonly log: Logger;
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

/** What others do in the middle of a request changes nothing for this node until one of the other events follows. */
const OTHERS_STEPS = new Set<RequestEvent["type"]>(["accepted", "declined", "missed", "committed", "revealed"]);

/** Watches until the signal is aborted. */
export async function watchHub(options: WatcherOptions): Promise<void> {
  const { chain, jobs, metrics, health, log, pollMs, signal } = options;
  const { deployment, provider } = chain;
  await watchRequests(
    provider,
    deployment.contracts.hub,
    (jobs.cursor() ?? deployment.fromBlock - 1) + 1,
    (event) => {
      record(options, event);
      if (!OTHERS_STEPS.has(event.type)) options.wake(event.requestId);
    },
    signal,
    {
      pollMs,
      onProgress(block) {
        jobs.setCursor(block);
        metrics.block.set(block);
        metrics.jobs.reset();
        for (const [state, count] of Object.entries(jobs.counts())) metrics.jobs.set({ state }, count);
        metrics.cases.reset();
        for (const [state, count] of Object.entries(options.cases.counts())) metrics.cases.set({ state }, count);
        health.ok();
      },
      onFailure(error, retryInMs) {
        metrics.chainErrors.inc();
        health.failed(error.message);
        log.warn({ code: error.code, retryInMs }, error.message);
      },
    },
  );
}

/** Where events are written down. */
export interface Recording extends Pick<WatcherOptions, "jobs" | "cases" | "looksInto" | "metrics" | "log"> {
  readonly chain: Pick<ChainPort, "node">;
  readonly models: Pick<ServedModels, "get">;
}

/** Writes down what an event of the hub may have this node do. */
export function record({ chain, jobs, cases, models, looksInto, metrics, log }: Recording, event: RequestEvent): void {
  const isMe = (node: string): boolean => node.toLowerCase() === chain.node.toLowerCase();
  switch (event.type) {
    case "requested":
      if (models.get(event.binding.modelId, event.binding.version)) jobs.add(event.requestId, event.deadline);
      return;
    case "assigned":
      if (isMe(event.node)) jobs.add(event.requestId, event.acceptBy);
      return;
    case "posted":
    case "rejected":
      // A job says that the version is served here.
      if (jobs.get(event.requestId)) cases.add(event.requestId, event.until, looksInto() ? "wanted" : "no");
      return;
    case "challenged":
      // Whoever looked between the last challenge and the end of the window has taken it for undisputed.
      if (cases.get(event.requestId)?.state === "ended") cases.update(event.requestId, { state: "disputed" });
      return;
    case "missed":
    case "overruled":
      if (!isMe(event.node)) return;
      metrics.penalties.inc({ reason: event.type });
      log.error(
        { request: event.requestId.toString(), penalty: event.penalty.toString() },
        event.type === "missed"
          ? "a deadline was missed: a part of the bond is lost"
          : "another answer was right, or the result could not be fetched here: bond is lost",
      );
      return;
    default:
      return;
  }
}
