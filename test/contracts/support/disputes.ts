import { workDigest } from "../../../offchain/chain/bindings.ts";
import { getDispute, getJury } from "../../../offchain/chain/disputes.ts";
import type { Hex } from "../../../offchain/chain/types.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/deploy/parameters.ts";
import { commitmentFor, NOTHING, SALT, type Told } from "./answers.ts";
import { call, inline, type Market, request, assign, bindingOf } from "./fixture.ts";
import { ethers, networkHelpers } from "./network.ts";
import { bytes32 } from "./values.ts";

type Account = Market["user"];

export const DISPUTES = LOCAL_PARAMETERS.disputes;
/** The digest of the evaluation's state that honest jurors find. */
export const STATE_DIGEST = bytes32("state after the drawn step");

/** A request with one replica whose node posted this inline result. */
export async function postedBy(m: Market, size = 64): Promise<{ requestId: bigint; node: Account }> {
  const requestId = await request(m);
  const node = await assign(m, requestId);
  await call(m.hub, node, "accept", [requestId, await bindingOf(m, requestId)]);
  await call(m.hub, node, "post", [requestId, inline(size)]);
  return { requestId, node };
}

/** Somebody commits to a challenge. */
export async function challenge(m: Market, requestId: bigint, from: Account, answer: Told): Promise<void> {
  const commitment = await commitmentFor(m, requestId, answer, from.address);
  await call(m.disputes, from, "challenge", [requestId, commitment], DISPUTES.challengeBond);
}

/** Somebody reveals challenge `index`. */
export async function revealChallenge(
  m: Market,
  requestId: bigint,
  from: Account,
  index: number,
  { kind, size, digest }: Told,
) {
  return await call(m.disputes, from, "revealChallenge", [requestId, index, kind, size, digest, SALT]);
}

/** Draws the jury; its members, by seat. */
export async function drawJury(m: Market, requestId: bigint): Promise<readonly Account[]> {
  await networkHelpers.mine(2);
  await call(m.disputes, m.stranger, "drawJury", [requestId]);
  const jury = await getJury(ethers.provider, m.contracts, requestId);
  return jury.map(({ node }) => m.nodes.find(({ address }) => address === node)!);
}

/** Jurors commit, each to its answer. */
export async function vote(
  m: Market,
  requestId: bigint,
  jury: readonly Account[],
  answers: readonly Told[],
): Promise<void> {
  for (const [i, answer] of answers.entries()) {
    const commitment = await commitmentFor(m, requestId, answer, jury[i].address);
    await call(m.disputes, jury[i], "commitVote", [requestId, commitment]);
  }
  await networkHelpers.mine(2);
}

/** A juror reveals, with a state digest. */
export async function revealVote(
  m: Market,
  requestId: bigint,
  juror: Account,
  { kind, size, digest }: Told,
  state: Hex = kind > 1 ? NOTHING : STATE_DIGEST,
) {
  const work = workDigest(state, juror.address as Hex);
  return await call(m.disputes, juror, "revealVote", [requestId, kind, size, digest, work, SALT]);
}

/** Carries out a verdict. */
export async function conclude(
  m: Market,
  requestId: bigint,
  answer: Told,
  data = answer.data,
  state: Hex = answer.kind > 1 ? NOTHING : STATE_DIGEST,
) {
  return await call(m.disputes, m.stranger, "conclude", [requestId, { ...answer, data }, state]);
}

/** A dispute from the challenge to the last vote told; the jury votes so. */
export async function disputed(
  m: Market,
  requestId: bigint,
  challenger: Account,
  named: Told,
  votes: readonly Told[],
): Promise<readonly Account[]> {
  await challenge(m, requestId, challenger, named);
  await revealChallenge(m, requestId, challenger, 0, named);
  const jury = await drawJury(m, requestId);
  await vote(m, requestId, jury, votes);
  for (const [i, answer] of votes.entries()) await revealVote(m, requestId, jury[i], answer);
  return jury;
}

/** The phase of a request's dispute. */
export async function phaseOf(m: Market, requestId: bigint): Promise<string> {
  return (await getDispute(ethers.provider, m.contracts, requestId)).phase;
}
