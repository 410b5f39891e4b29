/** Steps all open jobs: at once when an event speaks of one, and at every look at the chain. One step a request at a time; failures back off. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Logger } from "pino";

import { CloakworkError } from "../errors.ts";

/** What the scheduler has to know of a job. */
export interface Scheduled {
  readonly requestId: bigint;
  readonly state: string;
  /** Unix seconds by which the next step must be on chain. */
  readonly dueBy: number;
}

export interface SchedulerOptions<J extends Scheduled> {
  readonly jobs: {
    get(requestId: bigint): J | undefined;
    /** Jobs that are not over. */
    open(): readonly J[];
  };
  /** Does the next thing for a job. @returns milliseconds for which there is nothing to do unless it is woken */
  readonly step: (job: J) => Promise<number>;
  /** Milliseconds between two looks at every open job. */
  readonly intervalMs: number;
  /** Jobs stepped at once. */
  readonly concurrency: number;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const MAX_BACKOFF_MS = 30_000;
/** A job is looked at so often at least: an event may be missed. */
const MAX_REST_MS = 600_000;

export class Scheduler<J extends Scheduled> {
  readonly #options: SchedulerOptions<J>;
  readonly #running = new Set<bigint>();
  /** Asked for again while they ran. */
  readonly #again = new Set<bigint>();
  /** When a job that failed or rests runs again, milliseconds. */
  readonly #notBefore = new Map<bigint, number>();
  readonly #failures = new Map<bigint, number>();

  constructor(options: SchedulerOptions<J>) {
    this.#options = options;
  }

  /** Runs until the signal is aborted and every running step has ended. */
  async run(): Promise<void> {
    const { signal, intervalMs } = this.#options;
    while (!signal.aborted) {
      this.#fill();
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    }
    while (this.#running.size > 0) await sleep(20);
  }

  /** Steps a job now, or once more when it is being stepped. */
  wake(requestId: bigint): void {
    if (this.#running.has(requestId)) this.#again.add(requestId);
    else {
      this.#notBefore.delete(requestId);
      const job = this.#options.jobs.get(requestId);
      if (job && job.state !== "ended") this.#start(job);
    }
  }

  #fill(): void {
    const now = Date.now();
    for (const job of this.#options.jobs.open()) {
      if (this.#running.has(job.requestId) || (this.#notBefore.get(job.requestId) ?? 0) > now) continue;
      this.#start(job);
    }
  }

  #start(job: J): void {
    const { signal, concurrency } = this.#options;
    if (signal.aborted || this.#running.size >= concurrency) return;
    this.#running.add(job.requestId);
    void this.#step(job).finally(() => {
      this.#running.delete(job.requestId);
      if (this.#again.delete(job.requestId)) this.wake(job.requestId);
    });
  }

  async #step(job: J): Promise<void> {
    const { step, log, signal, intervalMs } = this.#options;
    try {
      const rest = await step(job);
      this.#failures.delete(job.requestId);
      if (rest > 0) this.#notBefore.set(job.requestId, Date.now() + Math.min(rest, MAX_REST_MS));
      else this.#notBefore.delete(job.requestId);
    } catch (error) {
      if (signal.aborted) return;
      const failures = (this.#failures.get(job.requestId) ?? 0) + 1;
      // However long the pauses have grown, a few attempts still fit before the deadline.
      const left = Math.max(intervalMs, (job.dueBy * 1000 - Date.now()) / 4);
      const pause = Math.min(MAX_BACKOFF_MS, left, intervalMs * 2 ** Math.min(failures, 10));
      this.#failures.set(job.requestId, failures);
      this.#notBefore.set(job.requestId, Date.now() + pause);
      const code = error instanceof CloakworkError ? error.code : "UNEXPECTED";
      log.warn(
        { request: job.requestId.toString(), state: job.state, code, failures, retryInMs: pause, err: error },
        "a step failed and is tried again",
      );
    }
  }
}
