import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import path from "node:path";

import { getEpoch, getMembership, joinModel, resignFromModel } from "../../offchain/chain/access.ts";
import type { Hex } from "../../offchain/chain/types.ts";
import { infer } from "../../offchain/client/infer.ts";
import type { Inference, TimelineEvent } from "../../offchain/client/types.ts";
import { CloakworkError } from "../../offchain/errors.ts";
import { loadNodeConfig } from "../../offchain/node/config.ts";
import { startNode } from "../../offchain/node/daemon.ts";
import { loadDigits, takeDigits } from "../../scripts/digits/data.ts";
import { price, sharedContext, sharedFolder, sharedNetwork } from "./shared-network.ts";

const { heldOut } = loadDigits();

async function askAbout(index: number, onEvent: (event: TimelineEvent) => void): Promise<Inference> {
  const { published } = await sharedNetwork();
  const digit = takeDigits(heldOut, Uint32Array.of(index));
  const request = { modelId: published.modelId, version: published.version, planIndex: 0, price: await price() };
  return await infer(await sharedContext(), { ...request, values: Float64Array.from(digit.images) }, { onEvent });
}

describe("a node that has left a model", function () {
  this.timeout(120_000);

  it("does not join it again by itself when it is started anew, still answers what it is drawn for, and can come back", async () => {
    const { provider, deployment, nodes, published } = await sharedNetwork();
    const { contracts } = deployment;
    const { modelId, version } = published;
    const [node] = nodes;
    const { account } = node.identity;
    const member = () => getMembership(provider, contracts, modelId, version, account.address as Hex);
    const { epoch } = await getEpoch(provider, contracts);
    const bond = (await member())!.bond;
    await node.stop();
    const signer = account.connect(provider);
    await (await resignFromModel(signer, contracts, modelId, version)).wait();
    await node.start();
    expect((await member())?.untilEpoch).to.be.above(epoch);
    const { models } = (await (await fetch(`${node.endpoint}/status`)).json()) as { models: unknown[] };
    expect(models, "it may be drawn out of the epochs it served in").to.have.length(1);

    const { fromEpoch } = await (await joinModel(signer, contracts, modelId, version, bond)).wait();
    while ((await getEpoch(provider, contracts)).epoch < fromEpoch) await sleep(200);
    const { answer } = await askAbout(3, () => undefined);
    expect(answer.index).to.equal(heldOut.labels[3]);
  });
});

describe("a node that stops in the middle of a request", function () {
  this.timeout(240_000);

  for (const step of ["assigned", "evaluating"] as const) {
    it(`goes on after its restart when it was stopped at "${step}"`, async () => {
      const network = await sharedNetwork();
      let stopped: Promise<void> | undefined;
      const answered = askAbout(2, (event) => {
        if (event.step === step && stopped === undefined) stopped = network.nodes[0].stop();
      });
      while (stopped === undefined) await sleep(20);
      await stopped;
      await network.nodes[0].start();
      const { answer } = await answered;
      expect(answer.index).to.equal(heldOut.labels[2]);
    });
  }

  it("keeps a second daemon out of its folder, and itself unharmed", async () => {
    const { chain, deployment, nodes } = await sharedNetwork();
    const [{ identity, endpoint }] = nodes;
    const config = loadNodeConfig({
      rpc: chain.url,
      data: path.join(await sharedFolder(), "node-0"),
      logLevel: "silent",
    });
    let refusal: unknown;
    await startNode({ config, deployment, identity }).catch((error: unknown) => (refusal = error));
    expect(refusal).to.be.instanceOf(CloakworkError);
    expect((refusal as CloakworkError).code).to.equal("NODE_DATA_FOLDER_BUSY");
    expect((await fetch(`${endpoint}/health`)).status).to.equal(200);
  });

  it("says so and leaves nothing behind when the chain cannot be reached at its start", async () => {
    const { deployment, nodes } = await sharedNetwork();
    const [{ identity }] = nodes;
    const data = path.join(await sharedFolder(), "lonely");
    const config = loadNodeConfig({ rpc: "http://127.0.0.1:1", data, logLevel: "silent" });
    for (let attempt = 0; attempt < 2; attempt++) {
      let refusal: unknown;
      await startNode({ config, deployment, identity }).catch((error: unknown) => (refusal = error));
      // The second attempt would meet the lock of the first, had it been left.
      expect((refusal as CloakworkError).code).to.equal("RPC_UNREACHABLE");
    }
  });
});
