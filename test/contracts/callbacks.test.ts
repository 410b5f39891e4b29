import { expect } from "chai";
import { type Contract, TypedDataEncoder } from "ethers";

import { hubDomain } from "../../offchain/chain/bindings.ts";
import { getRequestEvents } from "../../offchain/chain/request-events.ts";
import { ETHER, type Hex } from "../../offchain/chain/types.ts";
import {
  accepted,
  assign,
  bindingOf,
  call,
  deployTesting,
  inline,
  load,
  market,
  type Market,
  owed,
  plan,
  posted,
  request,
  requestParams,
  terms,
  TOTAL,
} from "./support/fixture.ts";
import { ethers, networkHelpers } from "./support/network.ts";
import { bytes32 } from "./support/values.ts";

const NOTHING = `0x${"00".repeat(32)}`;
const PAY = 10n ** 16n;
/** OddReceiver.Habit. */
const REVERT = 0;
const BOMB = 1;
const BURN = 2;
const REENTER = 3;

const order = (m: Market, requestId: bigint, target: unknown, gas = 100_000, pay = PAY, from = m.user) =>
  call(m.callbacks, from, "order", [requestId, target, gas], pay);
const deliver = (m: Market, requestId: bigint) => call(m.callbacks, m.stranger, "deliver", [requestId]);

describe("Callbacks: order", () => {
  it("keeps the pay until the call is made", async () => {
    const m = await load(market);
    const requestId = await request(m);
    await expect(order(m, requestId, m.owner.address))
      .to.emit(m.callbacks, "Ordered")
      .withArgs(requestId, m.owner.address, 100_000, PAY);
    expect(await owed(m, m.contracts.callbacks)).to.equal(PAY);
    expect(await m.callbacks.getFunction("orderOf")(requestId)).to.deep.equal([m.owner.address, 100_000n, PAY]);
  });

  it("reverts given another caller, a second order, an empty one or a pay out of range", async () => {
    const m = await load(market);
    const requestId = await request(m);
    const refused = (promise: Promise<unknown>, error: string) =>
      expect(promise).to.be.revertedWithCustomError(m.callbacks, error);
    const target = m.owner.address;
    await refused(order(m, requestId, target, 1, PAY, m.stranger), "Callbacks_NotRequester");
    await refused(order(m, requestId, ETHER), "Callbacks_BadOrder");
    await refused(order(m, requestId, target, 0), "Callbacks_BadOrder");
    await refused(order(m, requestId, target, 5_000_001), "Callbacks_BadOrder");
    await refused(order(m, requestId, target, 100_000, 0n), "Callbacks_BadPay");
    await networkHelpers.setBalance(m.user.address, 2n ** 66n);
    await refused(order(m, requestId, target, 100_000, 2n ** 64n), "Callbacks_BadPay");
    await order(m, requestId, target, 5_000_000);
    await refused(order(m, requestId, target), "Callbacks_Ordered");
    await refused(deliver(m, requestId), "Callbacks_NotEnded");
    await refused(deliver(m, requestId + 1n), "Callbacks_NoOrder");
  });

  it("takes no pay where gas costs nothing", async () => {
    const m = await load(market);
    const requestId = await request(m);
    await networkHelpers.setNextBlockBaseFeePerGas(0);
    await new ethers.Contract(m.contracts.callbacks, m.callbacks.interface, m.user)
      .getFunction("order")
      .send(requestId, m.owner.address, 1, { gasPrice: 0 });
    await networkHelpers.time.increase(501);
    await call(m.hub, m.stranger, "refund", [requestId]);
    await expect(deliver(m, requestId)).to.emit(m.callbacks, "Delivered");
  });
});

describe("Callbacks: deliver", () => {
  for (const [habit, name] of [
    [REVERT, "reverts"],
    [BOMB, "returns a megabyte"],
    [REENTER, "asks for the call again from within it"],
  ] as const) {
    it(`settles and pays, given a contract that ${name}`, async () => {
      const m = await load(market);
      const receiver = await deployTesting("OddReceiver", [habit]);
      const { requestId } = await posted(m);
      await order(m, requestId, receiver.target);
      await call(m.hub, m.user, "settle", [requestId]);
      await expect(deliver(m, requestId))
        .to.emit(m.callbacks, "Delivered")
        .withArgs(requestId, receiver.target, m.stranger.address, habit === REENTER);
      expect(await owed(m, m.stranger.address)).to.equal(PAY);
      expect(await owed(m, m.contracts.callbacks)).to.equal(0n);
      expect(await receiver.getFunction("calls")()).to.equal(habit === REENTER ? 1n : 0n);
      await expect(deliver(m, requestId)).to.be.revertedWithCustomError(m.callbacks, "Callbacks_NoOrder");
    });
  }

  it("gives the contract the gas that was ordered, or does not call it", async () => {
    const m = await load(market);
    const receiver = await deployTesting("OddReceiver", [BURN]);
    const { requestId } = await posted(m);
    const gas = 1_000_000;
    await order(m, requestId, receiver.target, gas);
    await call(m.hub, m.user, "settle", [requestId]);
    const at = new ethers.Contract(m.contracts.callbacks, m.callbacks.interface, m.stranger).getFunction("deliver");
    let given = 0n;
    // From too little gas up, in steps smaller than a 64th of what was ordered.
    for (let limit = 1_000_000; given === 0n && limit < 1_300_000; limit += 5_000) {
      const sent = await at.send(requestId, { gasLimit: limit }).catch(() => undefined);
      await sent?.wait().catch(() => undefined);
      given = (await receiver.getFunction("gasGiven")()) as bigint;
    }
    expect(given).to.be.greaterThan(BigInt(gas) - 1_000n);
  });
});

describe("InferenceConsumer", () => {
  /** A sample consumer that the user's key set allows. */
  async function consumer(m: Market): Promise<Contract> {
    const { hub, callbacks, balances } = m.contracts;
    const made = await deployTesting("../consumers/SampleConsumer", [hub, callbacks, balances]);
    await call(m.keys, m.user, "setDelegate", [m.keySetId, made.target, true]);
    return made;
  }

  async function asked(m: Market) {
    const sample = await consumer(m);
    await call(sample, m.user, "ask", [await requestParams(m)], TOTAL + PAY);
    return { sample, requestId: 1n };
  }

  async function settled(m: Market) {
    const { sample, requestId } = await asked(m);
    const node = await assign(m, requestId);
    await call(m.hub, node, "accept", [requestId, await bindingOf(m, requestId)]);
    await call(m.hub, node, "post", [requestId, inline(100)]);
    await networkHelpers.time.increase(m.parameters.challengeWindow + 1);
    await call(m.hub, m.stranger, "settle", [requestId]);
    return { sample, requestId };
  }

  it("asks, and is told the receipt of the result", async () => {
    const m = await load(market);
    const { sample, requestId } = await settled(m);
    const receipt = (await m.hub.getFunction("receiptOf")(requestId)) as string;
    await expect(deliver(m, requestId)).to.emit(sample, "Answered").withArgs(requestId, receipt);
    expect(await sample.getFunction("receipts")(requestId)).to.equal(receipt);
    expect(await owed(m, m.stranger.address)).to.equal(PAY);
  });

  it("is told of a refund, and gives the asker its money back", async () => {
    const m = await load(market);
    const { sample, requestId } = await asked(m);
    await networkHelpers.time.increase(501);
    await call(m.hub, m.stranger, "refund", [requestId]);
    await expect(deliver(m, requestId)).to.emit(sample, "Answered").withArgs(requestId, NOTHING);
    expect(await owed(m, m.user.address)).to.equal(TOTAL);
  });

  it("is told of the refund of a request that cost nothing", async () => {
    const m = await load(market);
    await call(m.models, m.owner, "setTerms", [1, terms({ modelFee: 0n, nodeFee: 0n })]);
    const { sample, requestId } = await asked(m);
    await networkHelpers.time.increase(501);
    await call(m.hub, m.stranger, "refund", [requestId]);
    await expect(deliver(m, requestId)).to.emit(sample, "Answered").withArgs(requestId, NOTHING);
  });

  it("listens to nobody but the contract for callbacks", async () => {
    const m = await load(market);
    const { sample } = await asked(m);
    await expect(call(sample, m.stranger, "onInference", [1, bytes32("receipt")]))
      .to.be.revertedWithCustomError(sample, "InferenceConsumer_NotCallbacks")
      .withArgs(m.stranger.address);
  });

  describe("a released value", () => {
    const TYPES = {
      Released: [
        { name: "receipt", type: "bytes32" },
        { name: "exponent", type: "int16" },
        { name: "multiples", type: "int64[]" },
      ],
    };

    async function statement(m: Market) {
      const { sample, requestId } = await settled(m);
      const [event] = await getRequestEvents(ethers.provider, m.contracts.hub, requestId, 0);
      if (event.type !== "requested") throw new Error(`the first event is ${event.type}`);
      const binding = { ...event.binding, semantics: plan().semantics };
      const receipt = (await m.hub.getFunction("receiptOf")(requestId)) as Hex;
      const released = { receipt, exponent: -10, multiples: [-3n, 40n, 40n] };
      const signed = await m.user.signTypedData(hubDomain(31337, m.contracts.hub), TYPES, released);
      return { sample, requestId, binding, released, signed };
    }

    it("is taken from the key set's owner", async () => {
      const m = await load(market);
      const { sample, requestId, binding, released, signed } = await statement(m);
      await expect(call(sample, m.stranger, "tell", [requestId, binding, released, signed]))
        .to.emit(sample, "Told")
        .withArgs(requestId, 1);
    });

    it("is not taken from others, of another request, of another chain, or changed", async () => {
      const m = await load(market);
      const { sample, requestId, binding, released, signed } = await statement(m);
      const refused = (args: readonly unknown[], error: string) =>
        expect(call(sample, m.user, "tell", args)).to.be.revertedWithCustomError(sample, error);
      const sign = (chainId: number) => m.user.signTypedData(hubDomain(chainId, m.contracts.hub), TYPES, released);
      const others = await m.stranger.signTypedData(hubDomain(31337, m.contracts.hub), TYPES, released);
      await refused([requestId, binding, released, others], "InferenceConsumer_NotReleased");
      await refused([requestId, binding, released, await sign(1)], "InferenceConsumer_NotReleased");
      const another = { ...released, receipt: bytes32("another receipt") };
      const signedAnother = await m.user.signTypedData(hubDomain(31337, m.contracts.hub), TYPES, another);
      await refused([requestId, binding, another, signedAnother], "InferenceConsumer_NotReleased");
      const changed = { ...released, multiples: [-3n, 40n, 41n] };
      await refused([requestId, binding, changed, signed], "InferenceConsumer_NotReleased");
      const moved = { ...released, exponent: -9 };
      await refused([requestId, binding, moved, signed], "InferenceConsumer_NotReleased");
      const elsewhere = { ...binding, keySetOwner: m.stranger.address };
      await refused([requestId, elsewhere, released, others], "InferenceConsumer_WrongBinding");
      const other = await accepted(m);
      await refused([other.requestId, binding, released, signed], "InferenceConsumer_WrongBinding");
      expect(TypedDataEncoder.hashDomain(hubDomain(31337, m.contracts.hub))).not.to.equal(NOTHING);
    });

    it("is not taken before the request is settled", async () => {
      const m = await load(market);
      const { sample, requestId } = await asked(m);
      const [event] = await getRequestEvents(ethers.provider, m.contracts.hub, requestId, 0);
      if (event.type !== "requested") throw new Error(`the first event is ${event.type}`);
      const binding = { ...event.binding, semantics: plan().semantics };
      const released = { receipt: NOTHING, exponent: 0, multiples: [1n] };
      const signed = await m.user.signTypedData(hubDomain(31337, m.contracts.hub), TYPES, released);
      await expect(call(sample, m.user, "tell", [requestId, binding, released, signed])).to.be.revertedWithCustomError(
        sample,
        "InferenceConsumer_NotReleased",
      );
    });
  });
});
