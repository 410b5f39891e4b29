import { expect } from "chai";

import { receiptDigest } from "../../../offchain/chain/bindings.ts";
import { findRequestEvent } from "../../../offchain/chain/request-events.ts";
import { getRequest } from "../../../offchain/chain/requests.ts";
import { ETHER } from "../../../offchain/chain/types.ts";
import {
  accepted,
  assign,
  AUDIT_FEE,
  bindingOf,
  call,
  inline,
  load,
  market,
  MODEL_FEE,
  NODE_FEE,
  owed,
  posted,
  request,
  STATE,
  stateOf,
  terms,
} from "../support/fixture.ts";
import { ethers, networkHelpers } from "../support/network.ts";
import { bytes32 } from "../support/values.ts";

async function lockedOf(m: Awaited<ReturnType<typeof market>>, node: string): Promise<bigint> {
  return ((await m.registry.getFunction("nodeOf")(node)) as { locked: bigint }).locked;
}

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
      // What is left is set aside for audits of the model.
      expect(await owed(m, m.contracts.hub)).to.equal(AUDIT_FEE);
      expect(await m.hub.getFunction("auditPoolOf")(1, ETHER)).to.equal(AUDIT_FEE);
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
