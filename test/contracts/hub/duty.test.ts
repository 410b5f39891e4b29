import { expect } from "chai";

import { getRequest } from "../../../offchain/chain/requests.ts";
import {
  accepted,
  assign,
  bindingOf,
  call,
  load,
  market,
  nodeOf,
  owed,
  request,
  STATE,
  stateOf,
  TOTAL,
} from "../support/fixture.ts";
import { ethers, networkHelpers } from "../support/network.ts";
import { bytes32 } from "../support/values.ts";

async function lockedOf(m: Awaited<ReturnType<typeof market>>, node: string): Promise<bigint> {
  return ((await m.registry.getFunction("nodeOf")(node)) as { locked: bigint }).locked;
}

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
