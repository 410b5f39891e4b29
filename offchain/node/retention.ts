/**
 * How long a node remembers a request: what it did, what it answered under which salts, what it knew of a dispute. A request that is settled or
 * refunded can never be disputed again; a week after its deadline, when its result is served no longer either, it is forgotten.
 */
import { setTimeout as sleep } from "node:timers/promises";

import type { Logger } from "pino";

import type { InferenceRequest } from "../chain/types.ts";
import { CloakworkError } from "../errors.ts";
import type { AnswerStore } from "./answers.ts";
import type { CaseStore } from "./disputes/cases.ts";
import type { JobStore } from "./jobs.ts";
import { KEEP_RESULT_MS } from "./work.ts";

const EVERY_MS = 6 * 60 * 60 * 1000;

export interface RetentionOptions {
  readonly jobs: JobStore;
  readonly cases: CaseStore;
  readonly answers: AnswerStore;
  /** The request as the chain has it. */
  readonly look: (requestId: bigint) => Promise<Pick<InferenceRequest, "state" | "deadline" | "binding">>;
  readonly log: Logger;
}

/**
 * Forgets requests nothing can come of any more. One that cannot be looked at now is kept.
 *
 * @param now Unix milliseconds
 * @returns how many were forgotten
 */
export async function forgetFinished(options: RetentionOptions, now = Date.now()): Promise<number> {
  const { jobs, cases, answers, look, log } = options;
  let forgotten = 0;
  for (const requestId of jobs.endedBefore(now - KEEP_RESULT_MS)) {
    const kase = cases.get(requestId);
    if (kase && kase.state !== "ended") continue;
    try {
      const { state, deadline, binding } = await look(requestId);
      const isFinal = state === "settled" || state === "refunded";
      if (!isFinal || now <= 1000 * deadline + KEEP_RESULT_MS) continue;
      // The job last: it is what leads here again after a crash.
      answers.forget(binding);
      cases.forget(requestId);
      jobs.forget(requestId);
      forgotten++;
    } catch (error) {
      if (!(error instanceof CloakworkError)) throw error;
      log.warn({ request: requestId.toString(), code: error.code }, "an old request cannot be looked at; keeping it");
    }
  }
  return forgotten;
}

/** Forgets them again and again until the signal is aborted. */
export async function keepForgetting(options: RetentionOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const forgotten = await forgetFinished(options);
    if (forgotten > 0) options.log.info({ requests: forgotten }, "forgot requests nothing can come of any more");
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
