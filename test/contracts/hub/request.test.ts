import { expect } from "chai";

import { bindingDigest } from "../../../offchain/chain/bindings.ts";
import { getRequestEvents } from "../../../offchain/chain/request-events.ts";
import { getQuote, getRequest } from "../../../offchain/chain/requests.ts";
import { ETHER } from "../../../offchain/chain/types.ts";
import {
  assign,
  AUDIT_FEE,
  bindingOf,
  BOND,
  call,
  load,
  market,
  type Market,
  MODEL_FEE,
  nextEpoch,
  NODE_FEE,
  owed,
  PARAMS,
  plan,
  request,
  requestParams,
  STATE,
  stateOf,
  terms,
  TOTAL,
  version,
} from "../support/fixture.ts";
import { ethers, networkHelpers } from "../support/network.ts";
import { bytes32 } from "../support/values.ts";

const ZERO = `0x${"00".repeat(32)}`;

describe("InferenceHub: quote", () => {
  it("is the model fee plus a node fee a replica, times the plan's units", async () => {
    const m = await load(market);
    const price = { token: ETHER, modelFee: MODEL_FEE, nodeFee: NODE_FEE, auditFee: AUDIT_FEE, total: TOTAL };
    expect(await getQuote(ethers.provider, m.contracts, 1n, 1, 0)).to.deep.equal(price);
    expect(await getQuote(ethers.provider, m.contracts, 1n, 1, 1)).to.deep.equal({
      ...price,
      modelFee: MODEL_FEE * 10n,
      nodeFee: NODE_FEE * 10n,
      auditFee: AUDIT_FEE * 10n,
      total: TOTAL * 10n,
    });
  });

  it("reverts given a paused model, an unknown plan, or another number of replicas", async () => {
    const m = await load(market);
    const quote = m.hub.getFunction("quote");
    await expect(quote(1, 1, 2, 1)).to.be.revertedWithCustomError(m.models, "ModelRegistry_UnknownPlan");
    for (const replicas of [0, 2, 4, 6, 8, 9]) {
      await expect(quote(1, 1, 0, replicas))
        .to.be.revertedWithCustomError(m.hub, "InferenceHub_BadReplicas")
        .withArgs(replicas);
    }
    await call(m.models, m.owner, "setStatus", [1, 2]);
    await expect(quote(1, 1, 0, 1))
      .to.be.revertedWithCustomError(m.hub, "InferenceHub_ModelNotActive")
      .withArgs(1);
  });

  for (const fee of ["modelFee", "nodeFee"]) {
    it(`reverts given a ${fee} that does not fit 96 bits after the units`, async () => {
      const m = await load(market);
      await call(m.models, m.owner, "setTerms", [1, terms({ [fee]: 2n ** 96n - 1n })]);
      await m.hub.getFunction("quote")(1, 1, 0, 1);
      const most = 2n ** 96n - 1n;
      await expect(m.hub.getFunction("quote")(1, 1, 1, 1))
        .to.be.revertedWithCustomError(m.hub, "InferenceHub_FeeTooHigh")
        .withArgs(ETHER, 10n * most, most);
    });

    it(`takes the largest ${fee} that fits them`, async () => {
      const m = await load(market);
      await call(m.models, m.owner, "setTerms", [1, terms({ modelFee: 0n, nodeFee: 0n, [fee]: 2n ** 96n - 1n })]);
      const quote = (await m.hub.getFunction("quote")(1, 1, 0, 1)) as Record<string, bigint>;
      expect(quote[fee]).to.equal(2n ** 96n - 1n);
    });
  }

  it("says in which token a price is above the most agreed to", async () => {
    const m = await load(market);
    const params = await requestParams(m, { maxFee: TOTAL - 1n });
    await expect(call(m.hub, m.user, "request", [params], TOTAL))
      .to.be.revertedWithCustomError(m.hub, "InferenceHub_FeeTooHigh")
      .withArgs(ETHER, TOTAL, TOTAL - 1n);
  });
});

describe("InferenceHub: request", () => {
  it("escrows the price and fixes what it is about", async () => {
    const m = await load(market);
    const requestId = await request(m);
    expect(requestId).to.equal(1n);
    const r = await getRequest(ethers.provider, m.contracts, requestId);
    expect(r).to.include({
      requester: m.user.address,
      state: "requested",
      modelId: 1n,
      version: 1,
      planIndex: 0,
      replicas: 1,
      noiseIndex: 0,
      token: ETHER,
      payee: m.owner.address,
      modelFee: MODEL_FEE,
      nodeFee: NODE_FEE,
      auditFee: AUDIT_FEE,
      attempts: 0,
      result: undefined,
    });
    expect(await owed(m, m.contracts.hub)).to.equal(TOTAL);
    expect(await request(m)).to.equal(2n);
    expect((await getRequest(ethers.provider, m.contracts, 2n)).noiseIndex).to.equal(1);
    expect(await m.hub.getFunction("noiseUsed")(1, 1)).to.equal(2n);
  });

  it("reports a binding whose EIP-712 digest is the request's", async () => {
    const m = await load(market);
    await request(m);
    const params = await requestParams(m, { planIndex: 1, maxFee: TOTAL * 10n });
    await call(m.hub, m.user, "request", [params], TOTAL * 10n);
    const requestId = 2n;
    const kept = await getRequest(ethers.provider, m.contracts, requestId);
    expect(kept).to.include({ planIndex: 1, noiseIndex: 1, version: 1, modelId: 1n });
    const [event] = await getRequestEvents(ethers.provider, m.contracts.hub, requestId, 0);
    if (event.type !== "requested") throw new Error(`the first event is ${event.type}`);
    expect(event.binding).to.deep.equal({
      requestId,
      requester: m.user.address,
      modelId: 1n,
      version: 1,
      planIndex: 1,
      planDigest: bytes32("batch plan"),
      weightsRoot: bytes32("weights"),
      noiseRoot: bytes32("noise"),
      noiseIndex: 1,
      semantics: "seal-4.1",
      keySetId: m.keySetId,
      keySetOwner: m.user.address,
      packsDigest: ((await m.keys.getFunction("keySetOf")(m.keySetId)) as { packsDigest: string }).packsDigest,
      packCount: 1,
      inputBlobRoot: bytes32("input"),
      inputResiduesRoot: bytes32("residues"),
      inputSize: 1_234,
      replicas: 1,
    });
    expect(event.inputUri).to.equal("https://input");
    const digest = await bindingOf(m, requestId);
    expect(bindingDigest(31337, m.contracts.hub, event.binding)).to.equal(digest);
    const semantics = plan().semantics;
    expect(await m.hub.getFunction("hashBinding")({ ...event.binding, semantics })).to.equal(digest);
  });

  it("binds the key set's owner when a delegate asks", async () => {
    const m = await load(market);
    await call(m.keys, m.user, "setDelegate", [m.keySetId, m.stranger.address, true]);
    await call(m.hub, m.stranger, "request", [await requestParams(m)], TOTAL);
    const [event] = await getRequestEvents(ethers.provider, m.contracts.hub, 1n, 0);
    if (event.type !== "requested") throw new Error(`the first event is ${event.type}`);
    expect(event.binding.requester).to.equal(m.stranger.address);
    expect(event.binding.keySetOwner).to.equal(m.user.address);
  });

  it("can be free", async () => {
    const m = await load(market);
    await call(m.models, m.owner, "setTerms", [1, terms({ modelFee: 0n, nodeFee: 0n })]);
    await call(m.hub, m.user, "request", [await requestParams(m, { maxFee: 0n })]);
    const node = await assign(m, 1n);
    await call(m.hub, node, "accept", [1, await m.hub.getFunction("bindingOf")(1)]);
    await networkHelpers.time.increase(501);
    await call(m.hub, m.stranger, "refund", [1]);
    expect(await stateOf(m, 1n)).to.equal(STATE.refunded);
  });

  describe("reverts", () => {
    const refused = async (
      m: Market,
      over: Partial<Record<string, unknown>>,
      error: string,
      value = TOTAL,
      from = m.user,
    ): Promise<void> => {
      await expect(call(m.hub, from, "request", [await requestParams(m, over)], value)).to.be.revertedWithCustomError(
        m.hub,
        error,
      );
    };
    const input = { blobRoot: bytes32("input"), residuesRoot: bytes32("residues"), size: 1n, uri: "" };

    it("given a payment that is not the price", async () => {
      const m = await load(market);
      for (const value of [0n, TOTAL - 1n, TOTAL + 1n]) await refused(m, {}, "InferenceHub_WrongPayment", value);
    });

    it("given a price above the most the requester pays", async () => {
      const m = await load(market);
      await call(m.models, m.owner, "setTerms", [1, terms({ modelFee: MODEL_FEE + 1n })]);
      await refused(m, {}, "InferenceHub_FeeTooHigh", TOTAL + 1n);
    });

    it("given a model that charges in another token since", async () => {
      const m = await load(market);
      await call(m.models, m.owner, "setTerms", [1, terms({ token: m.contracts.balances })]);
      await refused(m, {}, "InferenceHub_TokenChanged");
    });

    it("given a paused or retired model", async () => {
      const m = await load(market);
      for (const status of [2, 3]) {
        await call(m.models, m.owner, "setStatus", [1, status]);
        await refused(m, {}, "InferenceHub_ModelNotActive");
      }
    });

    it("given no node in this epoch", async () => {
      const m = await load(market);
      for (const node of m.nodes) await call(m.access, node, "resign", [1, 1]);
      await nextEpoch();
      await refused(m, {}, "InferenceHub_NoNodes");
    });

    it("given an unknown model, version or plan", async () => {
      const m = await load(market);
      for (const [over, error] of [
        [{ modelId: 2 }, "ModelRegistry_UnknownModel"],
        [{ version: 2 }, "ModelRegistry_UnknownVersion"],
        [{ planIndex: 2 }, "ModelRegistry_UnknownPlan"],
      ] as const) {
        await expect(
          call(m.hub, m.user, "request", [await requestParams(m, over)], TOTAL),
        ).to.be.revertedWithCustomError(m.models, error);
      }
    });

    it("given another number of replicas, or more than nodes serve", async () => {
      const m = await load(market);
      await refused(m, { replicas: 2 }, "InferenceHub_BadReplicas");
      await refused(m, { replicas: 5 }, "InferenceHub_NoNodes");
    });

    it("given a deadline too near or too far", async () => {
      const m = await load(market);
      const { minimumTime, maximumTime } = m.parameters;
      for (const [seconds, fits] of [
        [minimumTime - 1, false],
        [minimumTime, true],
        [maximumTime, true],
        [maximumTime + 1, false],
      ] as const) {
        const now = (await networkHelpers.time.latest()) + 10;
        await networkHelpers.time.setNextBlockTimestamp(now);
        const params = await requestParams(m, { deadline: now + seconds });
        const sent = call(m.hub, m.user, "request", [params], TOTAL);
        if (fits) await sent;
        else await expect(sent).to.be.revertedWithCustomError(m.hub, "InferenceHub_BadDeadline");
      }
    });

    it("given an input without roots or with an impossible size", async () => {
      const m = await load(market);
      for (const gap of [{ blobRoot: ZERO }, { residuesRoot: ZERO }, { size: 0n }, { size: 2n ** 30n + 1n }]) {
        await refused(m, { input: { ...input, ...gap } }, "InferenceHub_BadInput");
      }
      await request(m, { input: { ...input, size: 2n ** 30n } });
    });

    it("given somebody else's, a revoked or an unknown key set", async () => {
      const m = await load(market);
      await refused(m, {}, "InferenceHub_KeySetRefused", TOTAL, m.stranger);
      await expect(
        call(m.hub, m.user, "request", [await requestParams(m, { keySetId: PARAMS })], TOTAL),
      ).to.be.revertedWithCustomError(m.keys, "KeyRegistry_UnknownKeySet");
      await call(m.keys, m.user, "revoke", [m.keySetId]);
      await refused(m, {}, "InferenceHub_KeySetRefused");
    });

    it("given a key set of another parameter set than the plan", async () => {
      const m = await load(market);
      const plans = [plan({ paramsDigest: bytes32("other params") })];
      await call(m.models, m.owner, "publish", [1, version({ plans })]);
      const [node] = m.nodes;
      await call(m.access, m.owner, "authorise", [1, 2, node.address, bytes32("e"), ""]);
      await call(m.access, node, "join", [1, 2, BOND]);
      await nextEpoch();
      await refused(m, { version: 2 }, "InferenceHub_WrongParameters");
    });

    it("given a version that has used all its noise seeds", async () => {
      const m = await load(market);
      // _noiseUsed is at slot 6, after the two of EIP712: keccak256(version ‖ keccak256(modelId ‖ 6)).
      const coder = ethers.AbiCoder.defaultAbiCoder();
      const outer = ethers.keccak256(coder.encode(["uint256", "uint256"], [1, 6]));
      const slot = ethers.keccak256(coder.encode(["uint32", "bytes32"], [1, outer]));
      await networkHelpers.setStorageAt(m.contracts.hub, slot, 65_535);
      await request(m);
      expect(await m.hub.getFunction("noiseUsed")(1, 1)).to.equal(65_536n);
      await refused(m, {}, "InferenceHub_VersionExhausted");
    });
  });
});
