import { expect } from "chai";

import { setModelStatus } from "../../../offchain/chain/models.ts";
import { ETHER } from "../../../offchain/chain/types.ts";
import { getModelCard, listModels } from "../../../offchain/client/catalogue.ts";
import { checkStated } from "../../../offchain/client/check-stated.ts";
import { CloakworkError } from "../../../offchain/errors.ts";
import { choosePlan } from "../../../offchain/client/choose-plan.ts";
import { ClientError } from "../../../offchain/client/errors.ts";
import { loadPlan } from "../../../offchain/client/load-plan.ts";
import type { ModelCard, ReadContext } from "../../../offchain/client/types.ts";
import { blobRoot } from "../../../offchain/digest/merkle.ts";
import type { Manifest } from "../../../offchain/sealing/manifest.ts";
import { failure } from "../sealing/helpers.ts";
import { echoPlan } from "./echo-plan.ts";
import { manifestOf, sharedWorld, versionOf, type World } from "./world.ts";

describe("the catalogue, over a real chain and a real store", function () {
  this.timeout(120_000);
  let world: World;
  let context: ReadContext;

  before(async () => {
    world = await sharedWorld();
    context = { provider: world.provider, deployment: world.deployment, endpoints: [] };
  });

  it("shows a model with what its owner says of it, its price and who serves it", async () => {
    const card = await getModelCard(context, world.modelId);
    expect(card.problems).to.deep.equal([]);
    expect(card.manifest).to.deep.equal(world.manifest);
    expect(card.model?.status).to.equal("active");
    const [price] = card.prices!;
    expect(price).to.deep.equal({
      token: ETHER,
      modelFee: 10n ** 15n,
      nodeFee: 2n * 10n ** 15n,
      auditFee: 4n * 10n ** 14n,
      total: 34n * 10n ** 14n,
    });
    expect(card.nodes!.map(({ node, endpoint }) => [node, endpoint])).to.deep.equal([
      [world.node.address, world.blobs.url],
    ]);
  });

  it("hides no model: one whose manifest is gone or is of something else is shown with the reason", async () => {
    const gone = await world.publish(echoPlan({ errorBound: "0.4" }));
    const { manifestRoot } = versionOf(
      echoPlan({ errorBound: "0.4" }),
      manifestOf(echoPlan({ errorBound: "0.4" })),
      "",
    );
    await world.blobs.store.remove(manifestRoot);
    const other = await world.publish(echoPlan({ errorBound: "0.5" }), (manifest) => ({
      ...manifest,
      noiseRoot: `0x${"99".repeat(32)}`,
    }));
    const paused = await world.publish(world.echo);
    await (await setModelStatus(world.owner, world.deployment.contracts, paused, "paused")).wait();

    const seen: ModelCard[] = [];
    const cards = await listModels(context, { onCard: (card) => seen.push(card) });
    expect(cards.map(({ modelId }) => modelId)).to.deep.equal(cards.map((_, i) => BigInt(i + 1)));
    expect(seen).to.have.members(cards);
    const card = (id: bigint) => cards[Number(id) - 1];
    const problems = (id: bigint) => card(id).problems.map(({ part, code }) => [part, code]);
    expect(problems(gone)).to.deep.equal([["manifest", "BLOB_NOT_FOUND"]]);
    expect(card(gone).prices).to.have.length(1);
    expect(problems(other)).to.deep.equal([["manifest", "MANIFEST_INVALID"]]);
    expect(card(paused).model?.status).to.equal("paused");
    expect([card(paused).prices, problems(paused)]).to.deep.equal([undefined, []]);
    expect(problems(world.modelId)).to.deep.equal([]);
  });

  it("says what is wrong with a model that does not exist", async () => {
    const card = await getModelCard(context, 10n ** 6n);
    expect(card.problems.map(({ part, code }) => [part, code])).to.deep.equal([
      ["model", "MODEL_REGISTRY_UNKNOWN_MODEL"],
    ]);
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    stop.abort(new Error("enough"));
    const work = listModels(context, { signal: stop.signal }).catch((error: unknown) => error);
    expect(await work).to.have.property("message", "enough");
  });
});

describe("loadPlan", function () {
  this.timeout(120_000);
  let world: World;
  const { plan, digest, bytes } = echoPlan();
  const [stated] = manifestOf({ plan, bytes, digest }).plans;
  const ref = { planDigest: digest, paramsDigest: stated.paramsDigest, semantics: "seal-4.1" };

  before(async () => {
    world = await sharedWorld();
  });

  it("gives the plan that the chain names", async () => {
    const checked = await loadPlan(ref, { endpoints: [world.blobs.url] });
    expect(checked.plan).to.deep.equal(plan);
  });

  it("refuses one of other parameters or semantics than the chain says", async () => {
    const endpoints = [world.blobs.url];
    await failure(loadPlan({ ...ref, paramsDigest: digest }, { endpoints }), "PLAN_MISMATCH");
    await failure(loadPlan({ ...ref, semantics: "hoisted-1" }, { endpoints }), "PLAN_MISMATCH");
  });

  it("refuses bytes that are no plan, and says where it looked when there are none", async () => {
    const junk = new TextEncoder().encode("{}");
    await world.blobs.store.put(junk);
    const endpoints = [world.blobs.url];
    await failure(loadPlan({ ...ref, planDigest: blobRoot(junk) }, { endpoints }), "PLAN_INVALID");
    await failure(loadPlan({ ...ref, planDigest: `0x${"77".repeat(32)}` }, { endpoints }), "BLOB_NOT_FOUND");
    const down = await world.servers.nowhere();
    const error = await failure(loadPlan(ref, { endpoints: [down] }), "BLOB_UNAVAILABLE");
    expect(error.message).to.include(down);
    await failure(loadPlan(ref, { endpoints: [] }), "NO_ENDPOINT");
  });
});

describe("checkStated", () => {
  const { plan } = echoPlan();
  const manifest = manifestOf(echoPlan());

  it("takes a manifest that says what the plan says", () => {
    expect(() => {
      checkStated(plan, manifest, 0);
    }).to.not.throw();
  });

  it("refuses other figures, another input or other outputs than people were shown", () => {
    const [stated] = manifest.plans;
    const figures = (["keyBytes", "inputBytes", "resultBytes", "milliseconds"] as const).map((key) => ({
      ...manifest,
      plans: [{ ...stated, estimates: { ...stated.estimates, [key]: stated.estimates[key] + 1 } }],
    }));
    const others: Manifest[] = [
      ...figures,
      { ...manifest, plans: [{ ...stated, estimates: { ...stated.estimates, errorBound: "0.2" } }] },
      { ...manifest, plans: [] },
      { ...manifest, input: { ...manifest.input, shape: [5, 2] } },
      { ...manifest, input: { ...manifest.input, range: { min: "-8", max: "9" } } },
      { ...manifest, output: { ...manifest.output, labels: [...manifest.output.labels].reverse() } },
      { ...manifest, output: { ...manifest.output, finish: "none" } },
    ];
    for (const other of others) {
      expect(() => {
        checkStated(plan, other, 0);
      })
        .to.throw(ClientError)
        .with.property("code", "PLAN_MISMATCH");
    }
  });
});

describe("choosePlan", () => {
  const plans = (...figures: [units: number, milliseconds: number][]) =>
    ({
      plans: figures.map(([units, milliseconds]) => ({ units, estimates: { milliseconds } })),
    }) as unknown as Manifest;

  it("takes the fastest of those that charge once, and the fastest of all when none does", () => {
    expect(choosePlan(plans([1, 300], [64, 10], [1, 200], [1, 200]))).to.equal(2);
    expect(choosePlan(plans([64, 10], [32, 5]))).to.equal(1);
    expect(choosePlan(plans([1, 7]))).to.equal(0);
  });

  it("leaves plans for batches to batches: the cheapest that holds them, and of these the fastest", () => {
    const { plans: made } = plans([1, 300], [40, 10], [30, 9], [30, 8], [20, 7]);
    const sized = made.map((plan, i) => ({ ...plan, ...(i > 0 && { batch: i === 4 ? 100 : 4096 }) }));
    expect(choosePlan({ plans: sized })).to.equal(0);
    expect(choosePlan({ plans: sized }, 2)).to.equal(4);
    expect(choosePlan({ plans: sized }, 101)).to.equal(3);
    expect(choosePlan({ plans: sized.slice(1) })).to.equal(3);
    for (const few of [sized, made]) {
      expect(() => choosePlan({ plans: few }, 4097))
        .to.throw(CloakworkError)
        .with.property("code", "BATCH_TOO_LARGE");
    }
  });
});
