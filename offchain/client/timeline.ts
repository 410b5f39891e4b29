/** The steps of a request as the chain tells them. Pure: the same state and events give the same steps. */
import type { Dispute } from "../chain/disputes.ts";
import type { Hex, InferenceRequest, RefundReason, RequestEvent, Verdict } from "../chain/types.ts";
import { rejectWords } from "./reject-words.ts";
import type { Step, TimelineEvent } from "./types.ts";

/** What is known of a request on chain at one moment. */
export interface RequestSight {
  readonly request: InferenceRequest;
  /** All its events, oldest first. */
  readonly events: readonly RequestEvent[];
  /** Milliseconds since the epoch of the blocks of the events, by block number. */
  readonly times: ReadonlyMap<number, number>;
  /** Gas of the transactions whose gas is shown, by hash. */
  readonly gas: ReadonlyMap<Hex, bigint>;
  /** Time of the newest block, unix seconds. */
  readonly now: number;
  /** While the request is in dispute: what is waited for. */
  readonly dispute?: Pick<Dispute, "phase" | "due"> | undefined;
}

/** Why an escrow went back, as part of a sentence. */
export const REFUND_WORDS: Readonly<Record<RefundReason, string>> = {
  "deadline-passed": "nobody answered by the deadline",
  cancelled: "it was cancelled",
  "no-node-left": "no node was left that could answer it",
  "input-rejected": "the node's parser refused the input or the keys",
  "input-unavailable": "the input could not be fetched by the nodes",
  "no-majority": "no answer was given by more than half of the nodes",
};

/** What a dispute waits for. */
const PHASE_WORDS: Partial<Record<Dispute["phase"], string>> = {
  drawing: "A jury of other nodes is being drawn.",
  committing: "The jury evaluates the model again, each juror by itself.",
  revealing: "The jurors tell what they have found.",
};

const VERDICT = "The encrypted result is on chain, as the nodes found that looked again.";

/** What stands on chain after a dispute that left a result. */
const VERDICT_WORDS: Partial<Record<Verdict, string>> = {
  stands: `${VERDICT} It was disputed and is right.`,
  replaced: `${VERDICT} The one posted before was wrong.`,
  withheld: `${VERDICT} They serve it, as whoever posted it did not.`,
};

/**
 * How the steps from `pay` to `posted` stand: one event a step that was begun.
 *
 * @param sight of a request that is mined
 */
export function chainSteps(sight: RequestSight): TimelineEvent[] {
  const requested = sight.events.find((event) => event.type === "requested");
  if (requested === undefined) return [];
  const paid: TimelineEvent = {
    ...step(sight, "pay", "done", requested, "Paid; the money is in escrow until the answer is there."),
    ...("price" in requested && { price: requested.price }),
  };
  const { replicas } = sight.request;
  return [paid, ...drawn(sight, requested)].map((event) => (replicas > 1 ? { ...event, replicas } : event));
}

function drawn(sight: RequestSight, requested: RequestEvent): TimelineEvent[] {
  const { request, events } = sight;
  const assigned = events.findLast((event) => event.type === "assigned");
  const restarted = events.findLast((event) => event.type === "draw-started");
  const drawnAt = assigned !== undefined && (restarted === undefined || isAfter(assigned, restarted));
  if (assigned === undefined || !drawnAt) {
    const begun = restarted ?? requested;
    const ended = endOf(sight, "assigned");
    if (ended !== undefined) return [ended];
    const lost = events.findLast((event) => event.type === "declined" || event.type === "missed");
    const { replicas } = sight.request;
    const why =
      lost === undefined ? "" : lost.type === "declined" ? "The node declined. " : "The node let its time pass. ";
    const detail =
      replicas > 1
        ? `${replicas} nodes are being drawn.`
        : `${why}${lost === undefined ? "A" : "Another"} node is being drawn.`;
    return [{ ...step(sight, "assigned", "active", begun, detail), until: request.deadline }];
  }
  if (request.replicas > 1) {
    const detail = `${request.replicas} nodes were drawn; none sees what another answers.`;
    return [step(sight, "assigned", "done", assigned, detail), ...evaluatedBySeveral(sight, assigned)];
  }
  const done = { ...step(sight, "assigned", "done", assigned, "A node was drawn."), node: assigned.node };
  return [done, ...evaluated(sight, assigned)];
}

/** Sealed answers first, then what was sealed, then what more than half of them say. */
function evaluatedBySeveral(sight: RequestSight, assigned: RequestEvent): TimelineEvent[] {
  const { request, events } = sight;
  const { replicas } = request;
  const posted = events.findLast((event) => event.type === "posted");
  if (posted !== undefined) {
    const told = events.filter((event) => event.type === "revealed");
    const same = told.filter(({ answer }) => answer.digest === posted.result.digest).length;
    const detail = `${same} of ${replicas} nodes evaluated the model to the same encrypted result.`;
    return [{ step: "evaluating", state: "done", at: timeOf(sight, posted), detail }, onChain(sight, posted)];
  }
  const ended = endOf(sight, "evaluating");
  if (ended !== undefined) return [ended];
  const opened = events.findLast((event) => event.type === "reveals-opened");
  if (request.state === "committed" && opened !== undefined) {
    const late = sight.now > request.until;
    const detail = late
      ? "Some nodes did not tell what they had sealed. Anybody can go on without them."
      : "The nodes tell the answers they had sealed.";
    return [{ ...step(sight, "evaluating", "active", opened, detail), ...(late ? {} : { until: request.until }) }];
  }
  const sealed = request.duties.filter(({ state }) => state === "committed").length;
  if (sight.now > request.deadline) {
    const detail = `${sealed} of ${replicas} nodes answered in time; it goes on without the others.`;
    return [step(sight, "evaluating", "active", assigned, detail)];
  }
  const detail =
    sealed === 0
      ? "The nodes check the input and the keys, and evaluate the model on the encrypted input."
      : `${sealed} of ${replicas} nodes have answered; answers stay sealed until nobody is waited for.`;
  return [{ ...step(sight, "evaluating", "active", assigned, detail), until: request.deadline }];
}

/** The result, or the dispute about it. */
function onChain(sight: RequestSight, posted: RequestEvent & { type: "posted" }): TimelineEvent {
  const { size, digest } = posted.result;
  if (sight.request.state === "challenged") {
    const begun = sight.events.findLast((event) => event.type === "challenged") ?? posted;
    const { phase, due } = sight.dispute ?? {};
    const now = (phase && PHASE_WORDS[phase]) ?? "Other nodes evaluate the model again.";
    const detail = `The answer is in dispute. ${now} What more than half of them find is the answer.`;
    const until = due !== undefined && due > sight.now ? { until: due } : {};
    return { ...step(sight, "posted", "active", begun, detail), dispute: "open", ...until };
  }
  const resolved = sight.events.findLast((event) => event.type === "resolved");
  const detail =
    resolved === undefined ? "The encrypted result is on chain." : (VERDICT_WORDS[resolved.verdict] ?? VERDICT);
  const dispute = resolved && { dispute: resolved.verdict };
  return { ...step(sight, "posted", "done", posted, detail), bytes: size, digest, ...dispute };
}

function evaluated(sight: RequestSight, assigned: RequestEvent & { type: "assigned" }): TimelineEvent[] {
  const { request, events } = sight;
  const posted = events.findLast((event) => event.type === "posted");
  const accepted = events.findLast((event) => event.type === "accepted" && isAfter(event, assigned));
  const node = { node: assigned.node };
  if (posted !== undefined) {
    const detail = "The node evaluated the model on the encrypted input.";
    return [
      // The transaction and its gas belong to the step after.
      { step: "evaluating", state: "done", at: timeOf(sight, posted), detail, ...node },
      { ...onChain(sight, posted), ...node },
    ];
  }
  const ended = endOf(sight, "evaluating");
  if (ended !== undefined) return [{ ...ended, ...node }];
  const begun = accepted ?? assigned;
  const until = request.duties[0]?.dueBy ?? request.deadline;
  if (sight.now > until) {
    const detail = "The node let its time pass. Another may be drawn; after the deadline you can take your money back.";
    return [{ ...step(sight, "evaluating", "active", begun, detail), until: request.deadline, ...node }];
  }
  const detail =
    accepted === undefined
      ? "The node checks the input and the keys before it accepts."
      : "The node evaluates the model on the encrypted input.";
  return [{ ...step(sight, "evaluating", "active", begun, detail), until, ...node }];
}

/** Whether several nodes were drawn and some have answered: whoever is late is then left out, by the others themselves. */
export function goesOnWithoutTheLate({ replicas, state, duties }: InferenceRequest): boolean {
  return replicas > 1 && state === "assigned" && duties.some((duty) => duty.state === "committed");
}

/** The step a request came to its end in without an answer, if it did. */
function endOf(sight: RequestSight, at: Step): TimelineEvent | undefined {
  const { request, events, now } = sight;
  const refunded = events.findLast((event) => event.type === "refunded");
  if (refunded !== undefined) {
    const { reason } = refunded;
    const detail =
      reason === "cancelled"
        ? "It was cancelled before its draw was decided. The money went back."
        : `The money went back: ${REFUND_WORDS[reason]}.`;
    return { ...step(sight, at, "failed", refunded, detail), refunded: reason };
  }
  const rejected = events.findLast((event) => event.type === "rejected");
  if (rejected !== undefined) {
    const who = request.replicas > 1 ? "More than half of the nodes" : "The node";
    const detail = `${who} refused it: ${rejectWords(rejected.code)}. You can take your money back.`;
    return step(sight, at, "failed", rejected, detail);
  }
  if (now <= request.deadline || goesOnWithoutTheLate(request)) return undefined;
  const detail = "Nobody answered by the deadline. You can take your money back.";
  return { step: at, state: "failed", at: request.deadline * 1000, detail };
}

function step(
  { times, gas }: RequestSight,
  name: Step,
  state: TimelineEvent["state"],
  event: RequestEvent,
  detail: string,
): TimelineEvent {
  const at = timeOf({ times }, event);
  // What a step waits for began with another step's transaction, which is told of there.
  if (state === "active") return { step: name, state, at, detail };
  const spent = gas.get(event.transactionHash);
  return { step: name, state, at, detail, hash: event.transactionHash, ...(spent !== undefined && { gas: spent }) };
}

/** Milliseconds since the epoch of an event's block. */
function timeOf({ times }: Pick<RequestSight, "times">, { blockNumber }: RequestEvent): number {
  return times.get(blockNumber) ?? 0;
}

function isAfter(event: RequestEvent, other: RequestEvent): boolean {
  return event.blockNumber === other.blockNumber
    ? event.logIndex > other.logIndex
    : event.blockNumber > other.blockNumber;
}
