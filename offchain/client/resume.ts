/** Carries a request on from wherever it stands, after a reload, a crash or right after it was paid. */
import { bytes32 } from "../digest/hex.ts";
import { CloakworkError } from "../errors.ts";
import { answerOf } from "./answer.ts";
import { resultEndpoints } from "./endpoints.ts";
import { requestNotSent, requestReverted } from "./errors.ts";
import { followRequest, pollInterval, type Posted } from "./follow-request.ts";
import { locateRequest, type Location } from "./locate-request.ts";
import { settle } from "./request-actions.ts";
import { answerForm } from "./plan-ends.ts";
import { planOfRequest, type LoadedPlan } from "./request-plan.ts";
import { openResult, resultBytes } from "./result.ts";
import { stepTeller, type StepTeller } from "./steps.ts";
import type { ClientContext, FollowOptions, Inference, Problem } from "./types.ts";
import type { StoredRequest } from "./vault/contents.ts";
import { wait } from "./wait.ts";

/** How long a transaction nobody knows may take to show up, milliseconds. */
const LOST_AFTER = 15_000;

type Mined = Extract<Location, { state: "mined" }>;

/**
 * Waits for the result of a request of the vault, opens it, and settles it unless told not to.
 *
 * @param stored from the vault, see `ownRequests` and `findRequest`
 * @throws ClientError `REQUEST_NOT_SENT`, `REQUEST_REVERTED`, `REQUEST_OVERDUE`, `REQUEST_REFUNDED`, `REQUEST_REJECTED`, `RESULT_DAMAGED`,
 *   `RESULT_UNAVAILABLE`; CompactResultError, BatchResultError; what `planOfRequest` throws; the signal's reason when aborted, after which it can be called again
 */
export async function resumeRequest(
  context: ClientContext,
  stored: StoredRequest,
  options: FollowOptions = {},
): Promise<Inference> {
  const steps = stepTeller(options.onEvent, options.signal);
  const mined = await waitUntilMined(context, stored, options, steps);
  tellSent(steps, stored, mined);
  const posted = await follow(context, mined, options);
  const loaded = await steps.during("decrypted", () => planOfRequest(context, stored, options.signal));
  return openAndSettle(context, stored, posted, loaded, options, steps);
}

/**
 * The same for a request whose first steps were told just now and whose plan is at hand.
 *
 * @throws as `resumeRequest`
 */
export async function carryOn(
  context: ClientContext,
  stored: StoredRequest,
  loaded: LoadedPlan,
  options: FollowOptions,
): Promise<Inference> {
  const steps = stepTeller(options.onEvent, options.signal);
  const mined = await waitUntilMined(context, stored, options, steps);
  const posted = await follow(context, mined, options);
  return openAndSettle(context, stored, posted, loaded, options, steps);
}

/** Finds the request on chain and remembers its number. */
async function waitUntilMined(
  context: ClientContext,
  stored: StoredRequest,
  { signal, pollMs = pollInterval(context.deployment.chainId) }: FollowOptions,
  steps: StepTeller,
): Promise<Mined> {
  return steps.during("pay", async () => {
    for (let missingSince: number | undefined; ;) {
      signal?.throwIfAborted();
      const location = await locateRequest(context, stored, context.wallet.address);
      if (location.state === "mined") {
        await remember(context, stored, location);
        return location;
      }
      if (location.state === "reverted") throw requestReverted(location.hash);
      if (location.state === "missing") {
        missingSince ??= Date.now();
        if (stored.transaction === undefined || Date.now() - missingSince > LOST_AFTER) throw requestNotSent();
      }
      await wait(pollMs, signal);
    }
  });
}

async function remember({ vault }: ClientContext, stored: StoredRequest, { event }: Mined): Promise<void> {
  const requestId = event.requestId.toString();
  const transaction = bytes32(event.transactionHash);
  const { requests } = await vault.contents();
  const known = requests.find(({ inputRoot }) => inputRoot === stored.inputRoot);
  if (known?.requestId === requestId && known.transaction === transaction) return;
  await vault.putRequest({ ...stored, requestId, transaction, fromBlock: event.blockNumber });
}

/** The steps before the chain, told again after a reload: the vault knows that they were done, and when. */
function tellSent({ tell }: StepTeller, stored: StoredRequest, { event }: Mined): void {
  const at = Date.parse(stored.createdAt);
  const { inputBlobRoot: digest, inputSize: bytes } = event.binding;
  const endpoint = event.inputUri === "" ? {} : { endpoint: event.inputUri };
  tell("encrypt", "done", "Encrypted on this device.", { at, bytes, digest });
  tell("upload", "done", "The encrypted input is uploaded.", { at, bytes, digest, ...endpoint });
}

function follow(context: ClientContext, { event }: Mined, options: FollowOptions): Promise<Posted> {
  const { signal, pollMs, onEvent } = options;
  return followRequest(context, event.requestId, event.blockNumber, { signal, pollMs, onEvent });
}

async function openAndSettle(
  context: ClientContext,
  stored: StoredRequest,
  { request, event, result: posted, sight }: Posted,
  { plan, endpoints }: LoadedPlan,
  { signal, onAnswer, settle: wanted = true }: FollowOptions,
  steps: StepTeller,
): Promise<Inference> {
  const { requestId } = request;
  steps.tell("decrypted", "active", "Decrypting on this device.");
  const { answers, bytes } = await steps.during("decrypted", async () => {
    const holders = await resultEndpoints(context, request);
    const result = await resultBytes(requestId, posted, request.result!, plan, {
      endpoints: [...new Set([...holders, ...endpoints])],
      signal,
      onProgress: (progress) => {
        steps.tell("decrypted", "active", "Fetching the encrypted result.", { progress });
      },
    });
    const opened = await openResult(context, plan, stored, requestId, result);
    const form = answerForm(plan.plan);
    return { answers: opened.map((values) => answerOf(form, values)), bytes: result.length };
  });
  const [answer] = answers;
  steps.tell("decrypted", "done", "Decrypted; only this device has seen it.", { bytes });
  onAnswer?.(answer);
  const settlement = await settleIf(context, request.state, requestId, wanted);
  const requested = sight.events.find(({ type }) => type === "requested")!;
  return {
    requestId,
    transaction: requested.transactionHash,
    answer,
    answers,
    bytes: { input: stored.inputBytes, result: bytes },
    gas: {
      request: sight.gas.get(requested.transactionHash),
      post: sight.gas.get(event.transactionHash),
      settle: settlement.gas,
    },
    settled: settlement.settled,
    settleProblem: settlement.problem,
  };
}

interface Settlement {
  readonly settled: boolean;
  readonly gas: bigint | undefined;
  readonly problem: Problem | undefined;
}

/** The answer is there and stays good when paying fails, so a failure is reported, not thrown. */
async function settleIf(
  context: ClientContext,
  state: Posted["request"]["state"],
  requestId: bigint,
  wanted: boolean,
): Promise<Settlement> {
  const settled = state === "settled";
  if (settled || !wanted || state !== "posted") return { settled, gas: undefined, problem: undefined };
  try {
    return { settled: true, gas: (await settle(context, requestId)).gasUsed, problem: undefined };
  } catch (error) {
    if (!(error instanceof CloakworkError)) throw error;
    const { code, message, next } = error;
    return { settled: false, gas: undefined, problem: { code, message, next } };
  }
}
