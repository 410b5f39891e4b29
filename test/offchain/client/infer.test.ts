import { expect } from "chai";
import { Wallet } from "ethers";

import { setModelStatus, setTerms } from "../../../offchain/chain/models.ts";
import { getQuote, getRequest, getRequestCount } from "../../../offchain/chain/requests.ts";
import { ETHER, type Quote } from "../../../offchain/chain/types.ts";
import { infer } from "../../../offchain/client/infer.ts";
import { prepareInference } from "../../../offchain/client/prepare-inference.ts";
import { sendInference } from "../../../offchain/client/send-inference.ts";
import { releaseResult } from "../../../offchain/client/release-result.ts";
import { resumeRequest } from "../../../offchain/client/resume.ts";
import {
  STEPS,
  type Answer,
  type InferenceRequestInput,
  type KeyProgress,
  type TimelineEvent,
} from "../../../offchain/client/types.ts";
import { findRequest, ownRequests } from "../../../offchain/client/vault-requests.ts";
import { Vault } from "../../../offchain/client/vault/vault.ts";
import { failure } from "../sealing/helpers.ts";
import { serveRequest } from "./stand-in-node.ts";
import { sharedWorld, TestWallet, type World } from "./world.ts";

const VALUES = [-8, -3.5, -1, 0, 0.25, 1, 2, 3.75, 8, 5];
const PASSPHRASE = "correct horse battery staple";
type Client = Awaited<ReturnType<World["client"]>>;

describe("infer, over a real chain and real stores", function () {
  this.timeout(120_000);
  let world: World;
  let price: Quote;
  let client: Client;

  const input = (more: Partial<InferenceRequestInput> = {}): InferenceRequestInput => ({
    modelId: world.modelId,
    version: 1,
    planIndex: 0,
    values: VALUES,
    price,
    ...more,
  });

  /** Serves the next request of the client, once it is on chain. */
  async function serveNext(change?: (bytes: Uint8Array) => Uint8Array): Promise<void> {
    const before = await getRequestCount(world.provider, world.deployment.contracts);
    for (let i = 0; i < 200; i++) {
      const count = await getRequestCount(world.provider, world.deployment.contracts);
      if (count > before) return serveRequest(world, world.echo, count, undefined, change);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("no request came");
  }

  before(async () => {
    world = await sharedWorld();
    price = await getQuote(world.provider, world.deployment.contracts, world.modelId, 1, 0);
    client = await world.client();
  });

  it("carries values through every step and back, recorded before it is paid, within the stated error", async () => {
    const events: TimelineEvent[] = [];
    const keys: KeyProgress[] = [];
    const answers: Answer[] = [];
    const recorded: (string | undefined)[] = [];
    client.wallet.before = async ({ value }) => {
      if (value === 0n) return;
      const [stored] = await ownRequests(client.vault, world.deployment);
      recorded.push(stored.transaction ?? "before it is sent");
    };
    const [inference] = await Promise.all([
      infer(client, input({ stated: world.manifest }), {
        onEvent: (event) => events.push(event),
        onKeys: (progress) => keys.push(progress),
        onAnswer: (answer) => answers.push(answer),
      }),
      serveNext(),
    ]);
    const { answer } = inference;
    expect(answer.errorBound, "as the plan states it").to.be.closeTo(0.3, 1e-9);
    answer.values.forEach((value, k) => {
      expect(Math.abs(value - VALUES[k]), `value ${k}`).to.be.at.most(answer.errorBound + answer.step / 2);
    });
    expect([answer.index, answer.label, answer.certain]).to.deep.equal([8, "class 8", true]);
    expect(answers).to.deep.equal([answer]);

    expect(recorded).to.deep.equal(["before it is sent"]);
    const [stored] = await ownRequests(client.vault, world.deployment);
    expect(stored.requestId).to.equal(inference.requestId.toString());
    expect(stored.transaction).to.equal(inference.transaction);

    const done = events.filter(({ state }) => state === "done").map(({ step }) => step);
    expect(done).to.deep.equal([...STEPS]);
    expect(events.some(({ state }) => state === "failed")).to.equal(false);
    expect(keys.map(({ stage }) => stage)).to.include.members(["check", "make", "upload", "register", "done"]);
    expect(inference.bytes).to.deep.equal({ input: 112 + 30_720, result: 2_152 });
    expect(inference.settled).to.equal(true);
    const { state } = await getRequest(world.provider, world.deployment.contracts, inference.requestId);
    expect(state).to.equal("settled");
    for (const gas of Object.values(inference.gas)) expect(Number(gas)).to.be.within(50_000, 1_000_000);
  });

  it("makes no keys the second time, and settles nothing when it is told not to", async () => {
    const keys: KeyProgress[] = [];
    const sent = client.wallet.sent.length;
    const [inference] = await Promise.all([
      infer(client, input(), { settle: false, onKeys: (progress) => keys.push(progress) }),
      serveNext(),
    ]);
    expect(keys.map(({ stage }) => stage)).to.deep.equal(["check", "done"]);
    expect(client.wallet.sent.length - sent).to.equal(1);
    expect([inference.settled, inference.settleProblem]).to.deep.equal([false, undefined]);
  });

  it("gives the answer also when settling is refused in the wallet", async () => {
    client.wallet.before = ({ value }) => {
      if (value === 0n) throw Object.assign(new Error("User rejected"), { code: 4001 });
    };
    const [inference] = await Promise.all([infer(client, input()), serveNext()]);
    client.wallet.before = () => undefined;
    expect(inference.answer.index).to.equal(8);
    expect(inference.settled).to.equal(false);
    expect(inference.settleProblem?.code).to.equal("WALLET_REJECTED");
  });

  it("goes on after the work was stopped, in another process, with the timeline told from its beginning", async () => {
    const stop = new AbortController();
    const stopped = await infer(client, input(), {
      signal: stop.signal,
      onEvent: ({ step, state }) => {
        if (step === "assigned" && state === "active") stop.abort(new Error("the page was closed"));
      },
    }).catch((error: unknown) => error);
    expect(stopped).to.have.property("message", "the page was closed");
    const [stored] = await ownRequests(client.vault, world.deployment);
    await serveRequest(world, world.echo, BigInt(stored.requestId!));

    const again = { ...client, vault: await Vault.open(client.store, PASSPHRASE) };
    const events: TimelineEvent[] = [];
    const inference = await resumeRequest(again, (await ownRequests(again.vault, world.deployment))[0], {
      onEvent: (event) => events.push(event),
    });
    expect(inference.answer.index).to.equal(8);
    expect(events.filter(({ state }) => state === "done").map(({ step }) => step)).to.have.members([...STEPS]);
  });

  it("finds a request whose transaction was sent but never came back from the wallet", async () => {
    client.wallet.after = () => {
      throw new TypeError("fetch failed");
    };
    await failure(infer(client, input()), "RPC_UNREACHABLE");
    client.wallet.after = () => undefined;
    const [stored] = await ownRequests(client.vault, world.deployment);
    expect(stored.transaction).to.equal(undefined);
    const [inference] = await Promise.all([
      resumeRequest(client, stored),
      serveRequest(world, world.echo, await getRequestCount(world.provider, world.deployment.contracts)),
    ]);
    expect(inference.answer.index).to.equal(8);
  });

  it("opens what is known from the chain alone, as after a vault was restored from an old backup", async () => {
    const [{ requestId }] = await ownRequests(client.vault, world.deployment);
    await client.vault.update((contents) => ({ ...contents, requests: [] }));
    const inference = await resumeRequest(client, await findRequest(client, BigInt(requestId!)));
    expect(inference.answer.index).to.equal(8);
    await failure(findRequest(await world.client(6), BigInt(requestId!)), "KEY_SET_NOT_IN_VAULT");
    await failure(findRequest(client, 10n ** 9n), "REQUEST_UNKNOWN");
  });

  it("releases values rounded to far more than their error, and counts them", async () => {
    const [stored] = await ownRequests(client.vault, world.deployment);
    const { values, step } = await releaseResult(client, stored);
    expect(step).to.be.at.least(16 * 0.3);
    for (const value of values) expect(Number.isInteger(value / step)).to.equal(true);
    values.forEach((value, k) => expect(Math.abs(value - VALUES[k])).to.be.at.most(2 * step));
    expect((await client.vault.contents()).keySets[0].releases).to.equal(values.length);
  });

  it("does not open what answers something else, and does not settle it", async () => {
    const flip = (bytes: Uint8Array) => bytes.map((byte, i) => (i === 20 ? byte ^ 1 : byte));
    const [error] = await Promise.all([failure(infer(client, input()), "COMPACT_CONTEXT"), serveNext(flip)]);
    expect(error.message).to.match(/not the result/);
    const count = await getRequestCount(world.provider, world.deployment.contracts);
    expect((await getRequest(world.provider, world.deployment.contracts, count)).state).to.equal("posted");
  });

  describe("costs nobody anything when it cannot be done:", () => {
    let count: bigint;
    let blobs: number;

    beforeEach(async () => {
      count = await getRequestCount(world.provider, world.deployment.contracts);
      blobs = world.blobs.store.usedBytes;
    });
    afterEach(async () => {
      client.wallet.before = () => undefined;
      client.wallet.chain = world.chain.chainId;
      expect(await getRequestCount(world.provider, world.deployment.contracts)).to.equal(count);
      expect((await ownRequests(client.vault, world.deployment)).every(({ transaction }) => transaction)).to.equal(
        true,
      );
    });
    const nothingUploaded = () => expect(world.blobs.store.usedBytes).to.equal(blobs);

    it("values that are missing, no numbers, or out of the declared range", async () => {
      for (const values of [[], VALUES.slice(1), [...VALUES.slice(1), Number.NaN], [...VALUES.slice(1), 8.01]]) {
        await failure(infer(client, input({ values })), "INPUT_REFUSED");
      }
      const fresh = await world.client(7);
      await failure(infer(fresh, input({ values: [] })), "INPUT_REFUSED");
      expect((await fresh.vault.contents()).keySets, "no keys for nothing").to.deep.equal([]);
      nothingUploaded();
    });

    it("a price other than the one agreed to", async () => {
      await failure(infer(client, input({ price: { ...price, total: price.total - 1n } })), "PRICE_CHANGED");
      nothingUploaded();
    });

    it("a price that changes while the input is uploaded", async () => {
      const { owner, deployment, modelId } = world;
      const terms = { token: ETHER, modelFee: price.modelFee, nodeFee: price.nodeFee };
      client.wallet.before = () => expect.fail("the wallet was asked");
      // The two halves of `infer`, so that the change is mined before the upload is done, however slow the chain is.
      const prepared = await prepareInference(client, input());
      const changed = { ...terms, nodeFee: terms.nodeFee + 1n };
      await (await setTerms(owner, deployment.contracts, modelId, changed)).wait();
      try {
        await failure(sendInference(client, prepared), "PRICE_CHANGED");
      } finally {
        await (await setTerms(owner, deployment.contracts, modelId, terms)).wait();
      }
    });

    it("a plan that is not what people were shown", async () => {
      const { manifest } = world;
      const stated = { ...manifest, output: { ...manifest.output, labels: [...manifest.output.labels].reverse() } };
      await failure(infer(client, input({ stated })), "PLAN_MISMATCH");
      nothingUploaded();
    });

    it("a fee in another token than agreed to", async () => {
      const token = world.deployment.contracts.hub;
      await failure(infer(client, input({ price: { ...price, token } })), "PRICE_CHANGED");
      nothingUploaded();
    });

    it("too little money", async () => {
      const poor = new Wallet(Wallet.createRandom().privateKey, world.provider);
      const wallet = new TestWallet(poor, world.chain.chainId);
      await failure(infer({ ...client, wallet }, input()), "TOO_LITTLE_MONEY");
      nothingUploaded();
    });

    it("a wallet on another chain, or one that rejects", async () => {
      client.wallet.chain = 1;
      await failure(infer(client, input()), "WRONG_CHAIN");
      client.wallet.chain = world.chain.chainId;
      client.wallet.before = () => {
        throw Object.assign(new Error("User denied transaction signature."), { code: 4001 });
      };
      await failure(infer(client, input()), "WALLET_REJECTED");
    });

    it("a model that nobody serves, is paused, or has no such plan", async () => {
      const { publish, echo, owner, deployment } = world;
      const modelId = await publish(echo);
      await failure(infer(client, input({ modelId })), "NO_NODES");
      await (await setModelStatus(owner, deployment.contracts, modelId, "paused")).wait();
      await failure(infer(client, input({ modelId })), "MODEL_NOT_ACTIVE");
      await failure(infer(client, input({ planIndex: 1 })), "NO_SUCH_PLAN");
      await failure(infer(client, input({ modelId: 999n })), "MODEL_REGISTRY_UNKNOWN_MODEL");
      nothingUploaded();
    });

    it("a locked vault", async () => {
      const other = await world.client(8);
      other.vault.lock();
      await failure(infer(other, input()), "VAULT_LOCKED");
      nothingUploaded();
    });
  });
});
