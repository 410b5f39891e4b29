/** From a paid request to its posted result: by what the chain says, however long it takes, over lost connections. */
import type { RequestEventOf } from "../chain/request-events.ts";
import type { InferenceRequest, RequestEvent, ResultRef } from "../chain/types.ts";
import { CloakworkError } from "../errors.ts";
import { requestOverdue, requestRefunded, requestRejected, requestUnknown } from "./errors.ts";
import { observeRequest } from "./observe-request.ts";
import { chainSteps, goesOnWithoutTheLate, REFUND_WORDS, type RequestSight } from "./timeline.ts";
import type { ReadContext, TimelineEvent } from "./types.ts";
import { wait } from "./wait.ts";

/** Longest pause between two looks while the chain cannot be reached, milliseconds. */
const MAX_BACKOFF = 30_000;

/** Milliseconds between two looks when nothing else is said. */
export function pollInterval(chainId: number): number {
  return chainId === 31337 || chainId === 1337 ? 400 : 3_000;
}

/** A request with its result. */
export interface Posted {
  readonly request: InferenceRequest;
  readonly event: RequestEventOf<"posted">;
  /** The result in it, an inline one with its bytes. */
  readonly result: ResultRef;
  readonly sight: RequestSight;
}

export interface FollowRequestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly pollMs?: number | undefined;
  /** Told every step that changed. */
  readonly onEvent?: ((event: TimelineEvent) => void) | undefined;
}

/**
 * Waits until a request has a result.
 *
 * @param fromBlock the block the request was made in
 * @throws ClientError `REQUEST_OVERDUE`, `REQUEST_REFUNDED`, `REQUEST_REJECTED`; the signal's reason when aborted
 */
export async function followRequest(
  context: Pick<ReadContext, "provider" | "deployment">,
  requestId: bigint,
  fromBlock: number,
  { signal, pollMs = pollInterval(context.deployment.chainId), onEvent }: FollowRequestOptions = {},
): Promise<Posted> {
  const look = observeRequest(context, requestId, fromBlock);
  const told = new Map<string, string>();
  let current: TimelineEvent | undefined;
  const tell = (event: TimelineEvent): void => {
    current = event;
    const { step, state, detail, hash, until } = event;
    const seen = JSON.stringify([state, detail, hash, until]);
    if (told.get(step) === seen) return;
    told.set(step, seen);
    onEvent?.(event);
  };
  for (let failures = 0; ;) {
    signal?.throwIfAborted();
    try {
      const sight = await look();
      failures = 0;
      for (const event of chainSteps(sight)) tell(event);
      const posted = ended(sight, requestId);
      if (posted !== undefined) return posted;
    } catch (error) {
      if (!(error instanceof CloakworkError) || error.code !== "RPC_UNREACHABLE") throw error;
      failures++;
      if (current) tell({ ...current, detail: "The chain cannot be reached; trying again. Nothing is lost." });
    }
    await wait(Math.min(MAX_BACKOFF, pollMs * 2 ** Math.min(failures, 10)), signal);
  }
}

/** @returns undefined while the request is under way */
function ended(sight: RequestSight, requestId: bigint): Posted | undefined {
  const { request, events, now } = sight;
  if (!events.some(({ type }) => type === "requested")) throw requestUnknown(requestId);
  // What is in dispute may be wrong: it is opened once the jury has spoken.
  if (request.state === "challenged") return undefined;
  const event = events.findLast((found) => found.type === "posted");
  const stands = request.state === "posted" || request.state === "settled";
  if (event !== undefined && stands) return { request, event, result: postedResult(event, events), sight };
  const refunded = events.findLast((found) => found.type === "refunded");
  if (refunded !== undefined) throw requestRefunded(requestId, REFUND_WORDS[refunded.reason]);
  if (request.state === "rejected") throw requestRejected(requestId, request.rejectCode, request.replicas);
  const open = request.state === "requested" || request.state === "assigned" || request.state === "accepted";
  if (open && now > request.deadline && !goesOnWithoutTheLate(request)) throw requestOverdue(requestId);
  return undefined;
}

/** The result of a `posted` event: what several nodes agreed on came with the first of them to tell it. */
export function postedResult({ result }: RequestEventOf<"posted">, events: readonly RequestEvent[]): ResultRef {
  if (result.kind !== 0 || result.data !== "0x") return result;
  const told = events.find(
    (event) => event.type === "revealed" && event.answer.digest === result.digest && event.data !== "0x",
  );
  return told?.type === "revealed" ? { ...result, data: told.data } : result;
}
