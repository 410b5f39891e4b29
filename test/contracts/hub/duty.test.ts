import { expect } from "chai";
import { Contract } from "ethers";

import { receiptDigest } from "../../../offchain/chain/bindings.ts";
import { findRequestEvent } from "../../../offchain/chain/request-events.ts";
import { getRequest } from "../../../offchain/chain/requests.ts";
import { ETHER } from "../../../offchain/chain/types.ts";
import {
  accepted,
  addNode,
  assign,
  bindingOf,
  BOND,
  call,
  inline,
  load,
  market,
  MODEL_FEE,
  nodeOf,
  NODE_FEE,
  owed,
  posted,
  request,
  requestParams,
  STAKE,
  STATE,
  stateOf,
  terms,
  TOTAL,
} from "../support/fixture.ts";
import { ethers, networkHelpers } from "../support/network.ts";
import { bytes32 } from "../support/values.ts";

const PENALTY = (BOND * 500n) / 10_000n;

async function lockedOf(m: Awaited<ReturnType<typeof market>>, node: string): Promise<bigint> {
  return ((await m.registry.getFunction("nodeOf")(node)) as { locked: bigint }).locked;
}

describe("InferenceHub: assign", () => {
  it("draws a serving node and locks its bond", async () => {
    const m = await load(market);
    const requestId = await request(m);
    await networkHelpers.mine(2);
    await expect(call(m.hub, m.stranger, "assign", [requestId])).to.emit(m.hub, "Assigned");
    const node = await nodeOf(m, requestId);
    expect(await lockedOf(m, node.address)).to.equal(BOND);
    const { duties, state } = await getRequest(ethers.provider, m.contracts, requestId);
    expect(state).to.equal("assigned");
    expect(duties[0]).to.deep.equal({
      node: node.address,
      state: "assigned",
      dueBy: (await networkHelpers.time.latest()) + m.parameters.acceptWindow,
      bond: BOND,
    });
  });

  it("draws each of several nodes in the long run", async () => {
    const m = await load(market);
    const drawn = new Set<string>();
    for (let i = 0; i < 40 && drawn.size < 3; i++) drawn.add((await assign(m, await request(m))).address);
    expect(drawn.size).to.equal(3);
  });

  it("never draws nodes that joined after the request", async () => {
    const m = await load(market);
    const requestId = await request(m);
    for (const node of m.nodes) await call(m.registry, node, "requestExit", []);
    await addNode(m, m.stranger, 4, BOND * 1_000n);
    await networkHelpers.mine(2);
    await call(m.hub, m.stranger, "assign", [requestId]);
    expect(await stateOf(m, requestId)).to.equal(STATE.refunded);
  });

  it("passes over nodes that exit or have too little free stake", async () => {
    const m = await load(market);
    const [a, b, c] = m.nodes;
    await call(m.registry, a, "requestExit", []);
    await call(m.access, b, "resign", [1, 1]);
    await call(m.access, b, "join", [1, 1, STAKE + BOND]);
    await networkHelpers.time.increase(600);
    for (let i = 0; i < 4; i++) expect((await assign(m, await request(m))).address).to.equal(c.address);
  });

  it("refunds when no node is left", async () => {
    const m = await load(market);
    const requestId = await request(m);
    for (const node of m.nodes) await call(m.registry, node, "requestExit", []);
    await networkHelpers.mine(2);
    await expect(call(m.hub, m.stranger, "assign", [requestId]))
      .to.emit(m.hub, "Refunded")
      .withArgs(requestId, TOTAL, 2);
    expect(await owed(m, m.user.address)).to.equal(TOTAL);
  });

  it("goes on for a request whose model was retired and transferred since", async () => {
    const m = await load(market);
    const requestId = await request(m);
    await call(m.models, m.owner, "transferFrom", [m.owner.address, m.stranger.address, 1]);
    await call(m.models, m.stranger, "setStatus", [1, 3]);
    const node = await assign(m, requestId);
    await call(m.hub, node, "accept", [requestId, await bindingOf(m, requestId)]);
    await call(m.hub, node, "post", [requestId, inline(100)]);
    await call(m.hub, m.user, "settle", [requestId]);
    expect(await owed(m, m.owner.address)).to.equal(MODEL_FEE);
    expect(await owed(m, m.stranger.address)).to.equal(0n);
  });

  it("reverts given a pending draw", async () => {
    const m = await load(market);
    await networkHelpers.mine(1);
    await ethers.provider.send("evm_setAutomine", [false]);
    const hub = new Contract(m.hub.target, m.hub.interface, m.user);
    await hub.getFunction("request").send(await requestParams(m), { value: TOTAL, gasLimit: 1_000_000 });
    const early = await hub.getFunction("assign").send(1, { gasLimit: 500_000 });
    await ethers.provider.send("evm_setAutomine", [true]);
    await networkHelpers.mine(1);
    const receipt = await ethers.provider.getTransactionReceipt(early.hash);
    expect(receipt?.status).to.equal(0);
    expect(await stateOf(m, 1n)).to.equal(STATE.requested);
  });

  it("reverts given an expired draw, a passed deadline, or another state", async () => {
    const m = await load(market);
    const requestId = await request(m, { deadline: (await networkHelpers.time.latest()) + 2_000 });
    await networkHelpers.mine(300);
    await expect(call(m.hub, m.stranger, "assign", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_DrawExpired",
    );
    await networkHelpers.time.increase(2_000);
    await expect(call(m.hub, m.stranger, "assign", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_TooLate",
    );
    const other = await request(m);
    await assign(m, other);
    await expect(call(m.hub, m.stranger, "assign", [other])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_WrongState",
    );
  });
});

describe("InferenceHub: redraw", () => {
  it("burns its fee and starts another draw", async () => {
    const m = await load(market);
    const requestId = await request(m, { deadline: (await networkHelpers.time.latest()) + 5_000 });
    await networkHelpers.mine(300);
    const fee = m.parameters.redrawFee;
    await expect(call(m.hub, m.stranger, "redraw", [requestId], fee - 1n)).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_WrongPayment",
    );
    await expect(call(m.hub, m.stranger, "redraw", [requestId], fee)).to.emit(m.hub, "DrawStarted");
    expect(await m.balances.getFunction("burnedOf")(ETHER)).to.equal(fee);
    await assign(m, requestId);
    expect(await stateOf(m, requestId)).to.equal(STATE.assigned);
  });

  it("reverts given a draw that has not expired, a passed deadline, or another state", async () => {
    const m = await load(market);
    const requestId = await request(m);
    const redraw = () => call(m.hub, m.stranger, "redraw", [requestId], m.parameters.redrawFee);
    await networkHelpers.mine(2);
    await expect(redraw()).to.be.revertedWithCustomError(m.hub, "InferenceHub_DrawNotExpired");
    await networkHelpers.time.increase(501);
    await expect(redraw()).to.be.revertedWithCustomError(m.hub, "InferenceHub_TooLate");
    await call(m.hub, m.stranger, "refund", [requestId]);
    await expect(redraw()).to.be.revertedWithCustomError(m.hub, "InferenceHub_WrongState");
  });
});

describe("InferenceHub: accept", () => {
  it("gives the node until the post window ends", async () => {
    const m = await load(market);
    const { requestId } = await accepted(m);
    const [duty] = (await getRequest(ethers.provider, m.contracts, requestId)).duties;
    expect(duty.state).to.equal("accepted");
    expect(duty.dueBy).to.equal((await networkHelpers.time.latest()) + m.parameters.postWindow);
  });

  it("gives the node at most until the request's deadline", async () => {
    const m = await load(market);
    const deadline = (await networkHelpers.time.latest()) + 60;
    const requestId = await request(m, { deadline });
    const node = await assign(m, requestId);
    await call(m.hub, node, "accept", [requestId, await bindingOf(m, requestId)]);
    expect((await getRequest(ethers.provider, m.contracts, requestId)).duties[0].dueBy).to.equal(deadline);
  });

  it("reverts given another caller, another binding, or another state", async () => {
    const m = await load(market);
    const requestId = await request(m);
    const binding = await bindingOf(m, requestId);
    const node = await assign(m, requestId);
    const other = m.nodes.find(({ address }) => address !== node.address)!;
    await expect(call(m.hub, other, "accept", [requestId, binding])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_NotYourDuty",
    );
    await expect(call(m.hub, node, "accept", [requestId, bytes32("another")]))
      .to.be.revertedWithCustomError(m.hub, "InferenceHub_WrongBinding")
      .withArgs(requestId, bytes32("another"), binding);
    await call(m.hub, node, "accept", [requestId, binding]);
    await expect(call(m.hub, node, "accept", [requestId, binding])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_WrongState",
    );
  });

  it("reverts after the accept window", async () => {
    const m = await load(market);
    const requestId = await request(m);
    const node = await assign(m, requestId);
    await networkHelpers.time.increase(m.parameters.acceptWindow);
    await expect(call(m.hub, node, "accept", [requestId, await bindingOf(m, requestId)])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_TooLate",
    );
  });

  it("reverts after the request's deadline", async () => {
    const m = await load(market);
    const requestId = await request(m);
    await networkHelpers.time.increase(480);
    const node = await assign(m, requestId);
    await networkHelpers.time.increase(20);
    await expect(call(m.hub, node, "accept", [requestId, await bindingOf(m, requestId)])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_TooLate",
    );
  });
});

describe("InferenceHub: decline", () => {
  it("is free and draws another node", async () => {
    const m = await load(market);
    const requestId = await request(m);
    const first = await assign(m, requestId);
    await expect(call(m.hub, first, "decline", [requestId]))
      .to.emit(m.hub, "Declined")
      .withArgs(requestId, first.address, 0)
      .and.to.emit(m.hub, "DrawStarted");
    expect(await lockedOf(m, first.address)).to.equal(0n);
    const second = await assign(m, requestId);
    expect(second.address).not.to.equal(first.address);
  });

  it("refunds with the last attempt", async () => {
    const m = await load(market);
    const requestId = await request(m);
    for (let i = 0; i < m.parameters.maximumAttempts; i++) {
      const node = await assign(m, requestId);
      await call(m.hub, node, "decline", [requestId]);
    }
    expect(await stateOf(m, requestId)).to.equal(STATE.refunded);
    expect(await owed(m, m.user.address)).to.equal(TOTAL);
  });

  it("suspends a node that does it several times in a row", async () => {
    const m = await load(market);
    const [node, ...others] = m.nodes;
    for (const other of others) await call(m.registry, other, "requestExit", []);
    const decline = async (): Promise<void> => {
      const requestId = await request(m);
      await assign(m, requestId);
      await call(m.hub, node, "decline", [requestId]);
    };
    for (let i = 0; i < 4; i++) await decline();
    // A fulfilled duty ends the row.
    await posted(m).then(({ requestId }) => call(m.hub, m.user, "settle", [requestId]));
    for (let i = 0; i < 4; i++) await decline();
    const can = async (): Promise<boolean> =>
      (await m.registry.getFunction("canServe")(node.address, BOND, ETHER)) as boolean;
    expect(await can()).to.equal(true);
    await decline();
    expect(await can()).to.equal(false);
    await networkHelpers.time.increase(60);
    expect(await can()).to.equal(true);
  });

  it("reverts given another caller or too late", async () => {
    const m = await load(market);
    const requestId = await request(m);
    const node = await assign(m, requestId);
    await expect(call(m.hub, m.stranger, "decline", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_NotYourDuty",
    );
    await networkHelpers.time.increase(m.parameters.acceptWindow);
    await expect(call(m.hub, node, "decline", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_TooLate",
    );
  });
});

describe("InferenceHub: reject", () => {
  for (const when of ["before", "after"] as const) {
    it(`${when} accepting: the requester takes its money at once, the node's bond is free again`, async () => {
      const m = await load(market);
      const requestId = when === "after" ? (await accepted(m)).requestId : await request(m);
      const node = when === "after" ? await nodeOf(m, requestId) : await assign(m, requestId);
      await call(m.hub, node, "reject", [requestId, await bindingOf(m, requestId), 17]);
      const { state, rejectCode } = await getRequest(ethers.provider, m.contracts, requestId);
      expect([state, rejectCode]).to.deep.equal(["rejected", 17]);
      await expect(call(m.hub, m.stranger, "refund", [requestId])).to.be.revertedWithCustomError(
        m.hub,
        "InferenceHub_TooEarly",
      );
      await expect(call(m.hub, m.user, "refund", [requestId]))
        .to.emit(m.hub, "Refunded")
        .withArgs(requestId, TOTAL, 3);
      expect(await owed(m, m.user.address)).to.equal(TOTAL);
      expect(await lockedOf(m, node.address)).to.equal(0n);
    });
  }

  it("is refunded by anybody after the window", async () => {
    const m = await load(market);
    const { requestId, node } = await accepted(m);
    await call(m.hub, node, "reject", [requestId, await bindingOf(m, requestId), 1]);
    await networkHelpers.time.increase(m.parameters.challengeWindow + 1);
    await call(m.hub, m.stranger, "refund", [requestId]);
    expect(await stateOf(m, requestId)).to.equal(STATE.refunded);
  });

  it("reverts given code 0, another binding, another caller, too late or another state", async () => {
    const m = await load(market);
    const requestId = await request(m);
    const binding = await bindingOf(m, requestId);
    const refused = (from: typeof m.user, args: readonly unknown[], error: string) =>
      expect(call(m.hub, from, "reject", args)).to.be.revertedWithCustomError(m.hub, error);
    await refused(m.nodes[0], [requestId, binding, 1], "InferenceHub_WrongState");
    const node = await assign(m, requestId);
    await refused(node, [requestId, binding, 0], "InferenceHub_BadRejectCode");
    await refused(node, [requestId, bytes32("x"), 1], "InferenceHub_WrongBinding");
    await refused(m.stranger, [requestId, binding, 1], "InferenceHub_NotYourDuty");
    await networkHelpers.time.increase(m.parameters.acceptWindow);
    await refused(node, [requestId, binding, 1], "InferenceHub_TooLate");
  });
});

describe("InferenceHub: post", () => {
  for (const size of [1, 1_024, 2_112, 8_192]) {
    it(`takes an inline result of ${size} bytes: bytes in the event, digest in the state`, async () => {
      const m = await load(market);
      const { requestId, node } = await accepted(m);
      const result = inline(size);
      await call(m.hub, node, "post", [requestId, result]);
      const event = await findRequestEvent(ethers.provider, m.contracts.hub, requestId, 0, "posted");
      const data = `0x${Buffer.from(result.data).toString("hex")}`;
      expect(event?.result).to.deep.equal({ kind: 0, size, digest: result.digest, data });
      const stored = { kind: 0 as const, size, digest: result.digest };
      expect((await getRequest(ethers.provider, m.contracts, requestId)).result).to.deep.equal(stored);
      expect(await m.hub.getFunction("receiptOf")(requestId)).to.equal(
        receiptDigest(31337, m.contracts.hub, await bindingOf(m, requestId), stored),
      );
    });
  }

  it("takes a blob by digest and size", async () => {
    const m = await load(market);
    const { requestId, node } = await accepted(m);
    await call(m.hub, node, "post", [requestId, { kind: 1, size: 1_000_000, digest: bytes32("blob"), data: "0x" }]);
    const { result } = await getRequest(ethers.provider, m.contracts, requestId);
    expect(result).to.deep.equal({ kind: 1, size: 1_000_000, digest: bytes32("blob") });
  });

  it("reverts given a wrong digest", async () => {
    const m = await load(market);
    const { requestId, node } = await accepted(m);
    const right = inline(2_112);
    await expect(call(m.hub, node, "post", [requestId, { ...right, digest: bytes32("wrong") }]))
      .to.be.revertedWithCustomError(m.hub, "InferenceHub_WrongResultDigest")
      .withArgs(bytes32("wrong"), right.digest);
    const data = Uint8Array.from(right.data);
    data[2_111] ^= 1;
    await expect(call(m.hub, node, "post", [requestId, { ...right, data }])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_WrongResultDigest",
    );
  });

  it("reverts given a kind or size that cannot be", async () => {
    const m = await load(market);
    const { requestId, node } = await accepted(m);
    const good = inline(100);
    const bad = [
      { ...good, size: 99 },
      { ...inline(8_193), size: 8_193 },
      { ...inline(0), size: 0 },
      { ...good, kind: 2, data: "0x" },
      { ...good, kind: 1 },
      { kind: 1, size: 0, digest: bytes32("blob"), data: "0x" },
      { kind: 1, size: 5, digest: `0x${"00".repeat(32)}`, data: "0x" },
    ];
    for (const result of bad) {
      await expect(call(m.hub, node, "post", [requestId, result])).to.be.revertedWithCustomError(
        m.hub,
        "InferenceHub_BadResult",
      );
    }
  });

  it("reverts given anybody but the drawn node, too late, or another state", async () => {
    const m = await load(market);
    const { requestId, node } = await accepted(m);
    const other = m.nodes.find(({ address }) => address !== node.address)!;
    for (const from of [other, m.user, m.owner]) {
      await expect(call(m.hub, from, "post", [requestId, inline(9)])).to.be.revertedWithCustomError(
        m.hub,
        "InferenceHub_NotYourDuty",
      );
    }
    await networkHelpers.time.increase(m.parameters.postWindow);
    await expect(call(m.hub, node, "post", [requestId, inline(9)])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_TooLate",
    );
    const next = await request(m);
    const drawn = await assign(m, next);
    await expect(call(m.hub, drawn, "post", [next, inline(9)])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_WrongState",
    );
  });
});

describe("InferenceHub: settle", () => {
  for (const who of ["requester", "anybody"] as const) {
    it(`pays node and owner: ${who === "requester" ? "the requester at once" : "anybody after the window"}`, async () => {
      const m = await load(market);
      const { requestId, node } = await posted(m);
      const from = who === "requester" ? m.user : m.stranger;
      if (who === "anybody") await networkHelpers.time.increase(m.parameters.challengeWindow);
      await expect(call(m.hub, from, "settle", [requestId]))
        .to.emit(m.hub, "Settled")
        .withArgs(requestId, NODE_FEE, MODEL_FEE);
      expect(await owed(m, node.address)).to.equal(NODE_FEE);
      expect(await owed(m, m.owner.address)).to.equal(MODEL_FEE);
      expect(await owed(m, m.contracts.hub)).to.equal(0n);
      expect(await lockedOf(m, node.address)).to.equal(0n);
      expect(await stateOf(m, requestId)).to.equal(STATE.settled);
    });
  }

  it("pays what was agreed, whatever the terms are now", async () => {
    const m = await load(market);
    const { requestId, node } = await posted(m);
    await call(m.models, m.owner, "setTerms", [1, terms({ modelFee: 10n ** 18n, nodeFee: 0n })]);
    await call(m.hub, m.user, "settle", [requestId]);
    expect(await owed(m, node.address)).to.equal(NODE_FEE);
    expect(await owed(m, m.owner.address)).to.equal(MODEL_FEE);
  });

  it("reverts given others before the window is over, and a second time", async () => {
    const m = await load(market);
    const { requestId, node } = await posted(m);
    await expect(call(m.hub, node, "settle", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_TooEarly",
    );
    await call(m.hub, m.user, "settle", [requestId]);
    await expect(call(m.hub, m.user, "settle", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_WrongState",
    );
  });
});

describe("InferenceHub: reassign", () => {
  for (const what of ["accept", "post"] as const) {
    it(`slashes who did not ${what} in time, and draws another`, async () => {
      const m = await load(market);
      const requestId = what === "post" ? (await accepted(m)).requestId : await request(m);
      const first = what === "post" ? await nodeOf(m, requestId) : await assign(m, requestId);
      const window = what === "post" ? m.parameters.postWindow : m.parameters.acceptWindow;
      await expect(call(m.hub, m.stranger, "reassign", [requestId])).to.be.revertedWithCustomError(
        m.hub,
        "InferenceHub_TooEarly",
      );
      await networkHelpers.time.increase(window);
      await expect(call(m.hub, m.stranger, "reassign", [requestId]))
        .to.emit(m.hub, "Missed")
        .withArgs(requestId, first.address, 0, PENALTY);
      const { stake, locked } = (await m.registry.getFunction("nodeOf")(first.address)) as Record<string, bigint>;
      expect([stake, locked]).to.deep.equal([STAKE - PENALTY, 0n]);
      expect(await owed(m, m.contracts.nodeRegistry)).to.equal(STAKE * 3n - PENALTY);
      const second = await assign(m, requestId);
      expect(second.address).not.to.equal(first.address);
      await expect(
        call(m.hub, first, "accept", [requestId, await bindingOf(m, requestId)]),
      ).to.be.revertedWithCustomError(m.hub, "InferenceHub_NotYourDuty");
    });
  }

  it("refunds with the last attempt", async () => {
    const m = await load(market);
    const requestId = await request(m);
    for (let i = 0; i < m.parameters.maximumAttempts; i++) {
      await assign(m, requestId);
      await networkHelpers.time.increase(m.parameters.acceptWindow);
      await call(m.hub, m.stranger, "reassign", [requestId]);
    }
    expect(await stateOf(m, requestId)).to.equal(STATE.refunded);
    expect(await owed(m, m.user.address)).to.equal(TOTAL);
    expect(await m.balances.getFunction("burnedOf")(ETHER)).to.equal(PENALTY * 3n);
  });

  it("reverts after the request's deadline, or in another state", async () => {
    const m = await load(market);
    const { requestId } = await accepted(m);
    await networkHelpers.time.increase(501);
    await expect(call(m.hub, m.stranger, "reassign", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_TooLate",
    );
    await call(m.hub, m.stranger, "refund", [requestId]);
    await expect(call(m.hub, m.stranger, "reassign", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_WrongState",
    );
  });
});
