/** One of several nodes that answer the same request: commit to an answer, reveal it when nobody is waited for any more. */
import { answerCommitment, receiptDigest } from "../chain/bindings.ts";
import { closeReplicas, commitAnswer, reassignRequest, revealAnswer } from "../chain/duties.ts";
import { getRequestEvents } from "../chain/request-events.ts";
import type { Answer, Duty, InferenceRequest } from "../chain/types.ts";
import { answerData, type KeptAnswer } from "./answers.ts";
import type { DutyContext } from "./context.ts";
import { ModelGoneError } from "./errors.ts";
import type { Job } from "./jobs.ts";
import { answerTo, serveResult, workOf } from "./work.ts";

/** Evaluates, keeps the answer with its salt, then commits to it: in this order, so that a crash in between loses nothing. */
export async function commitOwn(
  context: DutyContext,
  job: Job,
  request: InferenceRequest,
  duty: Duty,
  now: number,
): Promise<void> {
  const { chain, jobs, metrics, log } = context;
  const { requestId, binding } = request;
  if (now > duty.dueBy) {
    jobs.move(requestId, "ended", { note: "the deadline to commit was missed" });
    return;
  }
  const kept = await ownAnswer(context, request, duty);
  if (job.state !== "evaluated")
    jobs.move(requestId, "evaluated", { dueBy: duty.dueBy, ...(kept.kind === 1 && { result: kept.data }) });
  const { chainId, contracts } = chain.deployment;
  const commitment = answerCommitment(receiptDigest(chainId, contracts.hub, binding, kept), kept.salt, chain.node);
  await chain.transact((signer) => commitAnswer(signer, contracts, requestId, commitment));
  metrics.requests.inc({ outcome: "committed" });
  metrics.answerSeconds.observe((Date.now() - job.createdAt) / 1000);
  jobs.move(requestId, "committed", { dueBy: request.deadline });
  log.info({ request: requestId.toString(), replicas: request.replicas }, "committed to an answer, to be revealed");
}

async function ownAnswer(context: DutyContext, request: InferenceRequest, { dueBy }: Duty): Promise<KeptAnswer> {
  const kept = context.answers.get(request.binding, "replica");
  if (kept) return kept;
  const work = await workOf(context, request, dueBy);
  if (!work) throw new ModelGoneError();
  return context.answers.keep(request.binding, "replica", await answerTo(context, request, work));
}

/** Tells the answer this node committed to, with its bytes unless another one has told the same. */
export async function revealOwn(context: DutyContext, request: InferenceRequest): Promise<void> {
  const { chain, jobs, answers, metrics, log } = context;
  const { contracts } = chain.deployment;
  const { requestId, binding, until } = request;
  const kept = answers.get(binding, "replica");
  if (!kept) {
    log.error(
      { request: requestId.toString() },
      "the answer committed to is not in this data folder: it cannot be revealed",
    );
    jobs.move(requestId, "ended", { note: "the answer committed to was lost; a part of the bond goes with it" });
    return;
  }
  await serveResult(context, request, kept);
  const data = (await isTold(context, request, kept)) ? "0x" : answerData(kept);
  const { kind, size, digest, salt } = kept;
  await chain.transact((signer) => revealAnswer(signer, contracts, requestId, { kind, size, digest }, data, salt));
  metrics.requests.inc({ outcome: "revealed" });
  jobs.move(requestId, "revealed", { dueBy: until });
}

async function isTold({ chain }: DutyContext, { requestId }: InferenceRequest, mine: Answer): Promise<boolean> {
  const { contracts, fromBlock } = chain.deployment;
  const events = await getRequestEvents(chain.provider, contracts.hub, requestId, fromBlock);
  return events.some(
    (event) =>
      event.type === "revealed" &&
      event.answer.kind === mine.kind &&
      event.answer.size === mine.size &&
      event.answer.digest === mine.digest,
  );
}

/** Goes on without nodes that let their time pass, whichever way the contract has for it. */
export async function goOnWithoutTheLate(
  { chain }: DutyContext,
  request: InferenceRequest,
  now: number,
): Promise<void> {
  const { contracts } = chain.deployment;
  const { requestId, replicas, deadline, duties, state, until } = request;
  if (state === "committed") {
    if (now > until) await chain.transact((signer) => closeReplicas(signer, contracts, requestId));
  } else if (now > deadline) {
    // A request with one replica is its requester's to take back then.
    if (replicas > 1) await chain.transact((signer) => closeReplicas(signer, contracts, requestId));
  } else if (duties.some((duty) => (duty.state === "assigned" || duty.state === "accepted") && now > duty.dueBy)) {
    await chain.transact((signer) => reassignRequest(signer, contracts, requestId));
  }
}
