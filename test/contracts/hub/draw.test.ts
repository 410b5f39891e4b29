import { expect } from "chai";
import { Contract } from "ethers";

import { getRequest } from "../../../offchain/chain/requests.ts";
import { ETHER } from "../../../offchain/chain/types.ts";
import {
  accepted,
  addNode,
  assign,
  bindingOf,
  BOND,
  call,
  forgetfulMarket,
  inline,
  load,
  market,
  MODEL_FEE,
  nodeOf,
  owed,
  request,
  requestParams,
  STAKE,
  STATE,
  stateOf,
  TOTAL,
} from "../support/fixture.ts";
import { ethers, networkHelpers } from "../support/network.ts";

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
  it("is due when the list of nodes is forgotten, though the seed can be read", async () => {
    const m = await load(forgetfulMarket);
    const requestId = await request(m);
    await networkHelpers.time.increase(180);
    await expect(call(m.hub, m.stranger, "assign", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_DrawExpired",
    );
    await call(m.hub, m.stranger, "redraw", [requestId], m.parameters.redrawFee);
    await networkHelpers.mine(2);
    await call(m.hub, m.stranger, "assign", [requestId]);
    expect(await stateOf(m, requestId)).to.equal(STATE.assigned);
  });

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
