import { expect } from "chai";

import { getRequest } from "../../../offchain/chain/requests.ts";
import { ETHER } from "../../../offchain/chain/types.ts";
import {
  accepted,
  assign,
  bindingOf,
  BOND,
  call,
  load,
  market,
  nodeOf,
  owed,
  posted,
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

  it("does not count when the node was drawn too late to have its time", async () => {
    const m = await load(market);
    const [node, ...others] = m.nodes;
    for (const other of others) await call(m.registry, other, "requestExit", []);
    for (let i = 0; i < 5; i++) {
      const requestId = await request(m);
      await networkHelpers.time.increase(480);
      await assign(m, requestId);
      await call(m.hub, node, "decline", [requestId]);
    }
    expect(await m.registry.getFunction("canServe")(node.address, BOND, ETHER)).to.equal(true);
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

  it("does not end a row of declines", async () => {
    const m = await load(market);
    const [node, ...others] = m.nodes;
    for (const other of others) await call(m.registry, other, "requestExit", []);
    for (let i = 0; i < 5; i++) {
      const requestId = await request(m);
      await assign(m, requestId);
      await call(m.hub, node, "decline", [requestId]);
      if (i !== 3) continue;
      const rejected = await request(m);
      await assign(m, rejected);
      await call(m.hub, node, "reject", [rejected, await bindingOf(m, rejected), 1]);
      await call(m.hub, m.user, "refund", [rejected]);
    }
    expect(await m.registry.getFunction("canServe")(node.address, BOND, ETHER)).to.equal(false);
  });

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
