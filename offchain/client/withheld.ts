/**
 * A result that is on chain by its digest alone and that nobody serves: the requester says so, and a jury looks. All of it rests on bytes that could not
 * be fetched; nothing was decrypted, and nothing depends on a decrypted value.
 */
import { answerCommitment, receiptDigest } from "../chain/bindings.ts";
import {
  type Challenge,
  challengeAnswer,
  closeChallenge,
  getChallenges,
  getDispute,
  getDisputeParameters,
  revealChallenge,
} from "../chain/disputes.ts";
import type { Answer, Deployment, Hex, InferenceRequest } from "../chain/types.ts";
import { bytes32, ZERO_HASH } from "../digest/hex.ts";
import { BlobUnavailableError, StorageError } from "../storage/errors.ts";
import { servingNodes } from "./catalogue.ts";
import { endpointsOf, resultEndpoints, storeAt } from "./endpoints.ts";
import { notPossible, resultServed } from "./errors.ts";
import { ownRequest, signerOf } from "./request-actions.ts";
import type { ClientContext } from "./types.ts";

/** There is nothing to hide in it: the request says what is withheld, and only its maker can say that it is. So a client that was stopped goes on. */
const SALT = ZERO_HASH;

/** Most that is fetched to see whether there is something to complain about, bytes; results of batches are a few hundred kilobytes. */
const MAX_BYTES = 2 ** 28;

/** What can be done about a result whose bytes may be withheld. */
export interface ComplaintStanding {
  /** `possible`: it can be said that nobody serves it. `judging`: it was said, and a jury looks. `returning`: the jury has looked; what comes back of the bond can be fetched. */
  readonly state: "possible" | "judging" | "returning";
  /** What is laid down, wei. */
  readonly bond: bigint;
  /** What the jury costs if it finds the result served, wei. */
  readonly atRisk: bigint;
}

type ComplaintContext = Pick<ClientContext, "provider" | "deployment" | "wallet" | "endpoints">;

/** How a complaint stands. */
export interface Complaint {
  /** `judging`: a jury looks. `ended`: it has looked, and the bond is dealt with. */
  readonly state: "judging" | "ended";
  /** What is laid down for it, wei. */
  readonly bond: bigint;
  /** What the jury costs if it finds the result served, wei: the most that can be lost. */
  readonly atRisk: bigint;
  /** Once it has ended: whether the jury found the result withheld. */
  readonly withheld?: boolean;
}

/**
 * How an account's complaint about a request's result stands, without trying whether it is served.
 *
 * @param account who made the request
 * @param now time of the newest block, unix seconds
 * @returns undefined where there is nothing to complain about, or no time left to
 * @throws ContractError; ChainError
 */
export async function complaintStanding(
  { provider, deployment }: Pick<ComplaintContext, "provider" | "deployment">,
  request: InferenceRequest,
  account: Hex,
  now: number,
): Promise<ComplaintStanding | undefined> {
  const { contracts } = deployment;
  const { requestId, state, result, until } = request;
  if (result?.kind !== 1) return undefined;
  const dispute = await getDispute(provider, contracts, requestId);
  if (dispute.phase === "none" && (state !== "posted" || now > until)) return undefined;
  const { challengeBond, jurorFee, jurySize } = await getDisputeParameters(provider, contracts);
  const amounts = { bond: challengeBond, atRisk: jurorFee * BigInt(jurySize) };
  if (dispute.phase === "none") return { state: "possible", ...amounts };
  const complaint = await ownComplaint({ provider, deployment }, request, account);
  if (dispute.phase === "ended")
    return complaint !== undefined && !complaint.closed ? { state: "returning", ...amounts } : undefined;
  if (complaint?.revealed) return { state: "judging", ...amounts };
  return dispute.phase === "drawing" ? { state: "possible", ...amounts } : undefined;
}

/** The receipt that says of a result that it is withheld, and what an account lays down first in its place. */
function namesOf({ chainId, contracts }: Deployment, { binding, result }: InferenceRequest, account: Hex) {
  const answer: Answer = { kind: 4, size: result!.size, digest: result!.digest };
  const receipt = receiptDigest(chainId, contracts.hub, binding, answer);
  return { answer, receipt, commitment: answerCommitment(receipt, SALT, account) };
}

/** The account's own complaint about a result that is a blob, with its number among the challenges. */
async function ownComplaint(
  { provider, deployment }: Pick<ComplaintContext, "provider" | "deployment">,
  request: InferenceRequest,
  account: Hex,
): Promise<(Challenge & { readonly index: bigint }) | undefined> {
  const { receipt, commitment } = namesOf(deployment, request, account);
  const challenges = await getChallenges(provider, deployment.contracts, request.requestId);
  const index = challenges.findIndex((one) => one.answer === receipt || one.answer === commitment);
  return index < 0 ? undefined : { ...challenges[index], index: BigInt(index) };
}

/**
 * Says on chain that a request's result cannot be had, or goes on with saying so; after the jury's verdict gets the bond back into the balance at
 * Cloakwork. May be called again at any time.
 *
 * @throws ClientError `NOT_POSSIBLE_NOW`, `NOT_YOUR_REQUEST`, `RESULT_SERVED` when the bytes can be fetched after all; ContractError; ChainError; the
 *   signal's reason when aborted
 */
export async function complain(
  context: ComplaintContext,
  requestId: bigint,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Complaint> {
  const { provider, deployment, wallet } = context;
  const { contracts } = deployment;
  const request = await ownRequest(context, requestId);
  const { state, result } = request;
  const { challengeBond, jurorFee, jurySize } = await getDisputeParameters(provider, contracts);
  const amounts = { bond: challengeBond, atRisk: jurorFee * BigInt(jurySize) };
  if (result?.kind !== 1)
    throw notPossible(requestId, "complained about", state, "Only a result that is a blob can be withheld.");
  const { answer, commitment } = namesOf(deployment, request, wallet.address);
  const own = () => ownComplaint(context, request, wallet.address);
  const signer = signerOf(context);
  let complaint = await own();
  const dispute = await getDispute(provider, contracts, requestId);
  if (dispute.phase === "ended") {
    if (!complaint) throw notPossible(requestId, "complained about", state, "A jury has looked at it already.");
    if (!complaint.closed) await (await closeChallenge(signer, contracts, requestId, complaint.index)).wait();
    return { state: "ended", ...amounts, withheld: dispute.decided && dispute.right === dispute.withheld };
  }
  if (!complaint?.revealed) {
    if (state !== "posted" && dispute.phase !== "drawing")
      throw notPossible(
        requestId,
        "complained about",
        state,
        dispute.phase === "none"
          ? "It can be while it is posted, until its challenge window ends."
          : "A jury computes it again and serves it: wait for its verdict.",
      );
    await refuseIfServed(context, request, signal);
    if (!complaint) {
      await (await challengeAnswer(signer, contracts, requestId, commitment, challengeBond)).wait();
      complaint = await own();
    }
    signal?.throwIfAborted();
    await (await revealChallenge(signer, contracts, requestId, complaint!.index, answer, SALT)).wait();
  }
  return { state: "judging", ...amounts };
}

/** Looks once more wherever the result may be. */
async function refuseIfServed(
  context: ComplaintContext,
  request: InferenceRequest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { requestId, modelId, version } = request;
  const { digest, size } = request.result!;
  const nodes = await servingNodes(context, modelId, version);
  const serving = nodes.map(({ endpoint }) => endpoint);
  const endpoints = [...new Set([...(await resultEndpoints(context, request)), ...endpointsOf(context, serving)])];
  try {
    await storeAt(endpoints, "the result").get(bytes32(digest), {
      maxBytes: Math.min(size, MAX_BYTES),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (error instanceof BlobUnavailableError || error instanceof StorageError) return;
    throw error;
  }
  throw resultServed(requestId);
}
