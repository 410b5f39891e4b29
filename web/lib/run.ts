/** One request as a page carries it: from the encrypted input to the answer. */
import type { Answer, KeyProgress, Replicas, TimelineEvent } from "../../offchain/client/types.ts";
import type { WireError } from "../worker/protocol.ts";
import { journeyOf, type CrossingObject, type JourneyStep, type SeenEvent, type StepId } from "./journey.ts";

/** Something that crossed, or is ready to, without the way to its bytes. */
export interface Crossing {
  readonly step: StepId;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** What `tileSample` took. */
  readonly sample: Uint8Array;
  /** Blob root. */
  readonly digest: `0x${string}`;
}

/** What the worker tells while it carries a request. */
export type RunNews =
  | { readonly type: "keys"; readonly progress: KeyProgress }
  | { readonly type: "event"; readonly event: TimelineEvent }
  | { readonly type: "crossing"; readonly crossing: Crossing };

/**
 * `encrypted`: the ciphertext is ready and still here. `following`: it is paid for, and the chain has the word. `locked`: the answer is there and
 * the vault is not open.
 */
export type Phase = "idle" | "encrypting" | "encrypted" | "sending" | "following" | "locked" | "answered" | "failed";

export interface Run {
  readonly phase: Phase;
  readonly keys: readonly KeyProgress[];
  readonly events: readonly SeenEvent[];
  readonly crossings: readonly Crossing[];
  /** Names the ciphertext in the worker until it is sent. */
  readonly handle: number | undefined;
  readonly requestId: bigint | undefined;
  readonly answer: Answer | undefined;
  /** One an input: more than one where the request was a batch, made elsewhere. */
  readonly answers: readonly Answer[];
  readonly failure: WireError | undefined;
}

export const NEW_RUN: Run = {
  phase: "idle",
  keys: [],
  events: [],
  crossings: [],
  handle: undefined,
  requestId: undefined,
  answer: undefined,
  answers: [],
  failure: undefined,
};

/**
 * The run after some news.
 *
 * @param seenAt when they came, milliseconds since the epoch
 */
export function withNews(run: Run, news: RunNews, seenAt: number): Run {
  switch (news.type) {
    case "keys":
      return { ...run, keys: [...run.keys, news.progress] };
    case "event": {
      const { event } = news;
      if (!isKnown(run, event)) return { ...run, events: [...run.events, { event, seenAt }] };
      return event.price === undefined ? run : { ...run, events: withPrice(run.events, event.step, event.price) };
    }
    case "crossing": {
      const others = run.crossings.filter(
        ({ step, digest }) => step !== news.crossing.step || digest !== news.crossing.digest,
      );
      return { ...run, crossings: [...others, news.crossing] };
    }
  }
}

const HERE: ReadonlySet<string> = new Set(["encrypt", "upload"]);

/** Whether an event is told again, as it is when the chain is followed anew; the first word, with its time, is the more exact one. */
function isKnown({ events }: Run, { step, state, hash }: TimelineEvent): boolean {
  if (state !== "done") return false;
  const last = events.findLast((seen) => seen.event.step === step)?.event;
  return last?.state === "done" && (HERE.has(step) || last.hash === hash);
}

/** The events with what was paid, which the chain alone tells. */
function withPrice(
  events: readonly SeenEvent[],
  step: TimelineEvent["step"],
  price: NonNullable<TimelineEvent["price"]>,
): readonly SeenEvent[] {
  const last = events.findLastIndex(({ event }) => event.step === step);
  return events.map((seen, i) => (i === last ? { ...seen, event: { ...seen.event, price } } : seen));
}

/** What was paid for a run, once the chain has told it. */
export function paidPrice({ events }: Pick<Run, "events">): TimelineEvent["price"] {
  return events.findLast(({ event }) => event.step === "pay")?.event.price;
}

/**
 * Where the money of a run is. `due`: there will be no answer, and the person can take it back. `back`: it went back to their balance. `earned`: there is an
 * answer, and it goes to those who gave it.
 */
export type Money = "unpaid" | "held" | "due" | "back" | "earned";

/** Codes of failures after payment where the money is the requester's to take back. */
export const REFUNDABLE: ReadonlySet<string> = new Set(["REQUEST_OVERDUE", "REQUEST_REJECTED"]);

/** @param steps as `stepsOf` gives them */
export function moneyOf({ failure }: Pick<Run, "failure">, steps: readonly JourneyStep[]): Money {
  if (!steps.some(({ id, state }) => id === "pay" && (state === "done" || state === "elsewhere"))) return "unpaid";
  if (steps.some(({ refunded }) => refunded !== undefined)) return "back";
  if (steps.some(({ id, state }) => id === "posted" && state === "done")) return "earned";
  return failure !== undefined && REFUNDABLE.has(failure.code) ? "due" : "held";
}

/**
 * The steps of a run, with what crossed at each.
 *
 * @param load brings the bytes of what crossed, by blob root
 * @param replicas how many nodes are asked for
 */
export function stepsOf(
  run: Run,
  load: (digest: `0x${string}`) => Promise<Uint8Array>,
  replicas: Replicas = 1,
): JourneyStep[] {
  return journeyOf(run.events, run.keys, replicas).map((step) => {
    const objects = run.crossings
      .filter((crossing) => crossing.step === step.id)
      .map(({ name, size, sample, digest }): CrossingObject => ({
        name,
        size,
        sample,
        digest,
        load: () => load(digest),
      }));
    const stopped = (run.phase === "failed" || run.phase === "idle") && step.state === "active";
    return {
      ...step,
      ...(stopped && { state: "failed" as const, title: undefined, progress: undefined }),
      ...(objects.length > 0 && { objects }),
    };
  });
}
