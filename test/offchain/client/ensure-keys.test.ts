import { expect } from "chai";

import { getKeySet } from "../../../offchain/chain/keys.ts";
import { ensureKeys, type KeyedPlan } from "../../../offchain/client/ensure-keys.ts";
import { revokeKeys } from "../../../offchain/client/revoke-keys.ts";
import type { KeyProgress } from "../../../offchain/client/types.ts";
import { bytes32 } from "../../../offchain/digest/hex.ts";
import { keySetId } from "../../../offchain/fhe/ckks/key-set.ts";
import { failure } from "../sealing/helpers.ts";
import { echoPlan } from "./echo-plan.ts";
import { sharedWorld, type World } from "./world.ts";

type Client = Awaited<ReturnType<World["client"]>>;

describe("ensureKeys, over a real registry and a real store", function () {
  this.timeout(120_000);
  let world: World;
  let client: Client;
  const small = echoPlan().plan;
  const larger = echoPlan({ rotation: true }).plan;

  async function ensure(plan: KeyedPlan, more: { endpoints?: string[]; by?: Client; signal?: AbortSignal } = {}) {
    const stages: KeyProgress["stage"][] = [];
    const ready = await ensureKeys(more.by ?? client, plan, {
      endpoints: more.endpoints ?? [world.blobs.url],
      signal: more.signal,
      onProgress: ({ stage }) => {
        if (stages.at(-1) !== stage) stages.push(stage);
      },
    });
    return { ...ready, stages };
  }

  before(async () => {
    world = await sharedWorld();
    client = await world.client(10);
  });

  it("goes on where a rejected registration stopped it: same key set, same pack, nothing made twice", async () => {
    client.wallet.before = () => {
      throw Object.assign(new Error("User rejected"), { code: 4001 });
    };
    await failure(ensure(small), "WALLET_REJECTED");
    client.wallet.before = () => undefined;
    const [left] = (await client.vault.contents()).keySets;
    expect(left.packs).to.have.length(1);
    expect(left.registered).to.deep.equal([]);
    expect(await world.blobs.store.has(left.packs[0].root), "uploaded before it is registered").to.equal(true);

    const ready = await ensure(small);
    expect(ready.stages, "the store has them already").to.deep.equal(["check", "register", "done"]);
    expect(ready.keySetId).to.equal(left.id);
    const onChain = await getKeySet(world.provider, world.deployment.contracts, ready.keySetId);
    expect(onChain.packs.map(({ blobRoot }) => blobRoot)).to.deep.equal([left.packs[0].root]);
    expect(onChain.uri).to.equal(world.blobs.url);
    expect(bytes32(onChain.compactPublicKeyRoot)).to.not.equal(`0x${"00".repeat(32)}`);
    expect(keySetId(left.owner, left.salt, small.params)).to.equal(ready.keySetId);
    const [kept] = (await client.vault.contents()).keySets;
    expect(kept.registered).to.deep.equal([
      `${world.chain.chainId}:${world.deployment.contracts.keyRegistry.toLowerCase()}`,
    ]);
  });

  it("has nothing to do when everything is there", async () => {
    const sent = client.wallet.sent.length;
    expect(await ensure(small)).to.deep.include({ bytes: 0, created: false, stages: ["check", "done"] });
    expect(client.wallet.sent).to.have.length(sent);
  });

  it("adds only what a larger plan lacks", async () => {
    const before = (await client.vault.contents()).keySets[0];
    const ready = await ensure(larger);
    expect(ready.keySetId).to.equal(before.id);
    const { packs } = (await client.vault.contents()).keySets[0];
    expect(packs[0]).to.deep.equal(before.packs[0]);
    expect(packs[1].keys).to.deep.equal(["1:3:2"]);
    expect(ready.bytes).to.equal(packs[1].size);
    const onChain = await getKeySet(world.provider, world.deployment.contracts, ready.keySetId);
    expect(onChain.packs).to.have.length(2);
  });

  it("brings a pack back that no store holds any more, without a transaction", async () => {
    const { packs } = (await client.vault.contents()).keySets[0];
    const sent = client.wallet.sent.length;
    // The node needs every pack of the key set, also those the plan does not use.
    expect(await world.blobs.store.remove(packs[1].root)).to.equal(true);
    expect((await ensure(small)).stages).to.deep.equal(["check", "upload", "done"]);
    expect(await world.blobs.store.has(packs[1].root)).to.equal(true);
    expect(client.wallet.sent).to.have.length(sent);
  });

  it("finds its way with an older copy of the vault: what is on chain is not registered twice", async () => {
    await client.vault.update((contents) => ({
      ...contents,
      keySets: contents.keySets.map((keySet) => ({ ...keySet, packs: [], registered: [] })),
    }));
    const sent = client.wallet.sent.length;
    const ready = await ensure(small);
    expect(ready.created).to.equal(false);
    expect(client.wallet.sent).to.have.length(sent);
  });

  it("makes a new key set once the old one is revoked", async () => {
    const [{ id }] = (await client.vault.contents()).keySets;
    await revokeKeys(client, id);
    const ready = await ensure(small);
    expect(ready.created).to.equal(true);
    expect(ready.keySetId).to.not.equal(id);
    await failure(revokeKeys(client, id), "KEY_REGISTRY_REVOKED");
    expect((await client.vault.contents()).keySets.map((keySet) => keySet.id)).to.include(id);
  });

  it("makes one key set when two tabs begin at once", async () => {
    const other = await world.client(11);
    const outcomes = await Promise.allSettled([ensure(small, { by: other }), ensure(small, { by: other })]);
    expect(outcomes.some(({ status }) => status === "fulfilled")).to.equal(true);
    expect((await other.vault.contents()).keySets).to.have.length(1);
    const ready = await ensure(small, { by: other });
    expect(ready.stages).to.deep.equal(["check", "done"]);
  });

  it("takes the next store when one is down, and says of each why when none takes the keys", async () => {
    const down = await world.servers.nowhere();
    const other = await world.client(12);
    const error = await failure(ensure(small, { by: other, endpoints: [down] }), "BLOB_UNAVAILABLE");
    expect(error.message).to.include(down);
    expect(other.wallet.sent).to.deep.equal([]);
    await failure(ensure(small, { by: other, endpoints: [] }), "NO_ENDPOINT");
    await ensure(small, { by: other, endpoints: [down, world.blobs.url] });
    const [{ id }] = (await other.vault.contents()).keySets;
    expect((await getKeySet(world.provider, world.deployment.contracts, id)).uri).to.equal(world.blobs.url);
  });

  it("stops when it is told to, and can be called again", async () => {
    const other = await world.client(13);
    const stop = new AbortController();
    stop.abort(new Error("enough"));
    const work = ensure(small, { by: other, signal: stop.signal }).catch((error: unknown) => error);
    expect(await work).to.have.property("message", "enough");
    expect((await ensure(small, { by: other })).created).to.equal(false);
  });
});
