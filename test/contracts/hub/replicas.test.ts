import { expect } from "chai";

import { getServingNodes } from "../../../offchain/chain/access.ts";
import { getSeed } from "../../../offchain/chain/disputes.ts";
import { getRequestEvents } from "../../../offchain/chain/request-events.ts";
import { getRequest } from "../../../offchain/chain/requests.ts";
import { ETHER } from "../../../offchain/chain/types.ts";
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
  seatsOf,
  WRONG,
} from "../support/answers.ts";
import {
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
} from "../support/fixture.ts";
import { ethers, networkHelpers } from "../support/network.ts";

interface Drawn {
  readonly drawRound: bigint;
  readonly drawEpoch: bigint;
}

const MINORITY = (BOND * 2_000n) / 10_000n;

const nodeOf = async (m: Market, node: string) => {
  const { stake, locked } = (await m.registry.getFunction("nodeOf")(node)) as { stake: bigint; locked: bigint };
  return { stake, locked };
};
const dutyStates = async (m: Market, requestId: bigint) =>
  (await getRequest(ethers.provider, m.contracts, requestId)).duties.map(({ state }) => state);

describe("InferenceHub: several replicas, drawn", () => {
  for (const replicas of [3, 5, 7]) {
    it(`draws ${replicas} nodes, none twice, and locks their bonds`, async () => {
      const m = await load(fullMarket);
      const { requestId, seats } = await drawn(m, replicas);
      expect(new Set(seats.map(({ address }) => address)).size).to.equal(replicas);
      for (const { address } of seats) expect((await nodeOf(m, address)).locked).to.equal(BOND);
      expect(await stateOf(m, requestId)).to.equal(STATE.assigned);
      expect(await owed(m, m.contracts.hub)).to.equal(MODEL_FEE + NODE_FEE * BigInt(replicas) + AUDIT_FEE);
    });
  }

  it("goes on with a majority of seats, and refunds with less", async () => {
    const m = await load(market);
    const [a, b] = m.nodes;
    const first = await request(m, { replicas: 3 });
    const second = await request(m, { replicas: 3 });
    await call(m.registry, a, "requestExit", []);
    await networkHelpers.mine(2);
    await call(m.hub, m.stranger, "assign", [first]);
    expect(await dutyStates(m, first)).to.deep.equal(["assigned", "assigned", "none"]);
    await call(m.registry, b, "requestExit", []);
    await expect(call(m.hub, m.stranger, "assign", [second]))
      .to.emit(m.hub, "Refunded")
      .withArgs(second, MODEL_FEE + NODE_FEE * 3n + AUDIT_FEE, 2);
  });

  it("hands a declined or missed duty to another node at once", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await drawn(m, 3);
    await call(m.hub, seats[1], "decline", [requestId]);
    let now = await seatsOf(m, requestId);
    expect(now[0]).to.equal(seats[0]);
    expect(now[2]).to.equal(seats[2]);
    expect(seats).not.to.include(now[1]);
    expect((await nodeOf(m, seats[1].address)).locked).to.equal(0n);
    const second = now[1]!;
    await call(m.hub, now[0]!, "accept", [requestId, await bindingOf(m, requestId)]);
    await expect(call(m.hub, m.stranger, "reassign", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_TooEarly",
    );
    await networkHelpers.time.increase(m.parameters.acceptWindow + 1);
    await expect(call(m.hub, m.stranger, "reassign", [requestId]))
      .to.emit(m.hub, "Missed")
      .withArgs(requestId, second.address, 1, MISS)
      .and.to.emit(m.hub, "Missed")
      .withArgs(requestId, seats[2].address, 2, MISS);
    now = await seatsOf(m, requestId);
    expect(new Set(now).size).to.equal(3);
    for (const lost of [seats[1], seats[2], second]) expect(now).not.to.include(lost);
    expect(await dutyStates(m, requestId)).to.deep.equal(["accepted", "assigned", "assigned"]);
    expect((await nodeOf(m, second.address)).stake).to.equal(STAKE - MISS);
  });

  for (const replicas of [3, 7]) {
    it(`draws ${replicas} and replaces them by the request's own seed, which anybody can follow`, async () => {
      const m = await load(fullMarket);
      const requestId = await request(m, { replicas });
      await networkHelpers.mine(2);
      const { drawRound, drawEpoch } = (await m.hub.getFunction("requestOf")(requestId)) as unknown as Drawn;
      const seed = await getSeed(ethers.provider, m.contracts, Number(drawRound));
      await call(m.hub, m.stranger, "assign", [requestId]);
      const serving = await getServingNodes(ethers.provider, m.contracts, 1n, 1, Number(drawEpoch));
      const coder = ethers.AbiCoder.defaultAbiCoder();
      const out = new Set<string>();
      const seedOf = (attempts: number) =>
        ethers.keccak256(coder.encode(["bytes32", "uint256", "uint8"], [seed, requestId, attempts]));
      const next = (drawing: string): string => {
        const left = serving.filter(({ node }) => !out.has(node));
        let point = BigInt(drawing) % left.reduce((sum, { bond }) => sum + bond, 0n);
        const { node } = left.find(({ bond }) => (point -= bond) < 0n)!;
        out.add(node);
        return node;
      };
      const expected: string[] = [];
      for (let at = seedOf(0); expected.length < replicas; at = ethers.keccak256(at)) expected.push(next(at));
      const seated = async () => (await seatsOf(m, requestId)).map((node) => node?.address);
      expect(await seated()).to.deep.equal(expected);
      // Of seven nodes none is left to replace one of seven.
      for (let attempts = 1; attempts <= (replicas === 3 ? 3 : 0); attempts++) {
        const [first] = await seatsOf(m, requestId);
        await call(m.hub, first!, "decline", [requestId]);
        expect((await seated())[0]).to.equal(next(seedOf(attempts)));
      }
    });
  }

  it("leaves a seat empty when no node is left, and gives up without a majority", async () => {
    const m = await load(market);
    const { requestId, seats } = await drawn(m, 3);
    await call(m.hub, seats[0], "decline", [requestId]);
    expect(await dutyStates(m, requestId)).to.deep.equal(["declined", "assigned", "assigned"]);
    await expect(call(m.hub, seats[1], "decline", [requestId]))
      .to.emit(m.hub, "Refunded")
      .withArgs(requestId, MODEL_FEE + NODE_FEE * 3n + AUDIT_FEE, 2);
    expect(await dutyStates(m, requestId)).to.deep.equal(["declined", "declined", "released"]);
    for (const { address } of seats) expect(await nodeOf(m, address)).to.include({ stake: STAKE, locked: 0n });
  });

  it("leaves who committed alone when others are late", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await drawn(m, 3);
    await call(m.hub, seats[0], "accept", [requestId, await bindingOf(m, requestId)]);
    await call(m.hub, seats[0], "commit", [requestId, SALT]);
    await networkHelpers.time.increase(m.parameters.postWindow + 1);
    await call(m.hub, m.stranger, "reassign", [requestId]);
    expect(await dutyStates(m, requestId)).to.deep.equal(["committed", "assigned", "assigned"]);
    expect((await nodeOf(m, seats[0].address)).stake).to.equal(STAKE);
  });

  it("replaces nobody from a list that is forgotten", async () => {
    const m = await load(forgetfulMarket);
    const { requestId, seats } = await drawn(m, 3);
    await call(m.hub, seats[0], "accept", [requestId, await bindingOf(m, requestId)]);
    await networkHelpers.time.increase(130);
    await call(m.hub, m.stranger, "reassign", [requestId]);
    expect(await stateOf(m, requestId)).to.equal(STATE.refunded);
    expect(await dutyStates(m, requestId)).to.deep.equal(["missed", "missed", "missed"]);
  });

  it("takes neither a post nor a rejection in the open", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await drawn(m, 3);
    const binding = await bindingOf(m, requestId);
    const refused = (method: string, args: readonly unknown[]) =>
      expect(call(m.hub, seats[0], method, args)).to.be.revertedWithCustomError(m.hub, "InferenceHub_WrongState");
    await refused("reject", [requestId, binding, 1]);
    await call(m.hub, seats[0], "accept", [requestId, binding]);
    await refused("reject", [requestId, binding, 1]);
    await refused("post", [requestId, inline(64)]);
  });
});

describe("InferenceHub: several replicas, committed and revealed", () => {
  it("opens the reveals when all have committed, and lets the majority stand", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await drawn(m, 3);
    await commitAll(m, requestId, seats, [RIGHT, WRONG]);
    expect(await stateOf(m, requestId)).to.equal(STATE.assigned);
    const commitment = await commitmentFor(m, requestId, RIGHT, seats[2].address);
    await expect(call(m.hub, seats[2], "commit", [requestId, commitment])).to.emit(m.hub, "RevealsOpened");
    await reveal(m, requestId, seats[1], WRONG);
    await reveal(m, requestId, seats[0], RIGHT);
    await expect(reveal(m, requestId, seats[2], RIGHT, "0x")).to.emit(m.hub, "Posted");
    const r = await getRequest(ethers.provider, m.contracts, requestId);
    expect(r).to.deep.include({ state: "posted", result: { kind: 0, size: 64, digest: RIGHT.digest } });
    const events = await getRequestEvents(ethers.provider, m.contracts.hub, requestId, 0);
    const told = events.filter((event) => event.type === "revealed").filter(({ data }) => data !== "0x");
    expect(told.map(({ answer }) => answer.digest)).to.deep.equal([RIGHT.digest]);
    expect(await dutyStates(m, requestId)).to.deep.equal(["posted", "posted", "posted"]);
    expect(ethers.getBytes(told[0].data)).to.deep.equal(ethers.getBytes(RIGHT.data));
    expect(await m.hub.getFunction("receiptOf")(requestId)).to.equal(await receiptFor(m, requestId, RIGHT));
  });

  it("pays the majority, takes a share from the rest, and gives their fees back", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await answered(m, [RIGHT, WRONG, RIGHT, RIGHT, OTHER]);
    // All who gave the right answer sent its bytes; they are told once.
    const events = await getRequestEvents(ethers.provider, m.contracts.hub, requestId, 0);
    const told = events.filter((event) => event.type === "revealed").filter(({ data }) => data !== "0x");
    expect(told).to.have.length(1);
    await networkHelpers.time.increase(m.parameters.challengeWindow + 1);
    await expect(call(m.hub, m.stranger, "settle", [requestId]))
      .to.emit(m.hub, "Overruled")
      .withArgs(requestId, seats[1].address, 1, MINORITY)
      .and.to.emit(m.hub, "Settled")
      .withArgs(requestId, NODE_FEE * 3n, MODEL_FEE);
    for (const i of [0, 2, 3]) expect(await owed(m, seats[i].address)).to.equal(NODE_FEE);
    for (const i of [1, 4]) {
      expect(await owed(m, seats[i].address)).to.equal(0n);
      expect(await nodeOf(m, seats[i].address)).to.include({ stake: STAKE - MINORITY, locked: 0n });
    }
    expect(await owed(m, m.user.address)).to.equal(NODE_FEE * 2n);
    expect(await owed(m, m.contracts.hub)).to.equal(AUDIT_FEE);
    expect(await dutyStates(m, requestId)).to.deep.equal([
      "released",
      "overruled",
      "released",
      "released",
      "overruled",
    ]);
  });

  it("counts rejections like results", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await answered(m, [rejection(9), rejection(9), RIGHT]);
    const r = await getRequest(ethers.provider, m.contracts, requestId);
    expect(r).to.include({ state: "rejected", rejectCode: 9, result: undefined });
    expect(await dutyStates(m, requestId)).to.deep.equal(["rejected", "rejected", "posted"]);
    await call(m.hub, m.user, "refund", [requestId]);
    expect(await owed(m, m.user.address)).to.equal(MODEL_FEE + NODE_FEE * 3n + AUDIT_FEE);
    expect(await nodeOf(m, seats[0].address)).to.include({ stake: STAKE, locked: 0n });
    expect(await nodeOf(m, seats[2].address)).to.include({ stake: STAKE - MINORITY, locked: 0n });
  });

  for (const [what, answers] of [
    ["three different answers", [RIGHT, WRONG, OTHER]],
    ["different codes", [rejection(1), rejection(2), RIGHT]],
  ] as const) {
    it(`refunds and punishes nobody, given ${what}`, async () => {
      const m = await load(fullMarket);
      const { requestId, seats } = await answered(m, answers);
      expect(await stateOf(m, requestId)).to.equal(STATE.refunded);
      for (const { address } of seats) expect(await nodeOf(m, address)).to.include({ stake: STAKE, locked: 0n });
      expect(await owed(m, m.user.address)).to.equal(MODEL_FEE + NODE_FEE * 3n + AUDIT_FEE);
    });
  }

  it("cannot be answered by copying a commitment", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await drawn(m, 3);
    await commitAll(m, requestId, seats, [RIGHT, RIGHT]);
    // The third copies the first's commitment, and its reveal once it sees it.
    const copied = await commitmentFor(m, requestId, RIGHT, seats[0].address);
    await call(m.hub, seats[2], "commit", [requestId, copied]);
    await reveal(m, requestId, seats[0], RIGHT);
    await expect(reveal(m, requestId, seats[2], RIGHT, "0x"))
      .to.be.revertedWithCustomError(m.hub, "InferenceHub_WrongReveal")
      .withArgs(requestId, seats[2].address);
    await reveal(m, requestId, seats[1], RIGHT, "0x");
    await networkHelpers.time.increase(m.parameters.revealWindow + 1);
    await expect(call(m.hub, m.stranger, "close", [requestId]))
      .to.emit(m.hub, "Missed")
      .withArgs(requestId, seats[2].address, 2, MISS);
    expect(await stateOf(m, requestId)).to.equal(STATE.posted);
  });

  it("asks the first to tell an answer for bytes that have its digest", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await drawn(m, 3);
    const mistold = { ...RIGHT, digest: WRONG.digest };
    const nothing = rejection(0);
    await commitAll(m, requestId, seats, [RIGHT, mistold, nothing]);
    const refused = (promise: Promise<unknown>, error: string) =>
      expect(promise).to.be.revertedWithCustomError(m.hub, error);
    await refused(reveal(m, requestId, seats[0], RIGHT, "0x"), "InferenceHub_BadResult");
    await refused(reveal(m, requestId, seats[1], mistold), "InferenceHub_WrongResultDigest");
    await refused(reveal(m, requestId, seats[2], nothing), "InferenceHub_BadRejectCode");
    await refused(reveal(m, requestId, m.stranger, RIGHT), "InferenceHub_NotYourDuty");
    await reveal(m, requestId, seats[0], RIGHT);
    await refused(reveal(m, requestId, seats[0], RIGHT), "InferenceHub_NotYourDuty");
    const salted = [requestId, { ...RIGHT }, `0x${"11".repeat(32)}`];
    await refused(call(m.hub, seats[1], "reveal", salted), "InferenceHub_WrongReveal");
    await networkHelpers.time.increase(m.parameters.revealWindow + 1);
    await refused(reveal(m, requestId, seats[1], mistold), "InferenceHub_TooLate");
  });

  it("refuses rejections with a digest, with bytes or with a code out of range", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await drawn(m, 3);
    const answers = [{ ...rejection(3), digest: WRONG.digest }, rejection(65_536), rejection(4)];
    await commitAll(m, requestId, seats, answers);
    await expect(reveal(m, requestId, seats[0], answers[0])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_BadResult",
    );
    await expect(reveal(m, requestId, seats[1], answers[1])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_BadRejectCode",
    );
    await expect(reveal(m, requestId, seats[2], answers[2], "0x01")).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_BadResult",
    );
  });

  it("takes commitments from who accepted, in time, once", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await drawn(m, 3);
    const commit = (node: Market["user"]) => call(m.hub, node, "commit", [requestId, SALT]);
    await expect(commit(seats[0])).to.be.revertedWithCustomError(m.hub, "InferenceHub_NotYourDuty");
    for (const node of seats) await call(m.hub, node, "accept", [requestId, await bindingOf(m, requestId)]);
    await expect(commit(m.stranger)).to.be.revertedWithCustomError(m.hub, "InferenceHub_NotYourDuty");
    await commit(seats[0]);
    await expect(commit(seats[0])).to.be.revertedWithCustomError(m.hub, "InferenceHub_NotYourDuty");
    await networkHelpers.time.increase(m.parameters.postWindow + 1);
    await expect(commit(seats[1])).to.be.revertedWithCustomError(m.hub, "InferenceHub_TooLate");
  });
});

describe("InferenceHub: several replicas, closed", () => {
  it("goes on after the deadline with those who committed, and slashes who did not", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await drawn(m, 3);
    await commitAll(m, requestId, seats, [RIGHT, RIGHT]);
    await expect(call(m.hub, m.stranger, "close", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_TooEarly",
    );
    await networkHelpers.time.increase(501);
    await expect(call(m.hub, m.stranger, "refund", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_WrongState",
    );
    await expect(call(m.hub, m.stranger, "close", [requestId]))
      .to.emit(m.hub, "Missed")
      .withArgs(requestId, seats[2].address, 2, MISS)
      .and.to.emit(m.hub, "RevealsOpened");
    await expect(call(m.hub, m.stranger, "close", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_TooEarly",
    );
    await reveal(m, requestId, seats[0], RIGHT);
    await reveal(m, requestId, seats[1], RIGHT);
    expect(await stateOf(m, requestId)).to.equal(STATE.posted);
    await expect(call(m.hub, m.stranger, "close", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_WrongState",
    );
    await call(m.hub, m.user, "settle", [requestId]);
    expect(await owed(m, m.user.address)).to.equal(NODE_FEE);
  });

  it("refunds after the deadline without a majority of commitments", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await drawn(m, 3);
    await commitAll(m, requestId, seats, [RIGHT]);
    await networkHelpers.time.increase(501);
    await expect(call(m.hub, m.stranger, "close", [requestId]))
      .to.emit(m.hub, "Refunded")
      .withArgs(requestId, MODEL_FEE + NODE_FEE * 3n + AUDIT_FEE, 0);
    expect(await nodeOf(m, seats[0].address)).to.include({ stake: STAKE, locked: 0n });
    expect(await nodeOf(m, seats[1].address)).to.include({ stake: STAKE - MISS, locked: 0n });
  });

  it("slashes nobody who was drawn too late to have its time", async () => {
    const m = await load(fullMarket);
    const requestId = await request(m, { replicas: 3 });
    await networkHelpers.time.increase(480);
    await networkHelpers.mine(2);
    await call(m.hub, m.stranger, "assign", [requestId]);
    const seats = await seatsOf(m, requestId);
    await networkHelpers.time.increase(60);
    await call(m.hub, m.stranger, "close", [requestId]);
    expect(await stateOf(m, requestId)).to.equal(STATE.refunded);
    for (const node of seats) expect(await nodeOf(m, node!.address)).to.include({ stake: STAKE, locked: 0n });
  });

  it("refunds when those who committed do not reveal, who lose a small part of their bonds", async () => {
    const m = await load(fullMarket);
    const { requestId, seats } = await drawn(m, 3);
    await commitAll(m, requestId, seats, [RIGHT, RIGHT, RIGHT]);
    await reveal(m, requestId, seats[0], RIGHT);
    await networkHelpers.time.increase(m.parameters.revealWindow + 1);
    await expect(call(m.hub, m.stranger, "close", [requestId]))
      .to.emit(m.hub, "Refunded")
      .withArgs(requestId, MODEL_FEE + NODE_FEE * 3n + AUDIT_FEE, 5);
    expect(await nodeOf(m, seats[0].address)).to.include({ stake: STAKE, locked: 0n });
    for (const { address } of seats.slice(1)) {
      expect(await nodeOf(m, address)).to.include({ stake: STAKE - MISS, locked: 0n });
    }
    expect(await m.balances.getFunction("burnedOf")(ETHER)).to.equal(MISS * 2n);
  });

  it("is not for one replica", async () => {
    const m = await load(market);
    const requestId = await request(m);
    await networkHelpers.mine(2);
    await call(m.hub, m.stranger, "assign", [requestId]);
    await networkHelpers.time.increase(501);
    await expect(call(m.hub, m.stranger, "close", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_WrongState",
    );
  });
});
