import { expect } from "chai";

import { getChallenges, getDispute, getJury } from "../../offchain/chain/disputes.ts";
import { getRequest } from "../../offchain/chain/requests.ts";
import { ETHER } from "../../offchain/chain/types.ts";
import { answered, OTHER, receiptFor, result, RIGHT, type Told, UNAVAILABLE } from "./support/answers.ts";
import {
  challenge,
  conclude,
  DISPUTES,
  disputed,
  drawJury,
  postedBy,
  revealChallenge,
  revealVote,
  STATE_DIGEST,
  vote,
} from "./support/disputes.ts";
import {
  accepted,
  BOND,
  call,
  fullMarket,
  load,
  type Market,
  MISS,
  MODEL_FEE,
  NODE_FEE,
  owed,
  STAKE,
  TOTAL,
} from "./support/fixture.ts";
import { ethers } from "./support/network.ts";
import { bytes32 } from "./support/values.ts";

type Account = Market["user"];

const { challengeBond, challengerFee, jurorFee } = DISPUTES;
/** What everybody computes, a blob, and that it cannot be had. */
const BLOB = result("blob");
const WITHHELD: Told = { ...BLOB, kind: 4 };

const nodeOf = async (m: Market, { address }: Account) => {
  const { stake, locked } = (await m.registry.getFunction("nodeOf")(address)) as { stake: bigint; locked: bigint };
  return { stake, locked };
};
const WHOLE = { stake: STAKE, locked: 0n };
const burned = async (m: Market) => (await m.balances.getFunction("burnedOf")(ETHER)) as bigint;
const close = (m: Market, requestId: bigint, index: number) =>
  call(m.disputes, m.stranger, "closeChallenge", [requestId, index]);
const refusedBy = (contract: Market["hub"], promise: Promise<unknown>, error: string) =>
  expect(promise).to.be.revertedWithCustomError(contract, error);

/** A request whose node posted the digest of a blob. */
async function blobPosted(m: Market): Promise<{ requestId: bigint; node: Account }> {
  const { requestId, node } = await accepted(m);
  await call(m.hub, node, "post", [requestId, BLOB]);
  return { requestId, node };
}

/** Votes told, each with the state every honest juror finds. */
async function judged(m: Market, requestId: bigint, votes: readonly Told[]): Promise<readonly Account[]> {
  const jury = await drawJury(m, requestId);
  await vote(m, requestId, jury, votes);
  for (const [i, answer] of votes.entries()) {
    await revealVote(m, requestId, jury[i], answer, answer.kind === 3 ? undefined : STATE_DIGEST);
  }
  return jury;
}

/** The requester says that the result cannot be had, and the jury votes. */
async function complained(m: Market, requestId: bigint, votes: readonly Told[]): Promise<readonly Account[]> {
  await challenge(m, requestId, m.user, WITHHELD);
  await revealChallenge(m, requestId, m.user, 0, WITHHELD);
  return await judged(m, requestId, votes);
}

const concluded = (m: Market, requestId: bigint, answer: Told) => conclude(m, requestId, answer, "0x", STATE_DIGEST);

describe("Disputes: results that are withheld", () => {
  it("stand, and cost who posted them bond and fee", async () => {
    const m = await load(fullMarket);
    const { requestId, node } = await blobPosted(m);
    const jury = await complained(m, requestId, [WITHHELD, WITHHELD, WITHHELD]);
    expect((await getDispute(ethers.provider, m.contracts, requestId)).withheld).to.equal(
      await receiptFor(m, requestId, WITHHELD),
    );
    await expect(concluded(m, requestId, WITHHELD))
      .to.emit(m.hub, "Overruled")
      .withArgs(requestId, node.address, 0, BOND)
      .and.to.emit(m.hub, "Resolved")
      .withArgs(requestId, 3)
      .and.to.emit(m.disputes, "DisputeEnded")
      .withArgs(requestId, 3, true, BOND, BOND - jurorFee * 3n - challengerFee);
    expect(await nodeOf(m, node)).to.deep.equal({ stake: STAKE - BOND, locked: 0n });
    for (const juror of jury) {
      expect(await nodeOf(m, juror)).to.deep.equal(WHOLE);
      expect(await owed(m, juror.address)).to.equal(jurorFee);
    }
    expect(await burned(m)).to.equal(BOND - jurorFee * 3n - challengerFee);
    const { kind, size, digest } = BLOB;
    expect(await getRequest(ethers.provider, m.contracts, requestId)).to.deep.include({
      state: "posted",
      until: 0,
      result: { kind, size, digest },
    });
    await close(m, requestId, 0);
    expect(await owed(m, m.user.address)).to.equal(challengeBond + challengerFee);
    await call(m.hub, m.stranger, "settle", [requestId]);
    expect(await owed(m, m.user.address)).to.equal(challengeBond + challengerFee + NODE_FEE);
    expect(await owed(m, m.owner.address)).to.equal(MODEL_FEE);
    expect(await owed(m, node.address)).to.equal(0n);
    expect(await owed(m, m.contracts.disputes)).to.equal(0n);
  });

  it("that are served all the same cost the requester what the jury costs, and no more", async () => {
    const m = await load(fullMarket);
    const { requestId, node } = await blobPosted(m);
    const jury = await complained(m, requestId, [BLOB, BLOB, BLOB]);
    const rest = challengeBond - jurorFee * 3n;
    await expect(concluded(m, requestId, BLOB))
      .to.emit(m.disputes, "ChallengeClosed")
      .withArgs(requestId, m.user.address, 0, rest)
      .and.to.emit(m.disputes, "DisputeEnded")
      .withArgs(requestId, 0, true, 0, 0);
    expect(await owed(m, m.user.address)).to.equal(rest);
    for (const juror of jury) expect(await owed(m, juror.address)).to.equal(jurorFee);
    await refusedBy(m.disputes, close(m, requestId, 0), "Disputes_NotYourChallenge");
    await call(m.hub, m.stranger, "settle", [requestId]);
    expect(await owed(m, node.address)).to.equal(NODE_FEE);
    expect(await nodeOf(m, node)).to.deep.equal(WHOLE);
    expect(await owed(m, m.contracts.disputes)).to.equal(0n);
    expect(await burned(m)).to.equal(0n);
  });

  for (const [majority, minority] of [
    [BLOB, WITHHELD],
    [WITHHELD, BLOB],
  ] as const) {
    const name = majority === BLOB ? "served to two jurors and not to the third" : "served to one juror and not to two";
    it(`${name}: who worked and found otherwise is neither paid nor punished`, async () => {
      const m = await load(fullMarket);
      const { requestId } = await blobPosted(m);
      const jury = await complained(m, requestId, [majority, minority, majority]);
      await concluded(m, requestId, majority);
      for (const juror of jury) expect(await nodeOf(m, juror)).to.deep.equal(WHOLE);
      expect(await Promise.all(jury.map(({ address }) => owed(m, address)))).to.deep.equal([jurorFee, 0n, jurorFee]);
    });
  }

  it("do not excuse a juror that shows no work, or computes something else", async () => {
    const m = await load(fullMarket);
    for (const [told, state] of [
      [BLOB, bytes32("a guess")],
      [OTHER, STATE_DIGEST],
    ] as const) {
      const { requestId } = await blobPosted(m);
      await challenge(m, requestId, m.user, WITHHELD);
      await revealChallenge(m, requestId, m.user, 0, WITHHELD);
      const jury = await drawJury(m, requestId);
      await vote(m, requestId, jury, [WITHHELD, WITHHELD, told]);
      for (const juror of jury.slice(0, 2)) await revealVote(m, requestId, juror, WITHHELD, STATE_DIGEST);
      await revealVote(m, requestId, jury[2], told, state);
      await expect(concluded(m, requestId, WITHHELD))
        .to.emit(m.disputes, "JurorPunished")
        .withArgs(requestId, jury[2].address, 2, MISS);
    }
  });

  it("take the bonds of all who gave the answer, where several did", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await answered(m, [BLOB, BLOB, OTHER]);
    await complained(m, requestId, [WITHHELD, WITHHELD, WITHHELD]);
    await concluded(m, requestId, WITHHELD);
    await call(m.hub, m.stranger, "settle", [requestId]);
    const minority = (BOND * BigInt(m.parameters.minorityPenaltyBps)) / 10_000n;
    const lost = await Promise.all(seats.map(async (seat) => STAKE - (await nodeOf(m, seat)).stake));
    expect(lost).to.deep.equal([BOND, BOND, minority]);
    expect(await owed(m, m.user.address)).to.equal(NODE_FEE * 3n + challengerFee);
  });

  it("are refunded when the input cannot be had, either: nobody is to blame", async () => {
    const m = await load(fullMarket);
    const { requestId, node } = await blobPosted(m);
    await complained(m, requestId, [UNAVAILABLE, UNAVAILABLE, WITHHELD]);
    await conclude(m, requestId, UNAVAILABLE);
    await close(m, requestId, 0);
    expect(await owed(m, m.user.address)).to.equal(TOTAL + challengeBond);
    expect(await nodeOf(m, node)).to.deep.equal(WHOLE);
  });

  it("are named by the requester alone, as they stand, before the jury is drawn", async () => {
    const m = await load(fullMarket);
    const { requestId } = await blobPosted(m);
    const bigger: Told = { ...WITHHELD, size: BLOB.size + 1 };
    const another: Told = { ...WITHHELD, digest: OTHER.digest };
    const named: readonly (readonly [Account, Told, string])[] = [
      [m.stranger, WITHHELD, "Disputes_NotRequester"],
      [m.user, bigger, "Disputes_NothingChallenged"],
      [m.user, another, "Disputes_NothingChallenged"],
      [m.user, { ...WITHHELD, kind: 5 as 4 }, "Disputes_NothingChallenged"],
    ];
    for (const [index, [from, answer, error]] of named.entries()) {
      await challenge(m, requestId, from, answer);
      await refusedBy(m.disputes, revealChallenge(m, requestId, from, index, answer), error);
    }
    await challenge(m, requestId, m.user, WITHHELD);
    await challenge(m, requestId, m.stranger, OTHER);
    await revealChallenge(m, requestId, m.stranger, 5, OTHER);
    const jury = await drawJury(m, requestId);
    await refusedBy(m.disputes, revealChallenge(m, requestId, m.user, 4, WITHHELD), "Disputes_WrongPhase");
    await vote(m, requestId, jury, [BLOB, BLOB, BLOB]);
    for (const juror of jury) await revealVote(m, requestId, juror, BLOB, STATE_DIGEST);
    await concluded(m, requestId, BLOB);
    // It came too late to be looked into: its bond is the requester's again.
    await close(m, requestId, 4);
    expect(await owed(m, m.user.address)).to.equal(challengeBond);
  });

  it("are no results on chain, whose bytes everybody has", async () => {
    const m = await load(fullMarket);
    const { requestId } = await postedBy(m);
    const answer: Told = { ...RIGHT, kind: 4 };
    await challenge(m, requestId, m.user, answer);
    await refusedBy(m.disputes, revealChallenge(m, requestId, m.user, 0, answer), "Disputes_NothingChallenged");
  });

  it("cannot be found where the requester did not say so", async () => {
    const m = await load(fullMarket);
    const first = await blobPosted(m);
    await challenge(m, first.requestId, m.stranger, OTHER);
    await revealChallenge(m, first.requestId, m.stranger, 0, OTHER);
    await judged(m, first.requestId, [WITHHELD, WITHHELD, WITHHELD]);
    await refusedBy(m.hub, concluded(m, first.requestId, WITHHELD), "InferenceHub_BadResult");
    const { requestId } = await blobPosted(m);
    await challenge(m, requestId, m.stranger, OTHER);
    await revealChallenge(m, requestId, m.stranger, 0, OTHER);
    const jury = await judged(m, requestId, [BLOB, BLOB, WITHHELD]);
    await expect(concluded(m, requestId, BLOB))
      .to.emit(m.disputes, "JurorPunished")
      .withArgs(requestId, jury[2].address, 2, MISS);
  });

  for (const [right, votes] of [
    [BLOB, [BLOB, BLOB, WITHHELD]],
    [OTHER, [OTHER, OTHER, WITHHELD]],
  ] as const) {
    it(`cost the requester nothing in a dispute another began, when the jury finds the answer ${right === BLOB ? "served" : "wrong"}`, async () => {
      const m = await load(fullMarket);
      const { requestId } = await blobPosted(m);
      await challenge(m, requestId, m.stranger, OTHER);
      await challenge(m, requestId, m.user, WITHHELD);
      await revealChallenge(m, requestId, m.stranger, 0, OTHER);
      await revealChallenge(m, requestId, m.user, 1, WITHHELD);
      const jury = await judged(m, requestId, votes);
      await concluded(m, requestId, right);
      // Who found a wrong answer withheld did not compute it.
      expect((await nodeOf(m, jury[2])).stake).to.equal(right === BLOB ? STAKE : STAKE - MISS);
      await expect(close(m, requestId, 1))
        .to.emit(m.disputes, "ChallengeClosed")
        .withArgs(requestId, m.user.address, 1, challengeBond);
      expect(await owed(m, m.user.address)).to.equal(challengeBond);
      expect(await burned(m)).to.equal(
        right === BLOB ? challengeBond - jurorFee * 2n : BOND - jurorFee * 2n - challengerFee + MISS,
      );
    });
  }

  it("leave the bond with the requester when the jury does not agree", async () => {
    const m = await load(fullMarket);
    const { requestId } = await blobPosted(m);
    await disputed(m, requestId, m.user, WITHHELD, [BLOB, WITHHELD, UNAVAILABLE]);
    await refusedBy(m.disputes, concluded(m, requestId, WITHHELD), "Disputes_NoMajority");
    const [dispute] = await getJury(ethers.provider, m.contracts, requestId);
    expect(dispute.state).to.equal("revealed");
    const { due } = await getDispute(ethers.provider, m.contracts, requestId);
    await ethers.provider.send("evm_setNextBlockTimestamp", [due + DISPUTES.verdictWindow + 1]);
    await call(m.disputes, m.stranger, "abandon", [requestId]);
    await close(m, requestId, 0);
    expect(await owed(m, m.user.address)).to.equal(challengeBond);
    const [closed] = await getChallenges(ethers.provider, m.contracts, requestId);
    expect(closed).to.include({ revealed: true, closed: true });
  });
});
