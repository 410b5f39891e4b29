/**
 * One request from this node's side. `step` looks at the chain and at what was done here, and does the next thing. It can be called at any
 * time, any number of times, after any crash: what counts is the chain.
 */
import {
  acceptDuty,
  assignRequest,
  declineDuty,
  postResult,
  refundRequest,
  rejectInput,
  settleRequest,
} from "../chain/duties.ts";
import { getRequest } from "../chain/requests.ts";
import type { Duty, InferenceRequest } from "../chain/types.ts";
import { answerData, resultAnswer } from "./answers.ts";
import { isBenign } from "./benign.ts";
import type { DutyContext } from "./context.ts";
import { ModelGoneError } from "./errors.ts";
import type { Verdict } from "./evaluation/messages.ts";
import type { Job } from "./jobs.ts";
import { commitOwn, goOnWithoutTheLate, revealOwn } from "./replicas.ts";
import { check, evaluate, serveResult, workOf } from "./work.ts";

/** Everything `step` works with: the job, the request as it stands, and this node's part in it. */
interface Situation {
  readonly job: Job;
  readonly request: InferenceRequest;
  readonly mine: Duty | undefined;
  readonly now: number;
}

/** Seconds before a deadline at which a step is no longer begun. */
const MARGIN = 2;

/** A duty whose input or keys cannot be had is declined after so many attempts, or so many seconds before its deadline. */
const MAX_ATTEMPTS = 5;
const LAST_SECONDS = 10;

/** How a duty ended that a verdict took the bond of. */
const OVERRULED = "another answer was right, or nobody could fetch the result here";

/** Milliseconds to rest while others have to act; an event of the request ends it earlier. */
const OTHERS_TURN_MS = 2_000;

/** The same, where the chain has only to go on by a block or two. */
const TOO_EARLY_MS = 500;

/**
 * Does the next thing for a request, if there is one.
 *
 * @returns milliseconds for which there is nothing to do unless something happens
 * @throws CloakworkError when a step failed; the job stays as it is and is tried again
 */
export async function step(context: DutyContext, job: Job): Promise<number> {
  const { chain } = context;
  const request = await getRequest(chain.provider, chain.deployment.contracts, job.requestId);
  const mine = request.duties.find(({ node }) => node.toLowerCase() === chain.node.toLowerCase());
  const situation: Situation = { job, request, mine, now: await chain.now() };
  try {
    return await next(context, situation);
  } catch (error) {
    if (!isBenign(error)) throw error;
    return TOO_EARLY_MS;
  }
}

async function next(context: DutyContext, situation: Situation): Promise<number> {
  const { job, request, mine, now } = situation;
  const { chain, jobs } = context;
  const { contracts } = chain.deployment;
  const { requestId } = request;
  switch (request.state) {
    case "requested":
      if (now < request.deadline) await chain.transact((signer) => assignRequest(signer, contracts, requestId));
      else jobs.move(requestId, "ended", { note: "its deadline passed before a draw" });
      return 0;
    case "assigned":
    case "accepted":
      if (mine?.state === "assigned") await acceptOrRefuse(context, situation, mine);
      else if (mine?.state === "accepted" && request.replicas > 1) await commitOwn(context, job, request, mine, now);
      else if (mine?.state === "accepted") await answer(context, situation, mine);
      else return await waitForOthers(context, request, now);
      return 0;
    case "committed":
      if (mine?.state !== "committed" || now > request.until) return await waitForOthers(context, request, now);
      await revealOwn(context, request);
      return 0;
    case "posted":
    case "rejected":
      return await finish(context, situation);
    case "challenged":
      if (!mine) {
        jobs.move(requestId, "ended", { note: "answered by another node" });
        return 0;
      }
      // A jury may look whether it is served.
      await serveOwn(context, request);
      if (job.state !== "disputed") jobs.move(requestId, "disputed");
      return OTHERS_TURN_MS;
    case "settled":
      if (mine) context.metrics.requests.inc({ outcome: mine.state === "overruled" ? "overruled" : "settled" });
      jobs.move(requestId, "ended", { note: mine?.state === "overruled" ? OVERRULED : "settled" });
      return 0;
    case "refunded":
      jobs.move(requestId, "ended", { note: "refunded" });
      return 0;
  }
}

async function waitForOthers(context: DutyContext, request: InferenceRequest, now: number): Promise<number> {
  await goOnWithoutTheLate(context, request, now);
  return OTHERS_TURN_MS;
}

/** Serves what this node answered. Holds end with the process: one that was started again takes them up. */
async function serveOwn(context: DutyContext, request: InferenceRequest): Promise<void> {
  const result = context.jobs.result(request.requestId);
  if (result) await serveResult(context, request, resultAnswer(result));
}

/** An answer stands: once nobody can dispute it any more, it is settled, or if it is a refusal, the fee goes back. Either frees the bond. */
async function finish(context: DutyContext, { job, request, mine, now }: Situation): Promise<number> {
  const { chain, jobs } = context;
  const { contracts } = chain.deployment;
  const { requestId, state, until } = request;
  if (mine?.state !== "posted" && mine?.state !== "rejected") {
    jobs.move(requestId, "ended", {
      note: mine?.state === "overruled" ? OVERRULED : "answered by another node",
    });
    return 0;
  }
  if (now <= until) {
    await serveOwn(context, request);
    const target = state === "posted" ? "posted" : "rejected";
    if (job.state !== target || job.dueBy !== until) jobs.move(requestId, target, { dueBy: until, note: job.note });
    return 1000 * (until - now);
  }
  const end = state === "posted" ? settleRequest : refundRequest;
  await chain.transact((signer) => end(signer, contracts, requestId));
  return 0;
}

async function acceptOrRefuse(context: DutyContext, situation: Situation, duty: Duty): Promise<void> {
  const { chain, jobs, metrics, log } = context;
  const { contracts } = chain.deployment;
  const { requestId, binding: onChain } = situation.request;
  if (situation.now > duty.dueBy - MARGIN) return;
  const { job } = situation;
  // A draw is recorded once: recording it again would forget the failed attempts.
  if (job.state !== "assigned" || job.dueBy !== duty.dueBy) jobs.move(requestId, "assigned", { dueBy: duty.dueBy });
  const work = await workOf(context, situation.request, duty.dueBy);
  if (!work) {
    await chain.transact((signer) => declineDuty(signer, contracts, requestId));
    metrics.requests.inc({ outcome: "declined" });
    jobs.move(requestId, "ended", { note: "declined: the request does not name a plan that is served here" });
    return;
  }
  let verdict: Verdict;
  try {
    verdict = await check(context, work);
  } catch (error) {
    context.signal.throwIfAborted();
    await retryOrDecline(context, situation.request, duty, error);
    return;
  }
  if (verdict.ok) {
    await chain.transact((signer) => acceptDuty(signer, contracts, requestId, work.binding));
    metrics.requests.inc({ outcome: "accepted" });
    jobs.move(requestId, "accepted");
  } else if (situation.request.replicas > 1) {
    // One of several answers with the refusal, which it commits to like a result.
    const { code, name, reason } = verdict;
    log.warn({ request: requestId.toString(), code, name }, reason);
    await chain.transact((signer) => acceptDuty(signer, contracts, requestId, work.binding));
    metrics.requests.inc({ outcome: "accepted" });
    jobs.move(requestId, "accepted", { note: `${name}: ${reason}` });
  } else {
    const { code, name, reason } = verdict;
    log.warn({ request: requestId.toString(), code, name }, reason);
    await chain.transact((signer) => rejectInput(signer, contracts, requestId, onChain, code));
    metrics.requests.inc({ outcome: "rejected" });
    jobs.move(requestId, "rejected", { note: `${name}: ${reason}` });
  }
}

/** What could not be fetched or read for a reason of our own may work at the next look; in the end the duty is given back. */
async function retryOrDecline(
  { chain, jobs, metrics }: DutyContext,
  request: InferenceRequest,
  duty: Duty,
  error: unknown,
): Promise<void> {
  const note = error instanceof Error ? error.message : String(error);
  const attempts = jobs.failed(request.requestId, note);
  // Looking for the bytes may have taken long.
  if (attempts < MAX_ATTEMPTS && (await chain.now()) < duty.dueBy - LAST_SECONDS) throw error;
  await chain.transact((signer) => declineDuty(signer, chain.deployment.contracts, request.requestId));
  metrics.requests.inc({ outcome: "declined" });
  jobs.move(request.requestId, "drawing", { note: `declined: ${note}` });
}

async function answer(context: DutyContext, { job, request, now }: Situation, duty: Duty): Promise<void> {
  const { chain, jobs, metrics } = context;
  const { contracts } = chain.deployment;
  const { requestId } = request;
  if (now > duty.dueBy) {
    jobs.move(requestId, "ended", { note: "the deadline to post was missed" });
    return;
  }
  let result = jobs.result(requestId);
  if (!result) {
    const work = await workOf(context, request, duty.dueBy);
    if (!work) throw new ModelGoneError();
    result = (await evaluate(context, request, work)).result;
    // Stored before it is posted: a crash in between must not evaluate again.
    jobs.move(requestId, "evaluated", { dueBy: duty.dueBy, result });
  }
  const own = resultAnswer(result);
  // Served before it is named on chain: nobody shall look for it in vain.
  await serveResult(context, request, own);
  const { size, digest } = own;
  const ref = { kind: own.kind === 1 ? 1 : 0, size, digest, data: answerData(own) } as const;
  await chain.transact((signer) => postResult(signer, contracts, requestId, ref));
  metrics.requests.inc({ outcome: "posted" });
  metrics.answerSeconds.observe((Date.now() - job.createdAt) / 1000);
  jobs.move(requestId, "posted");
}
