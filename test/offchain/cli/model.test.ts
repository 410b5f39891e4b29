import { expect } from "chai";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { writeDeployment } from "../../../offchain/chain/node/deployment-file.ts";
import { getGrant } from "../../../offchain/chain/access.ts";
import { getModelCount } from "../../../offchain/chain/models.ts";
import type { Hex } from "../../../offchain/chain/types.ts";
import { blobRoot } from "../../../offchain/digest/merkle.ts";
import { sharedWorld, type World } from "../client/world.ts";
import { errorOf, linesOf, runHere, temporaryHome } from "./run.ts";

/** Three classes of four numbers: a dense layer as TensorFlow.js saves one. */
const MODEL = {
  format: "layers-model",
  modelTopology: {
    class_name: "Sequential",
    config: {
      name: "signs",
      layers: [
        {
          class_name: "Dense",
          config: { units: 3, activation: "linear", use_bias: true, name: "dense", batch_input_shape: [null, 4] },
        },
      ],
    },
  },
  weightsManifest: [
    {
      paths: ["weights.bin"],
      weights: [
        { name: "dense/kernel", shape: [4, 3], dtype: "float32" },
        { name: "dense/bias", shape: [3], dtype: "float32" },
      ],
    },
  ],
};
const KERNEL = [1, 0, -1, 0, 1, 0, 1, -1, 0, 0, 0, 1];
const BIAS = [0, 0.25, 0];
/** Two inputs whose largest outputs are the first and the second. */
const SAMPLES = [
  [1, 0, 1, 0],
  [0, 1, -1, 0],
];

describe("the command for owners of models", function () {
  this.timeout(150_000);
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let world: World;

  const at = (name: string) => path.join(home.folder, name);
  const cloakwork = (...args: readonly string[]) =>
    runHere(["--home", at("home"), "--rpc", world.chain.url, "--deployment", at("deployments"), ...args, "--json"], {
      env: {
        CLOAKWORK_PASSPHRASE: "correct horse battery staple",
        CLOAKWORK_PRIVATE_KEY: world.account(15).privateKey,
      },
    });
  const publication = {
    model: "model.json",
    name: "signs",
    title: "Signs",
    description: "A dense layer.",
    card: "card.md",
    license: "Apache-2.0",
    input: { description: "Four numbers.", min: -1, max: 1 },
    output: { description: "Three.", labels: ["first", "second", "third"] },
    calibration: "samples.json",
    samples: { inputs: "samples.json", labels: [0, 1], data: "two made up" },
    price: { model: "0.001", node: "0.002" },
  };

  before(async () => {
    home = await temporaryHome();
    world = await sharedWorld();
    writeDeployment(at("deployments"), world.deployment);
    await mkdir(at("model"));
    await writeFile(at("model/model.json"), JSON.stringify(MODEL));
    await writeFile(at("model/weights.bin"), new Uint8Array(Float32Array.from([...KERNEL, ...BIAS]).buffer));
    await writeFile(at("model/samples.json"), JSON.stringify(SAMPLES));
    await writeFile(at("model/card.md"), "# Signs\n");
    await writeFile(at("model/publication.json"), JSON.stringify(publication));
  });
  after(() => home.remove());

  it("compiles without a chain, says what it costs, and writes the plan under its digest", async () => {
    await writeFile(at("calibration.f32"), new Uint8Array(Float32Array.from(SAMPLES.flat()).buffer));
    const ran = await cloakwork(
      "model",
      "compile",
      at("model/model.json"),
      "--calibration",
      at("calibration.f32"),
      "--range=-1,1",
      "--out",
      at("plan.json"),
    );
    const { digest, estimates } = JSON.parse(ran.stdout) as { digest: Hex; estimates: { resultBytes: number } };
    expect(blobRoot(new Uint8Array(await readFile(at("plan.json"))))).to.equal(digest);
    expect(estimates.resultBytes).to.be.below(2_300);
  });

  it("refuses models and settings it cannot compile, saying what and why", async () => {
    const args = ["--calibration", at("model/samples.json"), "--range=-1,1"];
    const code = async (...call: readonly string[]) => errorOf(await cloakwork("model", "compile", ...call)).code;
    expect(await code(at("none.json"), ...args)).to.equal("FILE_UNREADABLE");
    expect(await code(at("model/card.md"), ...args)).to.equal("FILE_INVALID");
    expect(await code(at("model/model.json"), args[0], args[1], "--range", "1")).to.equal("USAGE");
    expect(await code(at("model/model.json"), ...args, "--bits", "40")).to.equal("COMPILE_REFUSED");
    const escaping = { ...MODEL, weightsManifest: [{ ...MODEL.weightsManifest[0], paths: ["../home/vault.json"] }] };
    await writeFile(at("model/escaping.json"), JSON.stringify(escaping));
    expect(await code(at("model/escaping.json"), ...args)).to.equal("FILE_INVALID");
  });

  it("publishes what a file says, once, and lets a node serve it", async () => {
    const { provider, deployment, node, blobs } = world;
    const publish = ["model", "publish", at("model/publication.json"), "--node", node.address];
    const first = linesOf(await cloakwork(...publish));
    const result = first.at(-1) as { type: string; modelId: string; version: number };
    expect([result.type, result.version]).to.deep.equal(["result", 1]);
    const done = first.filter(({ state }) => state === "done").map(({ step }) => step);
    expect(done).to.deep.equal(["import", "compile", "measure", "seal", "store", "register", "authorise"]);
    const grant = await getGrant(provider, deployment.contracts, BigInt(result.modelId), 1, node.address as Hex);
    expect(grant?.envelopeUri).to.equal(blobs.url);
    expect(JSON.stringify(first)).to.not.match(/contentKey|noiseSecret|packageSecret/);

    const count = await getModelCount(provider, deployment.contracts);
    const again = linesOf(await cloakwork(...publish)).at(-1);
    expect(again).to.include({ modelId: result.modelId, version: 1 });
    expect(await getModelCount(provider, deployment.contracts)).to.equal(count);

    const more = linesOf(await cloakwork("model", "authorise", result.modelId, node.address)).at(-1) as {
      nodes: { created: boolean }[];
    };
    expect(more.nodes.map(({ created }) => created)).to.deep.equal([false]);
    const status = JSON.parse((await cloakwork("model", "status", result.modelId, "--set", "paused")).stdout) as {
      model: { status: string };
      manifest: { title: string };
    };
    expect([status.model.status, status.manifest.title]).to.deep.equal(["paused", "Signs"]);
    const retire = await cloakwork("model", "status", result.modelId, "--set", "retired");
    expect(errorOf(retire).code).to.equal("NOT_AGREED");
  });

  it("refuses a publication file that is wrong, naming the field, and a model that is somebody else's", async () => {
    const wrong = { ...publication, price: { model: 0.001, node: "0.002" } };
    await writeFile(at("model/wrong.json"), JSON.stringify(wrong));
    const error = errorOf(await cloakwork("model", "publish", at("model/wrong.json")));
    expect(error.code).to.equal("FILE_INVALID");
    expect(error.message).to.include("price.model");
    expect(errorOf(await cloakwork("model", "publish", at("model/publication.json"))).code).to.equal("NO_STORE");
    const other = await cloakwork("model", "status", "1", "--set", "paused");
    expect(errorOf(other).code).to.equal("MODEL_REGISTRY_NOT_OWNER");
    const notMine = await cloakwork("model", "authorise", "1", world.node.address);
    expect(errorOf(notMine).code).to.equal("PUBLISH_NOT_FOUND");
  });
});
