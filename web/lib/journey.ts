/** The way of one request as people see it: on one side of the boundary or over it, one step after the other. */
import type { RefundReason } from "../../offchain/chain/types.ts";
import type { KeyProgress, Step, TimelineEvent } from "../../offchain/client/types.ts";
import { formatMoment, shortHex } from "./format.ts";

/** Making and registering keys comes before the first step, where a plan needs keys that are not there yet. */
export type StepId = "keys" | Step;

/** Where a step happens: on a side, or over the line towards one. */
export type StepPlace = "device" | "outwards" | "network" | "inwards";

/** `elsewhere`: done, but not in this browser, so that nothing more is known of it. */
export type StepState = "todo" | "active" | "done" | "failed" | "elsewhere";

/** Something made of bytes that crossed, or is about to cross, the boundary. */
export interface CrossingObject {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly sample: Uint8Array | undefined;
  readonly digest?: string | undefined;
  readonly load?: (() => Promise<Uint8Array>) | undefined;
  readonly note?: string | undefined;
}

export interface JourneyStep {
  readonly id: StepId;
  readonly state: StepState;
  /** What the step is called as it stands, where that is not what it is called in general. */
  readonly title?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt?: number | undefined;
  /** Milliseconds it took, once over. */
  readonly elapsed?: number | undefined;
  /** Part done, 0 to 1, where it is known. */
  readonly progress?: number | undefined;
  readonly gas?: bigint | undefined;
  readonly transaction?: `0x${string}` | undefined;
  /** What happened, or what it waits for: one sentence. */
  readonly text?: string | undefined;
  /** What the person can do about it: one sentence. */
  readonly advice?: string | undefined;
  readonly objects?: readonly CrossingObject[] | undefined;
  /** Why the money went back, where it did. */
  readonly refunded?: RefundReason | undefined;
}

interface StepWords {
  readonly place: StepPlace;
  readonly todo: string;
  readonly active: string;
  readonly done: string;
  readonly failed: string;
}

export const STEP_WORDS: Readonly<Record<StepId, StepWords>> = {
  keys: {
    place: "outwards",
    todo: "Make keys",
    active: "Making keys",
    done: "Keys made and registered",
    failed: "No keys",
  },
  encrypt: { place: "device", todo: "Encrypt", active: "Encrypting", done: "Encrypted", failed: "Not encrypted" },
  upload: { place: "outwards", todo: "Upload", active: "Uploading", done: "Uploaded", failed: "Not uploaded" },
  pay: { place: "outwards", todo: "Pay", active: "Paying", done: "Paid", failed: "Not paid" },
  assigned: {
    place: "network",
    todo: "Assign a node",
    active: "Assigning a node",
    done: "Node assigned",
    failed: "No node took it",
  },
  evaluating: { place: "network", todo: "Evaluate", active: "Evaluating", done: "Evaluated", failed: "Not evaluated" },
  posted: {
    place: "inwards",
    todo: "Post the result",
    active: "Waiting for the result",
    done: "Result posted",
    failed: "No result",
  },
  decrypted: { place: "device", todo: "Decrypt", active: "Decrypting", done: "Decrypted", failed: "Not decrypted" },
};

/** The steps in order, without keys. */
export const STEP_IDS = [
  "encrypt",
  "upload",
  "pay",
  "assigned",
  "evaluating",
  "posted",
  "decrypted",
] as const satisfies readonly Step[];

/** The title of a step as it stands. */
export function stepTitle({ id, state, title }: JourneyStep): string {
  return title ?? STEP_WORDS[id][state === "elsewhere" ? "done" : state];
}

/** The titles of the steps that are another thing with several nodes. */
function severalTitle(id: StepId, state: StepState, replicas: number): string | undefined {
  if (id !== "assigned") return undefined;
  const nodes = `${replicas} nodes`;
  switch (state) {
    case "todo":
      return `Assign ${nodes}`;
    case "active":
      return `Assigning ${nodes}`;
    case "failed":
      return "No nodes took it";
    default:
      return `${nodes} assigned`;
  }
}

/** What people who hear the page are told when a step changes: title, then what it waits for or found. */
export function announcement(steps: readonly JourneyStep[]): string {
  const current =
    steps.find(({ state }) => state === "failed" || state === "active") ??
    steps.findLast(({ state }) => state === "done");
  if (current === undefined) return "";
  return [stepTitle(current), current.text, current.advice].filter((part) => part !== undefined).join(". ");
}

/** An event with when this page learned of it: the chain's own times are whole seconds. */
export interface SeenEvent {
  readonly event: TimelineEvent;
  /** Milliseconds since the epoch. */
  readonly seenAt: number;
}

/**
 * The steps as they stand after some events.
 *
 * @param events in the order they came; the last of a step holds
 * @param keys what was told of keys, in order; nothing where all were there
 * @param asked how many nodes are to answer, as long as the chain has not told
 */
export function journeyOf(
  events: readonly SeenEvent[],
  keys: readonly KeyProgress[] = [],
  asked: number = 1,
): JourneyStep[] {
  const replicas = events.findLast(({ event }) => event.replicas !== undefined)?.event.replicas ?? asked;
  const titled = (step: JourneyStep): JourneyStep =>
    replicas === 1 || step.title !== undefined ? step : { ...step, title: severalTitle(step.id, step.state, replicas) };
  const steps = STEP_IDS.map((id) => stepOf(id, events));
  // What another browser did leaves a hole: a step without events before one that has some.
  const reached = steps.findLastIndex(({ state }) => state !== "todo");
  const filled = steps.map((step, i) =>
    titled(i < reached && step.state === "todo" ? { ...step, state: "elsewhere" as const } : step),
  );
  const made = keysStep(keys);
  return made ? [made, ...filled] : filled;
}

/** Steps that begin when the one before them is done, as the chain tells it. */
const ON_CHAIN: ReadonlySet<Step> = new Set(["assigned", "evaluating", "posted"]);

function stepOf(id: Step, events: readonly SeenEvent[]): JourneyStep {
  const own = events.filter(({ event }) => event.step === id);
  const last = own.at(-1);
  if (last === undefined) return { id, state: "todo" };
  const { event } = last;
  // A step that was tried again began with its last attempt.
  const ended = own.findLastIndex((seen, i) => i < own.length - 1 && seen.event.state !== "active");
  const first = own.slice(ended + 1).find((seen) => seen.event.state === "active");
  const over = event.state !== "active";
  let elapsed: number | undefined;
  let startedAt: number | undefined;
  if (first !== undefined) {
    startedAt = Math.min(first.seenAt, first.event.at);
    // What is done here tells its own time; of what happens on chain, only when it was seen is finer than a second.
    const here = !ON_CHAIN.has(id) && id !== "pay";
    elapsed = over ? (here ? event.at - first.event.at : last.seenAt - first.seenAt) : undefined;
  } else if (ON_CHAIN.has(id)) {
    const before = STEP_IDS[STEP_IDS.indexOf(id) - 1];
    startedAt = events.findLast((seen) => seen.event.step === before && seen.event.state === "done")?.event.at;
    // Blocks know whole seconds only: what took less is not told as nothing.
    elapsed = startedAt === undefined || id === "posted" ? undefined : event.at - startedAt || undefined;
  }
  return {
    id,
    state: event.state,
    title: titleOf(event),
    startedAt,
    elapsed,
    progress: event.progress,
    // Evaluation ends with the transaction that posts the result, which is told of there.
    gas: id === "evaluating" ? undefined : event.gas,
    transaction: id === "evaluating" ? undefined : event.hash,
    text: textOf(event),
    advice: adviceOf(event),
    refunded: event.refunded,
  };
}

/** What a step is called that is not what its state is called in general. */
function titleOf({ dispute, refunded }: TimelineEvent): string | undefined {
  if (dispute === "open") return "In dispute";
  return refunded === "cancelled" ? "Cancelled" : undefined;
}

/** What a step that is over meant; the title beside it says that it is over. */
const MEANT: Partial<Record<Step, string>> = {
  encrypt: "Under a key that stays on this device.",
  pay: "Into the contract, which gives it back when there is no answer.",
  evaluating: "Computed on the ciphertext, which no node can read.",
  posted: "Everybody can have it, and only you can open it.",
  decrypted: "Only this device has seen it.",
};

function textOf({ step, state, detail, node, endpoint, hash, replicas, dispute }: TimelineEvent): string | undefined {
  if (state === "active" && step === "pay" && hash === undefined) return "Confirm in your wallet.";
  if (state !== "done") return detail;
  if (step === "assigned" && node !== undefined) return `${shortHex(node)} was drawn.`;
  if (step === "upload" && endpoint !== undefined && URL.canParse(endpoint))
    return `Held by ${new URL(endpoint).host}.`;
  const meant = MEANT[step];
  if (meant === undefined) return detail;
  // How many agreed, and what a jury found, is told before what it means.
  const particular = dispute !== undefined || (step === "evaluating" && replicas !== undefined);
  return particular ? `${detail} ${meant}` : meant;
}

/** What the person can do while the network works. */
function adviceOf({ step, state, until, replicas }: TimelineEvent): string | undefined {
  if (state !== "active" || until === undefined) return undefined;
  const by = formatMoment(until * 1_000);
  if (step === "assigned")
    return `You can cancel in your list of requests until the draw. If there is no answer by ${by}, you can take your money back.`;
  if (step === "posted")
    return `There is time for this until ${by}. Your money stays in the contract until it is decided.`;
  if (step !== "evaluating") return undefined;
  return replicas === undefined
    ? `If it does not answer by ${by}, another node is drawn, or you take your money back.`
    : `They have until ${by}; after that it goes on without those who are late.`;
}

function keysStep(keys: readonly KeyProgress[]): JourneyStep | undefined {
  const last = keys.at(-1);
  const first = keys[0];
  if (last === undefined || first === undefined || keys.every(({ stage }) => stage === "check" || stage === "done"))
    return undefined;
  const registered = keys.findLast(({ hash }) => hash !== undefined);
  const done = last.stage === "done";
  return {
    id: "keys",
    state: done ? "done" : "active",
    startedAt: first.at,
    elapsed: done ? last.at - first.at : undefined,
    progress: !done && last.done !== undefined && last.total ? last.done / last.total : undefined,
    gas: registered?.gas,
    transaction: registered?.hash,
    text: last.detail,
    advice:
      last.stage === "register" && last.hash === undefined
        ? "Confirm in your wallet. Registering keys costs gas, once."
        : undefined,
  };
}
