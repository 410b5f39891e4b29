import { expect } from "chai";

import { getJury } from "../../offchain/chain/disputes.ts";
import { ETHER } from "../../offchain/chain/types.ts";
import { answered, commitAll, commitmentFor, drawn, rejection, reveal, RIGHT, WRONG } from "./support/answers.ts";
import {
  challenge,
  conclude,
  disputed,
  DISPUTES,
  drawJury,
  postedBy,
  revealChallenge,
  revealVote,
  vote,
} from "./support/disputes.ts";
import {
  accepted,
  assign,
  bindingOf,
  BOND,
  call,
  EPOCH,
  forgetfulMarket,
  fullMarket,
  load,
  market,
  type Market,
  request,
  STATE,
  stateOf,
} from "./support/fixture.ts";
import { ethers, networkHelpers } from "./support/network.ts";

/** The next transaction is mined at this time, in seconds since 1970. */
const at = (time: bigint | number) => networkHelpers.time.setNextBlockTimestamp(time);
const refusedBy = (contract: Market["hub"], promise: Promise<unknown>, error: string) =>
  expect(promise).to.be.revertedWithCustomError(contract, error);

async function requestOf(m: Market, requestId: bigint) {
  return (await m.hub.getFunction("requestOf")(requestId)) as { deadline: bigint; until: bigint };
}
async function dueBy(m: Market, requestId: bigint, replica = 0): Promise<bigint> {
  const duties = (await m.hub.getFunction("dutiesOf")(requestId)) as readonly { dueBy: bigint }[];
  return duties[replica].dueBy;
}
async function phaseEnd(m: Market, requestId: bigint): Promise<bigint> {
  return ((await m.disputes.getFunction("disputeOf")(requestId)) as { due: bigint }).due;
}
/** A request whose node posted another result than everybody else computes, and a challenge of it revealed. */
async function challenged(m: Market): Promise<bigint> {
  const { requestId, node } = await accepted(m);
  await call(m.hub, node, "post", [requestId, WRONG]);
  await challenge(m, requestId, m.stranger, RIGHT);
  await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
  return requestId;
}

describe("In the last second", () => {
  it("a draw is carried out, and repeated", async () => {
    const m = await load(market);
    const requestId = await request(m);
    const other = await request(m, { deadline: (await networkHelpers.time.latest()) + 1_000 });
    await networkHelpers.mine(2);
    await at((await requestOf(m, requestId)).deadline);
    await call(m.hub, m.stranger, "assign", [requestId]);
    await networkHelpers.mine(300, { interval: 0 });
    await at((await requestOf(m, other)).deadline);
    await call(m.hub, m.stranger, "redraw", [other], m.parameters.redrawFee);
  });

  it("of a request nothing is accepted, a duty can be passed on, and the money not yet taken back", async () => {
    const m = await load(market);
    const requestId = await request(m);
    await networkHelpers.mine(2);
    const { deadline } = await requestOf(m, requestId);
    await at(deadline - 10n);
    await call(m.hub, m.stranger, "assign", [requestId]);
    const [drawnNode] = (await m.hub.getFunction("dutiesOf")(requestId)) as readonly { node: string }[];
    const node = m.nodes.find(({ address }) => address === drawnNode.node)!;
    const binding = await bindingOf(m, requestId);
    await networkHelpers.mine(1);
    await at(deadline);
    await refusedBy(m.hub, call(m.hub, node, "accept", [requestId, binding]), "InferenceHub_TooLate");

    const late = await request(m);
    await assign(m, late);
    await at((await requestOf(m, late)).deadline);
    await call(m.hub, m.stranger, "reassign", [late]);
    expect(await stateOf(m, late)).to.equal(STATE.requested);

    const waiting = await request(m);
    await at((await requestOf(m, waiting)).deadline);
    await refusedBy(m.hub, call(m.hub, m.stranger, "refund", [waiting]), "InferenceHub_TooEarly");
  });

  it("of a duty it is accepted, and not yet missed", async () => {
    const m = await load(market);
    const requestId = await request(m);
    const node = await assign(m, requestId);
    await at(await dueBy(m, requestId));
    await call(m.hub, node, "accept", [requestId, await bindingOf(m, requestId)]);
    await at(await dueBy(m, requestId));
    await refusedBy(m.hub, call(m.hub, m.stranger, "reassign", [requestId]), "InferenceHub_TooEarly");
  });

  it("a duty that ends with the request, once accepted, is missed like any other", async () => {
    const m = await load(market);
    const requestId = await request(m);
    await networkHelpers.mine(2);
    const { deadline } = await requestOf(m, requestId);
    await at(deadline - 50n);
    await call(m.hub, m.stranger, "assign", [requestId]);
    const [duty] = (await m.hub.getFunction("dutiesOf")(requestId)) as readonly { node: string }[];
    const node = m.nodes.find(({ address }) => address === duty.node)!;
    await call(m.hub, node, "accept", [requestId, await bindingOf(m, requestId)]);
    expect(await dueBy(m, requestId)).to.equal(deadline);
    await at(deadline + 1n);
    await expect(call(m.hub, m.stranger, "refund", [requestId])).to.emit(m.hub, "Missed");
  });

  it("of its time to accept that is the request's, a decline counts", async () => {
    const m = await load(market);
    const [node, ...others] = m.nodes;
    const othersTake = async (take: boolean): Promise<void> => {
      for (const other of others) await call(m.registry, other, "setTokenAccepted", [ETHER, take]);
    };
    for (let i = 0; i < 5; i++) {
      const requestId = await request(m);
      await othersTake(false);
      const { deadline } = await requestOf(m, requestId);
      await at(deadline - BigInt(m.parameters.acceptWindow));
      await call(m.hub, m.stranger, "assign", [requestId]);
      await call(m.hub, node, "decline", [requestId]);
      await othersTake(true);
      const other = await assign(m, requestId);
      await call(m.hub, other, "accept", [requestId, await bindingOf(m, requestId)]);
      await call(m.hub, other, "post", [requestId, RIGHT]);
      await call(m.hub, m.user, "settle", [requestId]);
    }
    expect(await m.registry.getFunction("canServe")(node.address, 1n, BOND, ETHER)).to.equal(false);
  });

  it("says when the first of several duties is over", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await drawn(m, 3);
    await call(m.hub, seats[2], "accept", [requestId, await bindingOf(m, requestId)]);
    const first = await dueBy(m, requestId, 0);
    expect(await dueBy(m, requestId, 2)).to.be.above(first);
    await expect(call(m.hub, m.stranger, "reassign", [requestId]))
      .to.be.revertedWithCustomError(m.hub, "InferenceHub_TooEarly")
      .withArgs(requestId, first);
  });

  it("several nodes are not closed while they accept or reveal, and an answer is revealed", async () => {
    const m = await load(fullMarket);
    const open = await drawn(m, 3);
    await at((await requestOf(m, open.requestId)).deadline);
    await refusedBy(m.hub, call(m.hub, m.stranger, "close", [open.requestId]), "InferenceHub_TooEarly");
    await networkHelpers.mine(1);

    const { requestId, seats } = await drawn(m, 3);
    await commitAll(m, requestId, seats, [RIGHT, RIGHT, RIGHT]);
    const { until } = await requestOf(m, requestId);
    await at(until);
    await reveal(m, requestId, seats[0], RIGHT);
    const again = await drawn(m, 3);
    await commitAll(m, again.requestId, again.seats, [RIGHT, RIGHT, RIGHT]);
    await at((await requestOf(m, again.requestId)).until);
    await refusedBy(m.hub, call(m.hub, m.stranger, "close", [again.requestId]), "InferenceHub_TooEarly");
  });

  it("of its window an answer is not settled by others, and challenged", async () => {
    const m = await load(fullMarket);
    const { requestId } = await postedBy(m);
    await at((await requestOf(m, requestId)).until);
    await refusedBy(m.hub, call(m.hub, m.stranger, "settle", [requestId]), "InferenceHub_TooEarly");
    const other = await postedBy(m);
    await at((await requestOf(m, other.requestId)).until);
    await challenge(m, other.requestId, m.stranger, RIGHT);
  });

  it("a challenge is revealed, and not yet closed", async () => {
    const m = await load(fullMarket);
    const { requestId, node } = await accepted(m);
    await call(m.hub, node, "post", [requestId, WRONG]);
    await challenge(m, requestId, m.stranger, RIGHT);
    const { until } = await requestOf(m, requestId);
    await at(until);
    await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
    const other = await accepted(m);
    await call(m.hub, other.node, "post", [other.requestId, WRONG]);
    await challenge(m, other.requestId, m.stranger, RIGHT);
    await at((await requestOf(m, other.requestId)).until);
    const close = call(m.disputes, m.stranger, "closeChallenge", [other.requestId, 0]);
    await refusedBy(m.disputes, close, "Disputes_TooEarly");
  });

  it("a jury is drawn, commits, reveals, and its verdict is carried out", async () => {
    const m = await load(fullMarket);
    const requestId = await challenged(m);
    await networkHelpers.mine(2);
    await at(await phaseEnd(m, requestId));
    await call(m.disputes, m.stranger, "drawJury", [requestId]);
    const jury = (await getJury(ethers.provider, m.contracts, requestId)).map(({ node }) =>
      m.nodes.find(({ address }) => address === node)!,
    );
    expect(await phaseEnd(m, requestId)).to.equal(BigInt((await networkHelpers.time.latest()) + DISPUTES.commitWindow));
    await vote(m, requestId, jury, [RIGHT, RIGHT]);
    await at(await phaseEnd(m, requestId));
    const commitment = await commitmentFor(m, requestId, RIGHT, jury[2].address);
    await call(m.disputes, jury[2], "commitVote", [requestId, commitment]);
    await networkHelpers.mine(2);
    await revealVote(m, requestId, jury[0], RIGHT);
    await at(await phaseEnd(m, requestId));
    await revealVote(m, requestId, jury[1], RIGHT);
    await networkHelpers.mine(1, { interval: 0 });
    await at((await phaseEnd(m, requestId)) + BigInt(DISPUTES.verdictWindow));
    await conclude(m, requestId, RIGHT);
  });

  it("votes are not closed, a juror not passed over, and a dispute not abandoned", async () => {
    const m = await load(fullMarket);
    const requestId = await challenged(m);
    const jury = await drawJury(m, requestId);
    await vote(m, requestId, jury, [RIGHT]);
    await at(await phaseEnd(m, requestId));
    await refusedBy(m.disputes, call(m.disputes, m.stranger, "closeVotes", [requestId]), "Disputes_TooEarly");

    const other = await challenged(m);
    await at(await phaseEnd(m, other));
    await refusedBy(m.disputes, call(m.disputes, m.stranger, "abandon", [other]), "Disputes_TooEarly");

    const third = await challenged(m);
    const jurors = await drawJury(m, third);
    await vote(m, third, jurors, [RIGHT, RIGHT, RIGHT]);
    for (const juror of jurors.slice(0, 2)) await revealVote(m, third, juror, RIGHT);
    await at(await phaseEnd(m, third));
    await refusedBy(m.disputes, conclude(m, third, RIGHT), "Disputes_TooEarly");
  });

  it("a node leaves when its delay is over", async () => {
    const m = await load(market);
    const [node] = m.nodes;
    await call(m.registry, node, "requestExit", []);
    const { exitAt } = (await m.registry.getFunction("nodeOf")(node.address)) as { exitAt: bigint };
    await at(exitAt);
    await call(m.registry, node, "exit", []);
  });
});

describe("In the last epoch of a list", () => {
  /** Goes on to the epoch after a request's, in which the list it draws from is the oldest that is kept. */
  async function nextAfter(m: Market, requestId: bigint): Promise<void> {
    const { drawEpoch } = (await m.hub.getFunction("requestOf")(requestId)) as unknown as { drawEpoch: bigint };
    const oldest = async () => (await m.access.getFunction("oldestEpoch")()) as bigint;
    for (let i = 0; i < 70 && (await oldest()) < drawEpoch; i++) await networkHelpers.time.increase(1);
    expect(await oldest()).to.equal(drawEpoch);
  }

  it("a draw is carried out, and a lost replica replaced", async () => {
    const m = await load(forgetfulMarket);
    const requestId = await request(m, { replicas: 3 });
    await nextAfter(m, requestId);
    await networkHelpers.mine(2);
    await call(m.hub, m.stranger, "assign", [requestId]);
    expect(await stateOf(m, requestId)).to.equal(STATE.assigned);
    const duties = async () =>
      Array.from((await m.hub.getFunction("dutiesOf")(requestId)) as readonly { node: string }[], ({ node }) => node);
    const before = await duties();
    const node = m.nodes.find(({ address }) => address === before[0])!;
    await call(m.hub, node, "decline", [requestId]);
    expect((await duties())[0]).not.to.equal(before[0]);
  });

  it("a jury is drawn", async () => {
    const m = await load(forgetfulMarket);
    const requestId = await challenged(m);
    await nextAfter(m, requestId);
    await call(m.disputes, m.stranger, "drawJury", [requestId]);
    expect(await getJury(ethers.provider, m.contracts, requestId)).to.have.length(3);
  });

  it("a draw nobody can know yet is pending, however old its list", async () => {
    const m = await load(forgetfulMarket);
    const requestId = await request(m, { deadline: (await networkHelpers.time.latest()) + 10 * EPOCH });
    await at((await networkHelpers.time.latest()) + 3 * 60);
    await refusedBy(m.hub, call(m.hub, m.stranger, "assign", [requestId]), "InferenceHub_DrawPending");
  });
});

describe("At a limit", () => {
  it("a rejection may have the largest code", async () => {
    const m = await load(fullMarket);
    const largest = rejection(65_535);
    const { requestId } = await answered(m, [largest, largest, largest]);
    expect(await stateOf(m, requestId)).to.equal(STATE.rejected);
    const { rejectCode, auditRound } = (await m.hub.getFunction("requestOf")(requestId)) as unknown as {
      rejectCode: bigint;
      auditRound: bigint;
    };
    expect(rejectCode).to.equal(65_535n);
    // Nobody paid a node, so nobody is paid to look.
    expect(auditRound).to.equal(0n);
  });

  it("a jury of a bare majority decides, without who challenged", async () => {
    const m = await load(fullMarket);
    const { requestId, node } = await accepted(m);
    await call(m.hub, node, "post", [requestId, WRONG]);
    const [challenger, ...rest] = m.nodes.filter((other) => other !== node);
    for (const gone of rest.slice(2)) await call(m.registry, gone, "requestExit", []);
    await challenge(m, requestId, challenger, RIGHT);
    await revealChallenge(m, requestId, challenger, 0, RIGHT);
    const jury = await drawJury(m, requestId);
    const addresses = (accounts: typeof jury) => accounts.map(({ address }) => address).sort();
    expect(addresses(jury)).to.deep.equal(addresses(rest.slice(0, 2)));
    await vote(m, requestId, jury, [RIGHT, RIGHT]);
    for (const juror of jury) await revealVote(m, requestId, juror, RIGHT);
    await conclude(m, requestId, RIGHT);
    expect(await stateOf(m, requestId)).to.equal(STATE.posted);
  });

  it("two who challenge alike are told apart by number, and the first is paid", async () => {
    const m = await load(fullMarket);
    const { requestId, node } = await accepted(m);
    await call(m.hub, node, "post", [requestId, WRONG]);
    await challenge(m, requestId, m.stranger, RIGHT);
    const commitment = await commitmentFor(m, requestId, RIGHT, m.owner.address);
    await expect(call(m.disputes, m.owner, "challenge", [requestId, commitment], DISPUTES.challengeBond))
      .to.emit(m.disputes, "ChallengeCommitted")
      .withArgs(requestId, m.owner.address, 1, (revealBy: bigint) => revealBy > 0n);
    await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
    const jury = await drawJury(m, requestId);
    // While the jury commits, too.
    await revealChallenge(m, requestId, m.owner, 1, RIGHT);
    await vote(m, requestId, jury, [RIGHT, RIGHT, RIGHT]);
    for (const juror of jury) await revealVote(m, requestId, juror, RIGHT);
    const before = (await m.balances.getFunction("balanceOf")(`0x${"00".repeat(20)}`, m.stranger.address)) as bigint;
    await conclude(m, requestId, RIGHT);
    const after = (await m.balances.getFunction("balanceOf")(`0x${"00".repeat(20)}`, m.stranger.address)) as bigint;
    expect(after - before).to.equal(DISPUTES.challengerFee);
  });

  it("a verdict that the input was rejected is told as one", async () => {
    const m = await load(fullMarket);
    const { requestId } = await postedBy(m);
    await disputed(m, requestId, m.stranger, rejection(7), [rejection(7), rejection(7), rejection(7)]);
    await expect(conclude(m, requestId, rejection(7)))
      .to.emit(m.hub, "Rejected")
      .withArgs(requestId, `0x${"00".repeat(20)}`, 7, 0);
  });
});
