import { expect } from "chai";
import { Contract } from "ethers";

import { getRequest } from "../../../offchain/chain/requests.ts";
import { ETHER } from "../../../offchain/chain/types.ts";
import {
  accepted,
  assign,
  BOND,
  call,
  deployed,
  load,
  market,
  type Market,
  nodeOf,
  owed,
  posted,
  request,
  requestParams,
  STATE,
  STAKE,
  stateOf,
  TOTAL,
} from "../support/fixture.ts";
import { ethers, networkHelpers } from "../support/network.ts";

describe("InferenceHub: cancel", () => {
  it("gives the money back while nobody knows the draw", async () => {
    const m = await load(market);
    // The round is the next block, so the request and its cancellation share one.
    await networkHelpers.mine(1);
    await ethers.provider.send("evm_setAutomine", [false]);
    const hub = new Contract(m.hub.target, m.hub.interface, m.user);
    await hub.getFunction("request").send(await requestParams(m), { value: TOTAL, gasLimit: 1_000_000 });
    await hub.getFunction("cancel").send(1, { gasLimit: 500_000 });
    await ethers.provider.send("evm_setAutomine", [true]);
    await networkHelpers.mine(1);
    expect(await stateOf(m, 1n)).to.equal(STATE.refunded);
    expect(await owed(m, m.user.address)).to.equal(TOTAL);
  });

  it("reverts given another caller", async () => {
    const m = await load(market);
    const requestId = await request(m);
    await expect(call(m.hub, m.stranger, "cancel", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_NotRequester",
    );
  });

  it("reverts once the draw is decided, and for good", async () => {
    const m = await load(market);
    const requestId = await request(m);
    for (const blocks of [2, 300]) {
      await networkHelpers.mine(blocks);
      await expect(call(m.hub, m.user, "cancel", [requestId])).to.be.revertedWithCustomError(
        m.hub,
        "InferenceHub_DrawDecided",
      );
    }
  });

  it("reverts once assigned, and for an unknown request", async () => {
    const m = await load(market);
    const requestId = await request(m);
    await assign(m, requestId);
    for (const id of [requestId, 77n]) {
      await expect(call(m.hub, m.user, "cancel", [id])).to.be.revertedWithCustomError(m.hub, "InferenceHub_WrongState");
    }
  });
});

describe("InferenceHub: refund", () => {
  it("reverts before the deadline, in every state", async () => {
    const m = await load(market);
    const requestId = await request(m);
    const refused = async (): Promise<void> => {
      await expect(call(m.hub, m.user, "refund", [requestId])).to.be.revertedWithCustomError(
        m.hub,
        "InferenceHub_TooEarly",
      );
    };
    await refused();
    const node = await assign(m, requestId);
    await refused();
    await call(m.hub, node, "accept", [requestId, await m.hub.getFunction("bindingOf")(requestId)]);
    await refused();
  });

  it("gives the money back after the deadline without a draw", async () => {
    const m = await load(market);
    const requestId = await request(m);
    await networkHelpers.time.increase(501);
    await expect(call(m.hub, m.stranger, "refund", [requestId]))
      .to.emit(m.hub, "Refunded")
      .withArgs(requestId, TOTAL, 0);
    expect(await owed(m, m.user.address)).to.equal(TOTAL);
    expect(await owed(m, m.contracts.hub)).to.equal(0n);
  });

  it("slashes a node that accepted and let the deadline pass", async () => {
    const m = await load(market);
    const { requestId, node } = await accepted(m);
    await networkHelpers.time.increase(501);
    const penalty = (BOND * 500n) / 10_000n;
    await expect(call(m.hub, m.stranger, "refund", [requestId]))
      .to.emit(m.hub, "Missed")
      .withArgs(requestId, node.address, 0, penalty)
      .and.to.emit(m.registry, "Slashed")
      .withArgs(node.address, penalty, ETHER);
    expect(await owed(m, m.user.address)).to.equal(TOTAL);
    expect(await m.balances.getFunction("burnedOf")(ETHER)).to.equal(penalty);
    const { stake, locked } = (await m.registry.getFunction("nodeOf")(node.address)) as Record<string, bigint>;
    expect([stake, locked]).to.deep.equal([STAKE - penalty, 0n]);
  });

  /** A request whose node is drawn so many seconds before its deadline. */
  async function drawnLate(m: Market, seconds: number) {
    const requestId = await request(m);
    const { deadline } = await getRequest(ethers.provider, m.contracts, requestId);
    await networkHelpers.mine(2);
    await networkHelpers.time.setNextBlockTimestamp(deadline - seconds);
    await call(m.hub, m.stranger, "assign", [requestId]);
    return { requestId, deadline, node: await nodeOf(m, requestId) };
  }

  it("slashes nobody when the node was drawn so late that its time is not over", async () => {
    const m = await load(market);
    const { requestId, deadline, node } = await drawnLate(m, 20);
    await networkHelpers.time.setNextBlockTimestamp(deadline + 1);
    await expect(call(m.hub, m.stranger, "refund", [requestId])).not.to.emit(m.hub, "Missed");
    const { stake, locked } = (await m.registry.getFunction("nodeOf")(node.address)) as Record<string, bigint>;
    expect([stake, locked]).to.deep.equal([STAKE, 0n]);
    expect(await owed(m, m.user.address)).to.equal(TOTAL);
  });

  it("slashes nobody for a draw too late, however long the refund waits", async () => {
    const m = await load(market);
    const { requestId, node } = await drawnLate(m, 20);
    await networkHelpers.time.increase(1_000);
    await expect(call(m.hub, m.stranger, "refund", [requestId])).not.to.emit(m.hub, "Missed");
    const { stake, locked } = (await m.registry.getFunction("nodeOf")(node.address)) as Record<string, bigint>;
    expect([stake, locked]).to.deep.equal([STAKE, 0n]);
  });

  it("slashes a node that let its whole time to accept pass", async () => {
    const m = await load(market);
    const requestId = await request(m);
    const node = await assign(m, requestId);
    await networkHelpers.time.increase(501);
    await expect(call(m.hub, m.stranger, "refund", [requestId]))
      .to.emit(m.hub, "Missed")
      .withArgs(requestId, node.address, 0, (BOND * 500n) / 10_000n);
  });

  it("leaves the node alone that gave the duty back, where no other was drawn", async () => {
    const m = await load(market);
    const requestId = await request(m);
    const node = await assign(m, requestId);
    await call(m.hub, node, "decline", [requestId]);
    await networkHelpers.time.increase(501);
    await expect(call(m.hub, m.stranger, "refund", [requestId])).not.to.emit(m.hub, "Missed");
    expect(await owed(m, m.user.address)).to.equal(TOTAL);
    const { stake, locked } = (await m.registry.getFunction("nodeOf")(node.address)) as Record<string, bigint>;
    expect([stake, locked]).to.deep.equal([STAKE, 0n]);
  });

  it("reverts once posted, settled or refunded, and for an unknown request", async () => {
    const m = await load(market);
    const { requestId } = await posted(m);
    await networkHelpers.time.increase(501);
    const refused = async (id: bigint): Promise<void> => {
      await expect(call(m.hub, m.user, "refund", [id])).to.be.revertedWithCustomError(m.hub, "InferenceHub_WrongState");
    };
    await refused(requestId);
    await call(m.hub, m.user, "settle", [requestId]);
    await refused(requestId);
    await refused(99n);
  });
});

describe("InferenceHub: views", () => {
  it("revert for an unknown request", async () => {
    const { hub } = await load(deployed);
    for (const view of ["requestOf", "dutiesOf", "bindingOf", "receiptOf"]) {
      await expect(hub.getFunction(view)(1)).to.be.revertedWithCustomError(hub, "InferenceHub_WrongState");
    }
  });

  it("give no receipt before a result is posted", async () => {
    const m = await load(market);
    const requestId = await request(m);
    await expect(m.hub.getFunction("receiptOf")(requestId))
      .to.be.revertedWithCustomError(m.hub, "InferenceHub_WrongState")
      .withArgs(requestId, STATE.requested);
  });
});
