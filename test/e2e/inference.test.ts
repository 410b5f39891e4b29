import { expect } from "chai";

import { getBalance } from "../../offchain/chain/balances.ts";
import { getRequest } from "../../offchain/chain/requests.ts";
import { ETHER } from "../../offchain/chain/types.ts";
import { infer } from "../../offchain/client/infer.ts";
import type { Inference, TimelineEvent } from "../../offchain/client/types.ts";
import { loadDigits, takeDigits } from "../../scripts/digits/data.ts";
import { predict, winners } from "../../scripts/digits/evaluate.ts";
import { readModel } from "../../scripts/digits/model-files.ts";
import { price, sharedContext, sharedNetwork } from "./shared-network.ts";

const { heldOut } = loadDigits();

describe("one private inference, the whole way", function () {
  this.timeout(240_000);
  const told: TimelineEvent[] = [];
  let first: Inference;

  before(async () => {
    const { published } = await sharedNetwork();
    const request = { modelId: published.modelId, version: published.version, planIndex: 0, price: await price() };
    const values = Float64Array.from(takeDigits(heldOut, Uint32Array.of(0)).images);
    first = await infer(await sharedContext(), { ...request, values }, { onEvent: (event) => told.push(event) });
  });

  it("gives what TensorFlow.js gives, within the plan's stated error", async () => {
    const plain = predict(await readModel("models/digits"), takeDigits(heldOut, Uint32Array.of(0)).images);
    first.answer.values.forEach((value, k) => {
      expect(Math.abs(value - plain[k]), `logit ${k}`).to.be.at.most(first.answer.errorBound + first.answer.step);
    });
    expect(first.answer.index).to.equal(winners(plain)[0]);
    expect(first.answer.label).to.equal(String(winners(plain)[0]));
  });

  it("tells every step in order", () => {
    const done = told.filter(({ state }) => state === "done").map(({ step }) => step);
    expect([...new Set(done)]).to.deep.equal([
      "encrypt",
      "upload",
      "pay",
      "assigned",
      "evaluating",
      "posted",
      "decrypted",
    ]);
  });

  it("keeps its bytes small and its result on chain", () => {
    expect(first.bytes.input).to.be.below(190_000);
    expect(first.bytes.result).to.be.below(2_300);
    expect(Number(first.gas.post)).to.be.below(400_000);
  });

  it("is settled: node and owner have their fees, nobody else", async () => {
    const { provider, deployment, published, accounts, nodes } = await sharedNetwork();
    const { state } = await getRequest(provider, deployment.contracts, first.requestId);
    expect(first.settled).to.equal(true);
    expect(state).to.equal("settled");
    const { modelFee, nodeFee } = await price();
    expect(await getBalance(provider, deployment.contracts, ETHER, accounts.owner.address)).to.equal(modelFee);
    expect(await getBalance(provider, deployment.contracts, ETHER, nodes[0].address)).to.equal(nodeFee);
    expect(published.version).to.equal(1);
  });

  it("makes keys once: the next inference uploads none", async () => {
    const { published } = await sharedNetwork();
    const stages: string[] = [];
    const second = await infer(
      await sharedContext(),
      {
        modelId: published.modelId,
        version: published.version,
        planIndex: 0,
        price: await price(),
        values: Float64Array.from(takeDigits(heldOut, Uint32Array.of(1)).images),
      },
      { onKeys: ({ stage }) => stages.push(stage) },
    );
    expect(stages).not.to.include("make").and.not.include("upload").and.not.include("register");
    const plain = predict(await readModel("models/digits"), takeDigits(heldOut, Uint32Array.of(1)).images);
    expect(second.answer.index).to.equal(winners(plain)[0]);
  });
});
