import { expect } from "chai";

import { getChallenges, getDispute, getJury, getSeed } from "../../offchain/chain/disputes.ts";
import { getRequestEvents } from "../../offchain/chain/request-events.ts";
import { getRequest } from "../../offchain/chain/requests.ts";
import { getServingNodes } from "../../offchain/chain/access.ts";
import { ETHER, type Hex } from "../../offchain/chain/types.ts";
import {
  answered,
  commitAll,
  commitmentFor,
  drawn,
  OTHER,
  receiptFor,
  rejection,
  reveal,
  RIGHT,
  SALT,
  UNAVAILABLE,
  WRONG,
} from "./support/answers.ts";
import {
  challenge,
  conclude,
  disputed,
  DISPUTES,
  drawJury,
  phaseOf,
  postedBy,
  revealChallenge,
  revealVote,
  vote,
} from "./support/disputes.ts";
import {
  accepted,
  assign,
  AUDIT_FEE,
  bindingOf,
  BOND,
  call,
  forgetfulMarket,
  fullMarket,
  inline,
  load,
  market,
  type Market,
  MISS,
  MODEL_FEE,
  NODE_FEE,
  owed,
  request,
  STAKE,
  STATE,
  stateOf,
  TOTAL,
} from "./support/fixture.ts";
import { ethers, networkHelpers } from "./support/network.ts";
import { bytes32 } from "./support/values.ts";

const { challengeBond, challengerFee, jurorFee } = DISPUTES;

const nodeOf = async (m: Market, node: string) => {
  const { stake, locked } = (await m.registry.getFunction("nodeOf")(node)) as { stake: bigint; locked: bigint };
  return { stake, locked };
};
const burned = async (m: Market) => (await m.balances.getFunction("burnedOf")(ETHER)) as bigint;
const refusedBy = (contract: Market["hub"], promise: Promise<unknown>, error: string) =>
  expect(promise).to.be.revertedWithCustomError(contract, error);

/** A request whose node posted another result than everybody else computes. */
async function lied(m: Market) {
  const { requestId, node } = await accepted(m);
  await call(m.hub, node, "post", [requestId, WRONG]);
  return { requestId, node };
}

describe("Disputes: challenges", () => {
  it("hold the answer until their time to reveal is over", async () => {
    const m = await load(fullMarket);
    const { requestId } = await postedBy(m);
    const { until } = await getRequest(ethers.provider, m.contracts, requestId);
    await challenge(m, requestId, m.stranger, WRONG);
    const held = await getRequest(ethers.provider, m.contracts, requestId);
    expect(held.until).to.equal(until + DISPUTES.challengerWindow);
    await refusedBy(m.hub, call(m.hub, m.user, "settle", [requestId]), "InferenceHub_TooEarly");
    // A second one holds no longer.
    await challenge(m, requestId, m.owner, WRONG);
    expect((await getRequest(ethers.provider, m.contracts, requestId)).until).to.equal(held.until);
    await networkHelpers.time.increaseTo(until + 1);
    await refusedBy(m.hub, challenge(m, requestId, m.stranger, OTHER), "InferenceHub_TooLate");
    await networkHelpers.time.increaseTo(held.until + 1);
    await refusedBy(m.disputes, revealChallenge(m, requestId, m.stranger, 0, WRONG), "Disputes_TooLate");
    await call(m.hub, m.stranger, "settle", [requestId]);
    await expect(call(m.disputes, m.user, "closeChallenge", [requestId, 0]))
      .to.emit(m.disputes, "ChallengeClosed")
      .withArgs(requestId, m.stranger.address, 0, 0);
    expect(await burned(m)).to.equal(challengeBond);
    expect(await owed(m, m.stranger.address)).to.equal(0n);
  });

  it("revert given another bond, or a request without an answer", async () => {
    const m = await load(fullMarket);
    const { requestId } = await postedBy(m);
    await expect(call(m.disputes, m.stranger, "challenge", [requestId, SALT], 1n))
      .to.be.revertedWithCustomError(m.disputes, "Disputes_WrongBond")
      .withArgs(1n, challengeBond);
    const open = await request(m);
    const commit = call(m.disputes, m.stranger, "challenge", [open, SALT], challengeBond);
    await refusedBy(m.hub, commit, "InferenceHub_WrongState");
    await networkHelpers.time.increase(m.parameters.challengeWindow + 1);
    const late = call(m.disputes, m.stranger, "challenge", [requestId, SALT], challengeBond);
    await refusedBy(m.hub, late, "InferenceHub_TooLate");
  });

  it("are revealed by who committed to them, as committed, once", async () => {
    const m = await load(fullMarket);
    const { requestId } = await postedBy(m);
    await challenge(m, requestId, m.stranger, WRONG);
    const refused = (from: Market["user"], index: number, answer: typeof WRONG, error: string) =>
      refusedBy(m.disputes, revealChallenge(m, requestId, from, index, answer), error);
    await refused(m.owner, 0, WRONG, "Disputes_NotYourChallenge");
    await refused(m.stranger, 1, WRONG, "Disputes_NotYourChallenge");
    await refused(m.stranger, 0, OTHER, "Disputes_WrongReveal");
    await revealChallenge(m, requestId, m.stranger, 0, WRONG);
    await refused(m.stranger, 0, WRONG, "Disputes_NotYourChallenge");
    expect(await stateOf(m, requestId)).to.equal(STATE.challenged);
    const more = call(m.disputes, m.owner, "challenge", [requestId, SALT], challengeBond);
    await refusedBy(m.disputes, more, "Disputes_WrongPhase");
  });

  it("do not name the answer in dispute, or none", async () => {
    const m = await load(fullMarket);
    const { requestId } = await postedBy(m);
    await challenge(m, requestId, m.stranger, RIGHT);
    await challenge(m, requestId, m.stranger, UNAVAILABLE);
    for (const [i, answer] of [RIGHT, UNAVAILABLE].entries()) {
      await refusedBy(m.disputes, revealChallenge(m, requestId, m.stranger, i, answer), "Disputes_NothingChallenged");
    }
  });

  it("cannot be stolen by who sees them revealed: the first to commit is paid", async () => {
    const m = await load(fullMarket);
    const { requestId } = await lied(m);
    await challenge(m, requestId, m.stranger, RIGHT);
    // The thief sees the reveal on its way, commits to the same and is in the chain first.
    await challenge(m, requestId, m.owner, RIGHT);
    await revealChallenge(m, requestId, m.owner, 1, RIGHT);
    await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
    const jury = await drawJury(m, requestId);
    await vote(m, requestId, jury, [RIGHT, RIGHT, RIGHT]);
    await refusedBy(m.disputes, revealChallenge(m, requestId, m.user, 0, RIGHT), "Disputes_WrongPhase");
    for (const juror of jury) await revealVote(m, requestId, juror, RIGHT);
    await conclude(m, requestId, RIGHT);
    expect(await owed(m, m.stranger.address)).to.equal(challengerFee);
    expect(await owed(m, m.owner.address)).to.equal(0n);
    for (const index of [0, 1]) await call(m.disputes, m.user, "closeChallenge", [requestId, index]);
    expect(await owed(m, m.stranger.address)).to.equal(challengerFee + challengeBond);
    expect(await owed(m, m.owner.address)).to.equal(challengeBond);
    expect(await owed(m, m.contracts.disputes)).to.equal(0n);
  });

  it("are closed once, when they can be", async () => {
    const m = await load(fullMarket);
    const { requestId } = await lied(m);
    await challenge(m, requestId, m.stranger, RIGHT);
    await challenge(m, requestId, m.owner, OTHER);
    await challenge(m, requestId, m.user, RIGHT);
    const close = (index: number) => call(m.disputes, m.user, "closeChallenge", [requestId, index]);
    await refusedBy(m.disputes, close(0), "Disputes_TooEarly");
    await refusedBy(m.disputes, close(3), "Disputes_NotYourChallenge");
    await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
    await revealChallenge(m, requestId, m.owner, 1, OTHER);
    await refusedBy(m.disputes, close(0), "Disputes_WrongPhase");
    const named = await Promise.all([RIGHT, OTHER].map((answer) => receiptFor(m, requestId, answer)));
    const challenges = await getChallenges(ethers.provider, m.contracts, requestId);
    expect(challenges.map(({ challenger }) => challenger)).to.deep.equal(
      [m.stranger, m.owner, m.user].map(({ address }) => address),
    );
    expect(challenges.map(({ revealed }) => revealed)).to.deep.equal([true, true, false]);
    expect(challenges.slice(0, 2).map(({ answer }) => answer)).to.deep.equal(named);
    const jury = await drawJury(m, requestId);
    await vote(m, requestId, jury, [RIGHT, RIGHT, RIGHT]);
    for (const juror of jury) await revealVote(m, requestId, juror, RIGHT);
    await conclude(m, requestId, RIGHT);
    const before = await burned(m);
    for (const index of [0, 1, 2]) await close(index);
    await refusedBy(m.disputes, close(0), "Disputes_NotYourChallenge");
    expect(await owed(m, m.stranger.address)).to.equal(challengerFee + challengeBond);
    expect(await burned(m)).to.equal(before + challengeBond);
    // The third was not needed: it is paid back.
    expect(await owed(m, m.user.address)).to.equal(challengeBond);
  });
});

describe("Disputes: verdicts", () => {
  it("replace a wrong result, take its node's bond, pay the jury and burn the rest", async () => {
    const m = await load(fullMarket);
    const { requestId, node } = await lied(m);
    const jury = await disputed(m, requestId, m.stranger, RIGHT, [RIGHT, RIGHT, RIGHT]);
    for (const { address } of jury) expect((await nodeOf(m, address)).locked).to.equal(BOND);
    await expect(conclude(m, requestId, RIGHT))
      .to.emit(m.hub, "Overruled")
      .withArgs(requestId, node.address, 0, BOND)
      .and.to.emit(m.disputes, "DisputeEnded")
      .withArgs(requestId, 1, true, BOND, BOND - jurorFee * 3n - challengerFee);
    expect(await burned(m)).to.equal(BOND - jurorFee * 3n - challengerFee);
    const states = (await getJury(ethers.provider, m.contracts, requestId)).map(({ state }) => state);
    expect(states).to.deep.equal(["released", "released", "released"]);
    expect(await nodeOf(m, node.address)).to.deep.equal({ stake: STAKE - BOND, locked: 0n });
    for (const { address } of jury) {
      expect(await nodeOf(m, address)).to.deep.equal({ stake: STAKE, locked: 0n });
      expect(await owed(m, address)).to.equal(jurorFee);
    }
    const r = await getRequest(ethers.provider, m.contracts, requestId);
    expect(r).to.deep.include({ state: "posted", until: 0, result: { kind: 0, size: 64, digest: RIGHT.digest } });
    const answers = (await getRequestEvents(ethers.provider, m.contracts.hub, requestId, 0)).filter(
      ({ type }) => type === "posted" || type === "rejected",
    );
    expect(answers.map(({ type }) => type)).to.deep.equal(["posted", "posted"]);
    await call(m.hub, m.stranger, "settle", [requestId]);
    expect(await owed(m, m.user.address)).to.equal(NODE_FEE);
    expect(await owed(m, m.owner.address)).to.equal(MODEL_FEE);
    expect(await owed(m, node.address)).to.equal(0n);
  });

  it("let a right result stand, at the cost of who challenged it", async () => {
    const m = await load(fullMarket);
    const { requestId, node } = await postedBy(m);
    const jury = await disputed(m, requestId, m.stranger, WRONG, [RIGHT, RIGHT, RIGHT]);
    await expect(conclude(m, requestId, RIGHT, "0x"))
      .to.emit(m.hub, "Resolved")
      .withArgs(requestId, 0);
    expect(await burned(m)).to.equal(challengeBond - jurorFee * 3n);
    for (const { address } of jury) expect(await owed(m, address)).to.equal(jurorFee);
    await refusedBy(
      m.disputes,
      call(m.disputes, m.user, "closeChallenge", [requestId, 0]),
      "Disputes_NotYourChallenge",
    );
    await call(m.hub, m.stranger, "settle", [requestId]);
    expect(await owed(m, node.address)).to.equal(NODE_FEE);
    expect(await nodeOf(m, node.address)).to.deep.equal({ stake: STAKE, locked: 0n });
    expect(await owed(m, m.contracts.disputes)).to.equal(0n);
  });

  it("turn a result into a rejection and a rejection into a result", async () => {
    const m = await load(fullMarket);
    const first = await lied(m);
    await disputed(m, first.requestId, m.stranger, rejection(5), [rejection(5), rejection(5), rejection(5)]);
    await conclude(m, first.requestId, rejection(5));
    expect(await getRequest(ethers.provider, m.contracts, first.requestId)).to.include({
      state: "rejected",
      rejectCode: 5,
      result: undefined,
    });
    await call(m.hub, m.stranger, "refund", [first.requestId]);
    expect(await owed(m, m.user.address)).to.equal(TOTAL);

    const requestId = await request(m);
    const node = await assign(m, requestId);
    await call(m.hub, node, "reject", [requestId, await bindingOf(m, requestId), 3]);
    await disputed(m, requestId, m.stranger, RIGHT, [RIGHT, RIGHT, RIGHT]);
    await conclude(m, requestId, RIGHT);
    expect(await getRequest(ethers.provider, m.contracts, requestId)).to.include({ state: "posted", rejectCode: 0 });
    await call(m.hub, m.stranger, "settle", [requestId]);
    expect(await owed(m, m.user.address)).to.equal(TOTAL + NODE_FEE);
  });

  it("refund without blame when the input cannot be had", async () => {
    const m = await load(fullMarket);
    const { requestId, node } = await lied(m);
    const jury = await disputed(m, requestId, m.stranger, RIGHT, [UNAVAILABLE, UNAVAILABLE, RIGHT]);
    await expect(conclude(m, requestId, UNAVAILABLE))
      .to.emit(m.hub, "Refunded")
      .withArgs(requestId, TOTAL, 4);
    for (const { address } of [node, ...jury]) {
      expect(await nodeOf(m, address)).to.deep.equal({ stake: STAKE, locked: 0n });
    }
    await call(m.disputes, m.user, "closeChallenge", [requestId, 0]);
    expect(await owed(m, m.stranger.address)).to.equal(challengeBond);
    expect(await burned(m)).to.equal(0n);
  });

  it("punish jurors who were silent, voted otherwise or copied, not those who could not get the input", async () => {
    const m = await load(fullMarket);
    const { requestId } = await lied(m);
    await challenge(m, requestId, m.stranger, RIGHT);
    await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
    const jury = await drawJury(m, requestId);
    await vote(m, requestId, jury, [RIGHT, RIGHT, UNAVAILABLE]);
    for (const [i, answer] of [RIGHT, RIGHT, UNAVAILABLE].entries()) await revealVote(m, requestId, jury[i], answer);
    await conclude(m, requestId, RIGHT);
    expect(await nodeOf(m, jury[2].address)).to.deep.equal({ stake: STAKE, locked: 0n });
    expect(await owed(m, jury[2].address)).to.equal(0n);

    const next = await lied(m);
    await challenge(m, next.requestId, m.stranger, RIGHT);
    await revealChallenge(m, next.requestId, m.stranger, 0, RIGHT);
    const second = await drawJury(m, next.requestId);
    await vote(m, next.requestId, second, [RIGHT, RIGHT, RIGHT]);
    await revealVote(m, next.requestId, second[0], RIGHT);
    await revealVote(m, next.requestId, second[1], RIGHT);
    // The third did not do the work: it has no state to show.
    const guess = bytes32("guess");
    await revealVote(m, next.requestId, second[2], RIGHT, guess);
    const stake = (await nodeOf(m, second[2].address)).stake;
    await expect(conclude(m, next.requestId, RIGHT))
      .to.emit(m.disputes, "JurorPunished")
      .withArgs(next.requestId, second[2].address, 2, MISS);
    expect((await nodeOf(m, second[2].address)).stake).to.equal(stake - MISS);
  });

  it("wait for who committed until its time to reveal is over", async () => {
    const m = await load(fullMarket);
    const { requestId } = await lied(m);
    await challenge(m, requestId, m.stranger, RIGHT);
    await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
    const jury = await drawJury(m, requestId);
    await vote(m, requestId, jury, [RIGHT, RIGHT, WRONG]);
    for (const juror of jury.slice(0, 2)) await revealVote(m, requestId, juror, RIGHT);
    await refusedBy(m.disputes, conclude(m, requestId, RIGHT), "Disputes_TooEarly");
    await networkHelpers.time.increase(DISPUTES.revealWindow + 1);
    await refusedBy(m.disputes, revealVote(m, requestId, jury[2], WRONG), "Disputes_TooLate");
    await expect(conclude(m, requestId, RIGHT))
      .to.emit(m.disputes, "JurorPunished")
      .withArgs(requestId, jury[2].address, 2, MISS);
  });

  it("need more than half of the jury, with the same state, and the bytes of a new result", async () => {
    const m = await load(fullMarket);
    const { requestId } = await lied(m);
    await disputed(m, requestId, m.stranger, RIGHT, [RIGHT, RIGHT, WRONG]);
    await expect(conclude(m, requestId, WRONG))
      .to.be.revertedWithCustomError(m.disputes, "Disputes_NoMajority")
      .withArgs(requestId, 1n, 2n);
    await refusedBy(
      m.disputes,
      conclude(m, requestId, RIGHT, RIGHT.data, bytes32("another state")),
      "Disputes_NoMajority",
    );
    await refusedBy(m.hub, conclude(m, requestId, RIGHT, "0x"), "InferenceHub_BadResult");
    await networkHelpers.time.increase(DISPUTES.revealWindow + DISPUTES.verdictWindow + 1);
    await refusedBy(m.disputes, conclude(m, requestId, RIGHT), "Disputes_TooLate");
  });

  it("take the whole bonds of a wrong majority, a share from its minority, and pay who was right", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await answered(m, [WRONG, WRONG, RIGHT]);
    await disputed(m, requestId, seats[2], RIGHT, [RIGHT, RIGHT, RIGHT]);
    await conclude(m, requestId, RIGHT);
    await call(m.hub, m.stranger, "settle", [requestId]);
    for (const { address } of seats.slice(0, 2)) {
      expect(await nodeOf(m, address)).to.deep.equal({ stake: STAKE - BOND, locked: 0n });
      expect(await owed(m, address)).to.equal(0n);
    }
    expect(await nodeOf(m, seats[2].address)).to.deep.equal({ stake: STAKE, locked: 0n });
    expect(await owed(m, seats[2].address)).to.equal(NODE_FEE + challengerFee);
    expect(await owed(m, m.user.address)).to.equal(NODE_FEE * 2n);
  });

  it("take nothing more from a replica that had been silent", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await drawn(m, 3);
    await commitAll(m, requestId, seats, [WRONG, WRONG, RIGHT]);
    for (const node of seats.slice(0, 2)) await reveal(m, requestId, node, WRONG);
    await networkHelpers.time.increase(m.parameters.revealWindow + 1);
    await call(m.hub, m.stranger, "close", [requestId]);
    await disputed(m, requestId, m.stranger, RIGHT, [RIGHT, RIGHT, RIGHT]);
    await conclude(m, requestId, RIGHT);
    expect(await nodeOf(m, seats[2].address)).to.deep.equal({ stake: STAKE - MISS, locked: 0n });
    expect(await nodeOf(m, seats[1].address)).to.deep.equal({ stake: STAKE - BOND, locked: 0n });
  });

  it("bring sybils who accuse an honest node no more than their costs, and never more than its bond", async () => {
    const m = await load(fullMarket);
    const { requestId, node } = await postedBy(m);
    const before = await owed(m, m.stranger.address);
    const jury = await disputed(m, requestId, m.stranger, OTHER, [OTHER, OTHER, OTHER]);
    await conclude(m, requestId, OTHER);
    const gained = (await owed(m, m.stranger.address)) - before + (await owed(m, jury[0].address)) * 3n;
    expect(gained).to.equal(challengerFee + jurorFee * 3n);
    expect(await burned(m)).to.equal(BOND - gained);
    expect((await nodeOf(m, node.address)).stake).to.equal(STAKE - BOND);
  });
});

describe("Disputes: juries", () => {
  it("are drawn by bond from a seed of their own, which anybody can follow", async () => {
    const m = await load(fullMarket);
    // A single jury can come out right by chance.
    for (let i = 0; i < 3; i++) {
      const { requestId, node } = await lied(m);
      await challenge(m, requestId, m.stranger, RIGHT);
      await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
      await networkHelpers.mine(2);
      const { round } = await getDispute(ethers.provider, m.contracts, requestId);
      const seed = await getSeed(ethers.provider, m.contracts, round);
      const { drawEpoch } = (await m.hub.getFunction("requestOf")(requestId)) as unknown as { drawEpoch: bigint };
      const serving = await getServingNodes(ethers.provider, m.contracts, 1n, 1, Number(drawEpoch));
      const coder = ethers.AbiCoder.defaultAbiCoder();
      let at = ethers.keccak256(coder.encode(["string", "bytes32", "uint256"], ["jury", seed, requestId]));
      let left = serving.filter((one) => one.node !== node.address);
      const expected: string[] = [];
      for (let seat = 0; seat < DISPUTES.jurySize; seat++) {
        let point = BigInt(at) % left.reduce((sum, { bond }) => sum + bond, 0n);
        const drawn = left.find(({ bond }) => (point -= bond) < 0n)!;
        expected.push(drawn.node);
        left = left.filter((one) => one !== drawn);
        at = ethers.keccak256(at);
      }
      const jury = await drawJury(m, requestId);
      expect(jury.map(({ address }) => address)).to.deep.equal(expected);
    }
  });

  it("are drawn of those who have no part in the request and did not challenge", async () => {
    const m = await load(fullMarket);
    const { requestId, node } = await lied(m);
    const challenger = m.nodes.find((other) => other !== node)!;
    await challenge(m, requestId, challenger, RIGHT);
    await revealChallenge(m, requestId, challenger, 0, RIGHT);
    await refusedBy(m.disputes, call(m.disputes, m.user, "commitVote", [requestId, SALT]), "Disputes_WrongPhase");
    const jury = await drawJury(m, requestId);
    expect(new Set(jury).size).to.equal(3);
    expect(jury).not.to.include(node);
    expect(jury).not.to.include(challenger);
    const others = call(m.disputes, node, "commitVote", [requestId, SALT]);
    await refusedBy(m.disputes, others, "Disputes_NotYourVote");
    await call(m.disputes, jury[0], "commitVote", [requestId, SALT]);
    await refusedBy(m.disputes, call(m.disputes, jury[0], "commitVote", [requestId, SALT]), "Disputes_NotYourVote");
    await expect(call(m.registry, jury[0], "requestExit", [])).not.to.revert(ethers);
    await networkHelpers.time.increase(DISPUTES.commitWindow + 1);
    await refusedBy(m.disputes, call(m.disputes, jury[1], "commitVote", [requestId, SALT]), "Disputes_TooLate");
  });

  it("that cannot be filled leave the answer as it is and the challenger its bond", async () => {
    const m = await load(market);
    const { requestId, node } = await lied(m);
    const [first] = m.nodes.filter((other) => other !== node);
    await challenge(m, requestId, m.stranger, RIGHT);
    await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
    await call(m.registry, first, "requestExit", []);
    await networkHelpers.mine(2);
    await expect(call(m.disputes, m.stranger, "drawJury", [requestId]))
      .to.emit(m.disputes, "DisputeEnded")
      .withArgs(requestId, 0, false, 0, 0);
    expect(await getJury(ethers.provider, m.contracts, requestId)).to.deep.equal([]);
    await call(m.disputes, m.user, "closeChallenge", [requestId, 0]);
    expect(await owed(m, m.stranger.address)).to.equal(challengeBond);
    await call(m.hub, m.stranger, "settle", [requestId]);
    expect(await owed(m, node.address)).to.equal(NODE_FEE);
    const again = call(m.disputes, m.stranger, "challenge", [requestId, SALT], challengeBond);
    await refusedBy(m.disputes, again, "Disputes_WrongPhase");
  });

  it("are not drawn from a list that is forgotten", async () => {
    const m = await load(forgetfulMarket);
    const requestId = await request(m);
    const node = await assign(m, requestId);
    await networkHelpers.time.increase(50);
    await call(m.hub, node, "accept", [requestId, await bindingOf(m, requestId)]);
    await networkHelpers.time.increase(100);
    await call(m.hub, node, "post", [requestId, WRONG]);
    await challenge(m, requestId, m.stranger, RIGHT);
    await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
    await drawJury(m, requestId);
    expect(await getDispute(ethers.provider, m.contracts, requestId)).to.include({ phase: "ended", decided: false });
    expect(await stateOf(m, requestId)).to.equal(STATE.posted);
  });

  it("are drawn while their randomness can be read and their window lasts, or not at all", async () => {
    const m = await load(fullMarket);
    const { requestId } = await lied(m);
    await challenge(m, requestId, m.stranger, RIGHT);
    await networkHelpers.mine(1);
    await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
    const draw = () => call(m.disputes, m.stranger, "drawJury", [requestId]);
    const abandon = () => call(m.disputes, m.stranger, "abandon", [requestId]);
    await refusedBy(m.disputes, abandon(), "Disputes_TooEarly");
    await networkHelpers.mine(300, { interval: 0 });
    await refusedBy(m.disputes, draw(), "Disputes_NoSeed");
    await networkHelpers.time.increase(DISPUTES.drawWindow + 1);
    await refusedBy(m.disputes, draw(), "Disputes_TooLate");
    await abandon();
    expect(await phaseOf(m, requestId)).to.equal("ended");
    await refusedBy(m.disputes, abandon(), "Disputes_WrongPhase");
    expect(await stateOf(m, requestId)).to.equal(STATE.posted);
  });

  it("go on without who did not commit, who loses a small part of its bond", async () => {
    const m = await load(fullMarket);
    const { requestId } = await lied(m);
    await challenge(m, requestId, m.stranger, RIGHT);
    await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
    const jury = await drawJury(m, requestId);
    await vote(m, requestId, jury, [RIGHT, RIGHT]);
    const close = () => call(m.disputes, m.stranger, "closeVotes", [requestId]);
    await refusedBy(m.disputes, close(), "Disputes_TooEarly");
    await networkHelpers.time.increase(DISPUTES.commitWindow + 1);
    await expect(close()).to.emit(m.disputes, "JurorPunished").withArgs(requestId, jury[2].address, 2, MISS);
    await networkHelpers.mine(2);
    for (const juror of jury.slice(0, 2)) await revealVote(m, requestId, juror, RIGHT);
    await conclude(m, requestId, RIGHT);
    const r = await getRequest(ethers.provider, m.contracts, requestId);
    expect(r.result?.digest).to.equal(RIGHT.digest);
  });

  it("end undecided when fewer than a majority commit", async () => {
    const m = await load(fullMarket);
    const { requestId } = await lied(m);
    await challenge(m, requestId, m.stranger, RIGHT);
    await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
    const jury = await drawJury(m, requestId);
    await vote(m, requestId, jury, [RIGHT]);
    await networkHelpers.time.increase(DISPUTES.commitWindow + 1);
    await call(m.disputes, m.stranger, "closeVotes", [requestId]);
    expect(await getDispute(ethers.provider, m.contracts, requestId)).to.include({ phase: "ended", decided: false });
    expect(await nodeOf(m, jury[0].address)).to.deep.equal({ stake: STAKE, locked: 0n });
    expect(await nodeOf(m, jury[1].address)).to.deep.equal({ stake: STAKE - MISS, locked: 0n });
    expect(await stateOf(m, requestId)).to.equal(STATE.posted);
  });

  it("end undecided when they do not agree or nobody carries the verdict out", async () => {
    const m = await load(fullMarket);
    const { requestId } = await lied(m);
    await challenge(m, requestId, m.stranger, RIGHT);
    await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
    const jury = await drawJury(m, requestId);
    await vote(m, requestId, jury, [RIGHT, WRONG, OTHER]);
    await revealVote(m, requestId, jury[0], RIGHT);
    await revealVote(m, requestId, jury[1], WRONG);
    await networkHelpers.time.increase(DISPUTES.revealWindow + 1);
    const abandon = () => call(m.disputes, m.stranger, "abandon", [requestId]);
    await refusedBy(m.disputes, abandon(), "Disputes_TooEarly");
    await networkHelpers.time.increase(DISPUTES.verdictWindow + 1);
    await abandon();
    expect(await nodeOf(m, jury[0].address)).to.deep.equal({ stake: STAKE, locked: 0n });
    expect(await nodeOf(m, jury[1].address)).to.deep.equal({ stake: STAKE, locked: 0n });
    expect(await nodeOf(m, jury[2].address)).to.deep.equal({ stake: STAKE - MISS, locked: 0n });
    await call(m.disputes, m.user, "closeChallenge", [requestId, 0]);
    expect(await owed(m, m.stranger.address)).to.equal(challengeBond);
  });

  it("reveal what they committed to, once the step is drawn", async () => {
    const m = await load(fullMarket);
    const { requestId } = await lied(m);
    await challenge(m, requestId, m.stranger, RIGHT);
    await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
    const jury = await drawJury(m, requestId);
    await vote(m, requestId, jury, [RIGHT, RIGHT, RIGHT]);
    await refusedBy(m.disputes, revealVote(m, requestId, jury[0], WRONG), "Disputes_WrongReveal");
    await refusedBy(m.disputes, revealVote(m, requestId, m.stranger, RIGHT), "Disputes_NotYourVote");
    await revealVote(m, requestId, jury[0], RIGHT);
    await refusedBy(m.disputes, revealVote(m, requestId, jury[0], RIGHT), "Disputes_NotYourVote");
  });

  it("do not reveal in the block their votes were closed in", async () => {
    const m = await load(fullMarket);
    const { requestId } = await lied(m);
    await challenge(m, requestId, m.stranger, RIGHT);
    await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
    const jury = await drawJury(m, requestId);
    for (const juror of jury) {
      const commitment = await commitmentFor(m, requestId, RIGHT, juror.address);
      await call(m.disputes, juror, "commitVote", [requestId, commitment]);
    }
    await refusedBy(m.disputes, revealVote(m, requestId, jury[0], RIGHT), "Disputes_NoSeed");
  });
});

describe("Disputes: audits", () => {
  /** A posted result whose round drew it, or did not. */
  async function posted(m: Market, hit: boolean, settles = true) {
    for (let i = 0; i < 200; i++) {
      const made = await lied(m);
      await networkHelpers.mine(2);
      const { auditRound } = await getRequest(ethers.provider, m.contracts, made.requestId);
      const seed = await getSeed(ethers.provider, m.contracts, auditRound);
      const content = ethers.AbiCoder.defaultAbiCoder().encode(
        ["string", "bytes32", "uint256"],
        ["audit", seed, made.requestId],
      );
      const drawn = BigInt(ethers.keccak256(content)) % 10_000n < BigInt(DISPUTES.auditBps);
      if (drawn === hit) return made;
      if (settles) await call(m.hub, m.user, "settle", [made.requestId]);
    }
    throw new Error("no such draw in 200");
  }

  const audit = (m: Market, requestId: bigint) => call(m.disputes, m.stranger, "audit", [requestId]);

  it("find a wrong result out, paid by what requests set aside", async () => {
    const m = await load(fullMarket);
    const pool = async () => (await m.hub.getFunction("auditPoolOf")(1, ETHER)) as bigint;
    for (let settled = 0; settled < 20; ++settled) {
      const filler = await postedBy(m);
      await call(m.hub, m.user, "settle", [filler.requestId]);
    }
    expect(await pool()).to.equal(NODE_FEE * 4n);
    const { requestId, node } = await posted(m, true);
    const before = await pool();
    await audit(m, requestId);
    expect(await pool()).to.equal(before - NODE_FEE * 4n);
    expect(await stateOf(m, requestId)).to.equal(STATE.challenged);
    const jury = await drawJury(m, requestId);
    await vote(m, requestId, jury, [RIGHT, RIGHT, WRONG]);
    const paid = await Promise.all(jury.map(({ address }) => owed(m, address)));
    for (const [i, answer] of [RIGHT, RIGHT, WRONG].entries()) await revealVote(m, requestId, jury[i], answer);
    const burnedBefore = await burned(m);
    const liar = await nodeOf(m, node.address);
    await conclude(m, requestId, RIGHT);
    expect((await nodeOf(m, node.address)).stake).to.equal(liar.stake - BOND);
    expect(await burned(m)).to.equal(burnedBefore + BOND + MISS);
    expect(await pool()).to.equal(before - NODE_FEE * 3n);
    expect(await owed(m, m.stranger.address)).to.equal(NODE_FEE);
    for (const [i, { address }] of jury.entries()) {
      expect(await owed(m, address)).to.equal(paid[i] + (i === 2 ? 0n : NODE_FEE));
    }
    await refusedBy(m.disputes, audit(m, requestId), "Disputes_WrongPhase");
  });

  it("are refused without a draw, without a seed, or without the money", async () => {
    const m = await load(fullMarket);
    const { requestId } = await posted(m, false);
    await refusedBy(m.disputes, audit(m, requestId), "Disputes_NotDrawn");
    const open = await request(m);
    await refusedBy(m.disputes, audit(m, open), "Disputes_NoSeed");
    await networkHelpers.mine(300, { interval: 0 });
    await refusedBy(m.disputes, audit(m, requestId), "Disputes_NoSeed");

    const poor = await load(fullMarket);
    const hit = await posted(poor, true, false);
    await expect(audit(poor, hit.requestId))
      .to.be.revertedWithCustomError(poor.hub, "InferenceHub_AuditPoolTooSmall")
      .withArgs(1, 0, NODE_FEE * 4n);
    await networkHelpers.time.increase(poor.parameters.challengeWindow + 1);
    await refusedBy(poor.hub, audit(poor, hit.requestId), "InferenceHub_TooLate");
    expect(AUDIT_FEE).to.equal((NODE_FEE * 4n * BigInt(DISPUTES.auditBps)) / 10_000n);
  });
});

describe("Disputes: the share of results that is audited", () => {
  /** Returns 1, which is `Ready`, and what is in its storage, whatever is asked. */
  const SAYS_WHAT_IT_IS_TOLD = "0x600160005260005460205260406000f3";

  /** A seed that leaves this rest. */
  function seedWith(rest: bigint, requestId: bigint): Hex {
    const coder = ethers.AbiCoder.defaultAbiCoder();
    for (let i = 0n; i < 1_000_000n; i++) {
      const seed = ethers.zeroPadValue(ethers.toBeHex(i), 32);
      const content = coder.encode(["string", "bytes32", "uint256"], ["audit", seed, requestId]);
      if (BigInt(ethers.keccak256(content)) % 10_000n === rest) return seed as Hex;
    }
    throw new Error("no such seed in a million");
  }

  it("is exactly what was set", async () => {
    const m = await load(fullMarket);
    const { requestId } = await postedBy(m);
    await networkHelpers.setCode(m.contracts.entropy, SAYS_WHAT_IT_IS_TOLD);
    const share = BigInt(DISPUTES.auditBps);
    const audit = async (rest: bigint) => {
      await networkHelpers.setStorageAt(m.contracts.entropy, 0, seedWith(rest, requestId));
      return await call(m.disputes, m.stranger, "audit", [requestId]);
    };
    await refusedBy(m.disputes, audit(share), "Disputes_NotDrawn");
    // Drawn, and not to be paid for yet.
    await refusedBy(m.hub, audit(share - 1n), "InferenceHub_AuditPoolTooSmall");
  });
});

describe("Disputes: what the hub takes from nobody else", () => {
  it("holds, disputes and verdicts", async () => {
    const m = await load(fullMarket);
    const { requestId } = await postedBy(m);
    const none = { kind: 0, size: 0, digest: SALT, data: "0x" };
    for (const [method, args] of [
      ["hold", [requestId, 1]],
      ["dispute", [requestId, 0]],
      ["resolve", [requestId, 0, none, []]],
    ] as const) {
      await expect(call(m.hub, m.stranger, method, args))
        .to.be.revertedWithCustomError(m.hub, "InferenceHub_NotDisputes")
        .withArgs(m.stranger.address);
    }
    expect(await receiptFor(m, requestId, { ...inline(64), kind: 0 })).to.equal(
      await m.hub.getFunction("receiptOf")(requestId),
    );
  });
});
