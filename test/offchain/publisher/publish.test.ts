import { readFile, rm } from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";

import { getGrant } from "../../../offchain/chain/access.ts";
import { getModel, getModelCount, getModelVersion } from "../../../offchain/chain/models.ts";
import { setEncryptionKey } from "../../../offchain/chain/nodes.ts";
import type { Hex } from "../../../offchain/chain/types.ts";
import { importTfjs } from "../../../offchain/fhe/graph/import-tfjs.ts";
import { parsePlan } from "../../../offchain/fhe/plan/canonical.ts";
import { compile } from "../../../offchain/fhe/plan/compile.ts";
import { authoriseNodes } from "../../../offchain/publisher/authorise.ts";
import { publishModel } from "../../../offchain/publisher/publish.ts";
import type { PublicationRecord, PublicationRecords } from "../../../offchain/publisher/record.ts";
import {
  PUBLISH_STEPS,
  type PublishEvent,
  type PublishPorts,
  type PublishRequest,
} from "../../../offchain/publisher/types.ts";
import { openEnvelope } from "../../../offchain/sealing/envelope.ts";
import { checkManifest, decodeManifest } from "../../../offchain/sealing/manifest.ts";
import { generateNodeKey, importNodeKey, type NodeKey } from "../../../offchain/sealing/node-key.ts";
import { openPackage } from "../../../offchain/sealing/package.ts";
import type { FileStore } from "../../../offchain/storage/file-store.ts";
import { failure, files } from "../storage/helpers.ts";
import { smallRequest, startWorld, type World } from "./world.ts";

const anything = { maxBytes: 1e9 };

/** The last state of every step. */
function states(events: readonly PublishEvent[]): Record<string, string> {
  return Object.fromEntries(events.map(({ step, state }) => [step, state]));
}

describe("Publishing a model", function () {
  this.timeout(120_000);
  let world: World;
  let request: PublishRequest;
  let node: { readonly address: Hex; readonly key: NodeKey };
  let measuredRecord: PublicationRecord;

  before(async () => {
    world = await startWorld();
    request = await smallRequest();
    node = await world.node(5);
    const ports = await world.ports();
    await publishModel(request, ports);
    [measuredRecord] = await ports.records.list();
  });
  after(() => world[Symbol.asyncDispose]());

  const publish = async (ports: PublishPorts, change: Partial<PublishRequest> = {}) => {
    const events: PublishEvent[] = [];
    const published = await publishModel({ ...request, ...change }, ports, { onEvent: (event) => events.push(event) });
    return { published, events };
  };

  it("publishes a plan for batches beside the other, measured like it, and goes on with both where it stopped", async () => {
    const ports = await measuredPorts();
    const batch = { units: 40, bits: 22 };
    const { published } = await publish(ports, { batch });
    const { manifest, modelId, version } = published;
    const record = await getModelVersion(world.provider, world.deployment.contracts, modelId, version);
    checkManifest(manifest, record);
    expect(manifest.plans.map((plan) => [plan.units, plan.batch])).to.deep.equal([
      [1, undefined],
      [40, 4096],
    ]);
    const [one, many] = manifest.plans;
    expect(many.params).to.equal("n8192-d6-s1");
    expect(many.accuracy).to.deep.equal(one.accuracy);
    expect(decodeManifest(await ports.store.get(published.manifestRoot, anything))).to.deep.equal(manifest);
    const { plan } = parsePlan(await ports.store.get(many.digest, anything));
    expect(plan.batch).to.deep.equal({ samples: 4096, bits: 22 });
    expect(plan.estimates).to.deep.equal(many.estimates);

    const again = await publish(ports, { batch });
    expect(again.published).to.include({ modelId, version });
    expect(states(again.events)).to.deep.include({ measure: "kept", seal: "kept", store: "kept", register: "kept" });
    const dearer = await publish(ports, { batch: { ...batch, units: 41 } });
    expect(dearer.published.modelId).not.to.equal(modelId);
  });

  /** Ports at which this request was measured before, which takes seconds. */
  const measuredPorts = async () => {
    const ports = await world.ports();
    const { fingerprint, measured } = measuredRecord;
    await ports.records.write({ version: 1, fingerprint, measured, grants: [] });
    return ports;
  };

  const count = () => getModelCount(world.provider, world.deployment.contracts);

  /** What a node does with a grant. */
  const openAsNode = async (store: FileStore, modelId: bigint, version: number, address: Hex, key: NodeKey) => {
    const { contracts } = world.deployment;
    const onChain = await getModelVersion(world.provider, contracts, modelId, version);
    const grant = await getGrant(world.provider, contracts, modelId, version, address);
    const keys = await openEnvelope(await store.get(grant!.envelopeRoot, anything), key);
    const { plan } = parsePlan(await store.get(onChain.plans[0].planDigest, anything));
    const body = await store.get(onChain.plans[0].packageRoot, anything);
    return openPackage([body], plan, keys, onChain, 0);
  };

  it("puts on chain what nodes can open to the very weights, and nothing readable into the store", async () => {
    const ports = await world.ports();
    const { published, events } = await publish(ports, { nodes: [node.address] });
    const { modelId, version, manifest } = published;
    expect(states(events)).to.deep.equal(Object.fromEntries(PUBLISH_STEPS.map((step) => [step, "done"])));

    const { contracts } = world.deployment;
    const model = await getModel(world.provider, contracts, modelId);
    expect(model.owner).to.equal(world.wallet(1).address);
    expect(model.terms).to.deep.equal(request.terms);
    const onChain = await getModelVersion(world.provider, contracts, modelId, version);
    const fetched = decodeManifest(await ports.store.get(published.manifestRoot, anything));
    expect(fetched).to.deep.equal(manifest);
    checkManifest(fetched, onChain);
    expect(fetched.plans[0].accuracy).to.deep.equal({
      samples: 3,
      plain: "1",
      encrypted: "1",
      data: "three random inputs",
    });

    const { source, compile: options } = request;
    const residues = compile(importTfjs(source.modelJson, source.weights), options).constants.residues();
    expect(await openAsNode(ports.store, modelId, version, node.address, node.key)).to.deep.equal(residues);

    const run = Buffer.from(residues.buffer).subarray(4096, 4096 + 64);
    for (const file of await files(ports.folder)) {
      const bytes = await readFile(path.join(ports.folder, file));
      expect(bytes.includes(run) || bytes.includes(run.subarray(0, 16)), file).to.equal(false);
    }
  });

  it("changes nothing when run again", async () => {
    const ports = await measuredPorts();
    const first = await publish(ports, { nodes: [node.address] });
    const nonce = await world.wallet(1).getNonce();
    const stored = await files(ports.folder);
    const { published, events } = await publish(ports, { nodes: [node.address] });
    expect({ ...published, nodes: [] }).to.deep.equal({ ...first.published, nodes: [] });
    expect(published.nodes).to.deep.equal(first.published.nodes.map((one) => ({ ...one, created: false })));
    const { import: read, compile: compiled, ...rest } = states(events);
    expect([read, compiled]).to.deep.equal(["done", "done"]);
    expect(new Set(Object.values(rest))).to.deep.equal(new Set(["kept"]));
    expect(await world.wallet(1).getNonce()).to.equal(nonce);
    expect(await files(ports.folder)).to.deep.equal(stored);
  });

  it("goes on where it was interrupted, wherever that was, and registers once", async () => {
    // Every write of the record is a point at which the process may die: before it, so that only the world knows what was done.
    // Sealed, about to register, sent, registered, authorised; there is no sixth.
    for (let dies = 1; dies <= 6; dies++) {
      const ports = await measuredPorts();
      const before = await count();
      let writes = 0;
      const { records } = ports;
      const dying: PublicationRecords = {
        read: (fingerprint) => records.read(fingerprint),
        list: () => records.list(),
        write: async (record) => {
          if (++writes === dies) throw new Error("the process died");
          await records.write(record);
        },
      };
      const outcome = await publish({ ...ports, records: dying }, { nodes: [node.address] }).then(
        () => "published",
        (error: unknown) => (error as Error).message,
      );
      expect(outcome, `write ${dies}`).to.equal(dies === 6 ? "published" : "the process died");
      const { published } = await publish(ports, { nodes: [node.address] });
      expect(await count(), `died at write ${dies}`).to.equal(before + 1n);
      expect(published.modelId).to.equal(before + 1n);
      await openAsNode(ports.store, published.modelId, 1, node.address, node.key);
    }
  });

  it("stops when cancelled, at any step, and goes on later", async () => {
    const ports = await world.ports();
    const before = await count();
    for (const step of ["measure", "seal", "register"] as const) {
      const controller = new AbortController();
      const outcome = await publishModel(request, ports, {
        signal: controller.signal,
        onEvent: (event) => {
          if (event.step === step && event.hash === undefined) controller.abort();
        },
      }).then(
        () => "published",
        (error: unknown) => (error as Error).name,
      );
      expect(outcome, step).to.equal("AbortError");
      expect(await count(), step).to.equal(before);
    }
    await publish(ports);
    expect(await count()).to.equal(before + 1n);
  });

  it("seals anew, with other keys, when the store lost the package before it was registered; afterwards it says so", async () => {
    const ports = await measuredPorts();
    const controller = new AbortController();
    const stopping = publishModel(request, ports, {
      signal: controller.signal,
      onEvent: ({ step }) => {
        if (step === "register") controller.abort();
      },
    });
    await stopping.catch(() => undefined);
    const [{ sealed }] = await ports.records.list();
    await ports.store.remove(sealed!.packageRoot);

    const { published, events } = await publish(ports);
    expect(states(events)["seal"]).to.equal("done");
    const { packageRoot, weightsRoot } = published.manifest.plans[0];
    expect(packageRoot).to.not.equal(sealed!.packageRoot);
    expect(weightsRoot).to.not.equal(sealed!.weightsRoot);
    expect(published.manifest.noiseRoot).to.not.equal(sealed!.noiseRoot);

    await ports.store.remove(packageRoot);
    await failure(publish(ports), "PUBLISH_PACKAGE_LOST");
  });

  it("publishes a changed description as a new version of the model, for its owner alone", async () => {
    const ports = await measuredPorts();
    const { published: first } = await publish(ports);
    const description = { ...request.description, title: "A better title" };
    const { modelId } = first;
    const { published } = await publish(ports, { description, modelId });
    expect([published.modelId, published.version]).to.deep.equal([modelId, 2]);
    const stranger = { ...(await measuredPorts()), signer: world.wallet(9) };
    await failure(publish(stranger, { description, modelId }), "PUBLISH_OWNER");
    await failure(publish(ports, { modelId: 10_000n }), "MODEL_REGISTRY_UNKNOWN_MODEL");
    await failure(publish(ports, { nodes: [world.wallet(15).address as Hex] }), "PUBLISH_NODE");
  });

  it("registers anew on a chain that forgot it", async () => {
    const ports = await measuredPorts();
    const { published: first } = await publish(ports);
    const [record] = await ports.records.list();
    const forgotten: PublicationRecord = {
      ...record,
      registration: { ...record.registration!, modelId: "9999", fromBlock: 2 ** 40, hash: `0x${"12".repeat(32)}` },
    };
    await ports.records.write(forgotten);
    const { published } = await publish(ports);
    expect(published.modelId).to.equal(first.modelId + 1n);
  });

  it("puts nothing on chain when accuracy falls, the store is full, or the description is no description", async () => {
    const before = await count();
    await failure(publish(await measuredPorts(), { maxDrop: -1 }), "PUBLISH_ACCURACY");
    const full = await world.ports(100_000);
    const { fingerprint, measured } = measuredRecord;
    await full.records.write({ version: 1, fingerprint, measured, grants: [] });
    await failure(publish(full), "STORAGE_FULL");
    expect(await files(`${full.folder}/blobs`)).to.deep.equal([]);
    const description = { ...request.description, title: "\u001b[31mred" };
    await failure(publish(await world.ports(), { description }), "MANIFEST_INVALID");
    const samples = { ...request.samples, inputs: new Float32Array(5) };
    await failure(publish(await world.ports(), { samples }), "PUBLISH_SAMPLES");
    const bad = { modelJson: {}, weights: new Uint8Array(0) };
    const refused = await publish(await world.ports(), { source: bad }).then(
      () => "published",
      (error: unknown) => (error as { code: string }).code,
    );
    expect(refused)
      .to.match(/^[A-Z_]+$/)
      .and.not.equal("published");
    expect(await count()).to.equal(before);
  });

  describe("Authorising nodes", () => {
    let ports: Awaited<ReturnType<World["ports"]>>;
    let name: { readonly modelId: bigint; readonly version: number };

    before(async () => {
      ports = await measuredPorts();
      name = (await publish(ports)).published;
    });

    it("lets another node open the package later", async () => {
      const other = await world.node(6);
      const [authorised] = await authoriseNodes(ports, name, [other.address]);
      expect(authorised.created).to.equal(true);
      const { modelId, version } = name;
      expect((await openAsNode(ports.store, modelId, version, other.address, other.key)).length).to.be.greaterThan(0);
      const stranger = openAsNode(ports.store, modelId, version, other.address, node.key);
      await failure(stranger, "ENVELOPE_OTHER_RECIPIENT");
    });

    it("seals anew to a node that changed its key or whose envelope was lost, and else leaves it", async () => {
      const changing = await world.node(7);
      const authorise = async () => (await authoriseNodes(ports, name, [changing.address]))[0];
      const first = await authorise();
      expect(await authorise()).to.deep.equal({ ...first, created: false });

      const next = await importNodeKey(await generateNodeKey());
      await (await setEncryptionKey(world.wallet(7), world.deployment.contracts, next.publicKey.point)).wait();
      const second = await authorise();
      expect(second.created).to.equal(true);
      await openAsNode(ports.store, name.modelId, name.version, changing.address, next);

      await ports.store.remove(second.envelopeRoot);
      expect((await authorise()).created).to.equal(true);
    });

    it("refuses what is no node, another owner's key, and versions whose keys are not here", async () => {
      await failure(authoriseNodes(ports, name, [world.wallet(15).address as Hex]), "PUBLISH_NODE");
      const owner = await importNodeKey(await generateNodeKey());
      await failure(authoriseNodes({ ...ports, owner }, name, [node.address]), "ENVELOPE_OTHER_RECIPIENT");
      await failure(authoriseNodes(await world.ports(), name, [node.address]), "PUBLISH_NOT_FOUND");
      await failure(authoriseNodes(ports, { ...name, version: 77 }, [node.address]), "MODEL_REGISTRY_UNKNOWN_VERSION");
      await failure(
        authoriseNodes({ ...ports, signer: world.wallet(9) }, name, [node.address]),
        "MODEL_ACCESS_NOT_OWNER",
      );
    });

    it("cannot without the records, and says what was lost", async () => {
      await rm(`${ports.folder}/records`, { recursive: true });
      const error = await failure(authoriseNodes(ports, name, [node.address]), "PUBLISH_NOT_FOUND");
      expect(error.next).to.include("folder of publications");
    });
  });
});
