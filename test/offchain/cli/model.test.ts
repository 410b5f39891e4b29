import { expect } from "chai";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { ContractFactory } from "ethers";

import { writeDeployment } from "../../../offchain/chain/node/deployment-file.ts";
import { getGrant } from "../../../offchain/chain/access.ts";
import { getModel, getModelCount } from "../../../offchain/chain/models.ts";
import type { Hex } from "../../../offchain/chain/types.ts";
import type { CompileReport } from "../../../offchain/fhe/plan/report.ts";
import { blobRoot } from "../../../offchain/digest/merkle.ts";
import { readArtifact } from "../../../scripts/deploy/artifacts.ts";
import { sharedWorld, type World } from "../client/world.ts";
import { errorOf, linesOf, runHere, temporaryHome } from "./run.ts";
import { BIAS, KERNEL, MODEL, SAMPLES, SIGNS_PUBLICATION, writeSigns } from "./signs-model.ts";

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
  before(async () => {
    home = await temporaryHome();
    world = await sharedWorld();
    writeDeployment(at("deployments"), world.deployment);
    await writeSigns(at("model"));
  });
  after(() => home.remove());

  const compileModel = (file: string, samples: string, ...more: readonly string[]) =>
    cloakwork("model", "compile", at(file), "--calibration", at(samples), "--range=-1,1", ...more);

  it("compiles without a chain, says what it costs, measures it under encryption, and writes the plan under its digest", async () => {
    await writeFile(at("calibration.f32"), new Uint8Array(Float32Array.from(SAMPLES.flat()).buffer));
    await writeFile(at("labels.json"), "[0, 2]");
    const options = ["--out", at("plan.json"), "--report", at("report.html"), "--labels", at("labels.json")];
    const ran = await compileModel("model/model.json", "calibration.f32", ...options);
    const { digest, estimates, accuracy, errors, errorBound, keys, bytes } = linesOf(ran).at(-1) as {
      digest: Hex;
      estimates: { resultBytes: number };
      accuracy: Record<"plain" | "clear" | "encrypted", { right: number; of: number }>;
      errors: { encrypted: number };
      errorBound: number;
      keys: { bytes: number }[];
      bytes: { keys: number };
    };
    expect(ran.code).to.equal(0);
    expect(blobRoot(new Uint8Array(await readFile(at("plan.json"))))).to.equal(digest);
    expect(estimates.resultBytes).to.be.below(2_300);
    // The second sample's largest output is the second, and its label says the third.
    expect([accuracy.plain, accuracy.clear]).to.deep.equal(Array(2).fill({ right: 1, of: 2 }));
    expect(accuracy.encrypted).to.include({ right: 1, of: 2 });
    expect(errors.encrypted).to.be.within(1e-6, errorBound);
    // A pack is its keys and a header of 72 bytes (docs/formats.md, section 5).
    expect(keys.reduce((sum, key) => sum + key.bytes, 72)).to.equal(bytes.keys);
    const report = await readFile(at("report.html"), "utf8");
    expect(report).to.include(digest);
    expect(report).to.not.match(/<script|<link|<img|url\(|@import|https?:/);
  });

  it("fits the activations of a model at the degree asked for, and tells what that costs", async () => {
    const [dense] = MODEL.modelTopology.config.layers;
    const bent = structuredClone(MODEL);
    bent.modelTopology.config.layers = [
      { ...dense, config: { ...dense.config, activation: "tanh" } },
      { class_name: "Dense", config: { ...dense.config, name: "last" } },
    ];
    bent.weightsManifest[0].weights.push(
      { name: "last/kernel", shape: [3, 3], dtype: "float32" },
      { name: "last/bias", shape: [3], dtype: "float32" },
    );
    await mkdir(at("bent"));
    await writeFile(at("bent/model.json"), JSON.stringify(bent));
    const last = [1, 0.5, 0, 0, 1, 0.5, 0.5, 0, 1, 0, 0, 0];
    await writeFile(at("bent/weights.bin"), new Uint8Array(Float32Array.from([...KERNEL, ...BIAS, ...last]).buffer));
    const inputs = Array.from({ length: 40 }, (_, k) => [0, 1, 2, 3].map((i) => Math.sin(3 * k + i * k * k)));
    await writeFile(at("bent/samples.json"), JSON.stringify(inputs));
    const fit = async (degree: string): Promise<{ degrees: number[]; rmsError: number }> => {
      const ran = await compileModel("bent/model.json", "bent/samples.json", "--degree", degree, "--max-drop", "1");
      const { report } = linesOf(ran).at(-1) as { report: Pick<CompileReport, "fit"> };
      const { activations, accuracy } = report.fit!;
      expect(activations.map(({ layer, activation }) => [layer, activation])).to.deep.equal([["dense", "tanh"]]);
      return { degrees: activations.map(({ degree }) => degree), rmsError: accuracy.rmsError };
    };
    const [parabola, composed] = [await fit("2"), await fit("4")];
    expect(composed.degrees).to.deep.equal([4]);
    expect(composed.rmsError).to.be.below(parabola.rmsError);
    const refused = await compileModel("bent/model.json", "bent/samples.json", "--degree", "3");
    expect(errorOf(refused)).to.include({ code: "USAGE" });
    const written = await runHere([
      ...["model", "compile", at("bent/model.json"), "--calibration", at("bent/samples.json"), "--range=-1,1"],
      ...["--encrypted-samples", "0", "--max-drop", "1", "--home", at("home"), "--report", at("bent.html")],
    ]);
    expect(await readFile(at("bent.html"), "utf8")).to.match(/<h2>Activations<\/h2>[^]*>dense<[^]*>tanh</);
    expect(written.stdout).to.match(/FITTED +ACTIVATION +DEGREE/);
    expect(written.stdout).to.match(/Polynomials for activations: same answer on .* of 40 calibration inputs/);
  });

  it("compiles a plan for a batch, and measures one batch under encryption", async () => {
    const ran = await compileModel("model/model.json", "model/samples.json", "--batch", "--report", at("batch.html"));
    expect(ran.code, ran.stderr).to.equal(0);
    const { compiler, keys, accuracy, errors, errorBound, bytes } = linesOf(ran).at(-1) as {
      compiler: string;
      keys: { name: string }[];
      accuracy: Record<"plain" | "clear" | "encrypted", { right: number; of: number }>;
      errors: { clear: number; encrypted: number };
      errorBound: number;
      bytes: { input: number };
    };
    expect(compiler).to.equal("throughput/1");
    // One layer: nothing is multiplied with itself, so nothing is relinearised.
    expect(keys.map(({ name }) => name)).to.deep.equal(["Batch public key"]);
    expect([accuracy.plain, accuracy.clear]).to.deep.equal(Array(2).fill({ right: 2, of: 2 }));
    expect(accuracy.encrypted).to.include({ right: 2, of: 2 });
    expect(errors.clear).to.be.below(1e-6);
    expect(errors.encrypted).to.be.within(1e-6, errorBound);
    // A header of 80 bytes (docs/formats.md, section 14), and four ciphertexts of one element each, at two levels: a header of 112 bytes
    // and two limbs (section 6).
    expect(bytes.input).to.equal(80 + 4 * (112 + 2 * 30_720));
    expect(await readFile(at("batch.html"), "utf8")).to.include("4,096");
  });

  it("shows the names of a hostile model as text, on the terminal and in the report", async () => {
    const name = `</h1><script>alert(1)</script>\u001b[2J\u202E`;
    const { modelTopology } = MODEL;
    const [{ config, ...layer }] = modelTopology.config.layers;
    const layers = [{ ...layer, config: { ...config, name } }];
    const [{ paths, weights }] = MODEL.weightsManifest;
    const renamed = weights.map((weight) => ({ ...weight, name: weight.name.replace("dense", () => name) }));
    const hostile = {
      ...MODEL,
      modelTopology: { ...modelTopology, config: { name, layers } },
      weightsManifest: [{ paths, weights: renamed }],
    };
    await writeFile(at("model/hostile.json"), JSON.stringify(hostile));
    const args = [
      "model",
      "compile",
      at("model/hostile.json"),
      "--calibration",
      at("model/samples.json"),
      "--range=-1,1",
    ];
    const ran = await runHere([...args, "--encrypted-samples", "0", "--report", at("hostile.html")]);
    expect(ran.code, ran.stderr).to.equal(0);
    const report = await readFile(at("hostile.html"), "utf8");
    expect(report).to.include("&lt;script&gt;alert(1)").and.not.include("<script");
    for (const shown of [ran.stdout, ran.stderr, report]) {
      expect(shown).to.not.include("\u001b").and.not.include("\u202E");
    }
  });

  it("refuses a model that answers wrong under encryption, once it has said so", async () => {
    // Two outputs 2·10⁻⁷ apart, a hundred thousand times less than the error of a result: each answer is a toss.
    const ties = Array.from({ length: 24 }, () => [0.5, 0.25 - 2e-7, 0, 0]);
    await writeFile(at("model/ties.json"), JSON.stringify(ties));
    const ran = await compileModel("model/model.json", "model/ties.json", "--encrypted-samples", "24");
    expect(ran.code).to.equal(1);
    expect(errorOf(ran).code).to.equal("ACCURACY_DROPPED");
    expect(errorOf(ran).message).to.match(/of 24 answers .* under encryption/);
    expect(linesOf(ran).at(-1)).to.have.property("refusal").that.is.a("string");
    const allowed = await compileModel("model/model.json", "model/ties.json", "--max-drop", "1");
    expect(allowed.code).to.equal(0);
  });

  it("refuses models and settings it cannot compile, saying what and why", async () => {
    const args = ["--calibration", at("model/samples.json"), "--range=-1,1"];
    const code = async (...call: readonly string[]) => errorOf(await cloakwork("model", "compile", ...call)).code;
    expect(await code(at("none.json"), ...args)).to.equal("FILE_UNREADABLE");
    expect(await code(at("model/card.md"), ...args)).to.equal("FILE_INVALID");
    expect(await code(at("model/model.json"), args[0], args[1], "--range", "1")).to.equal("USAGE");
    expect(await code(at("model/model.json"), ...args, "--bits", "40")).to.equal("COMPILE_REFUSED");
    expect(await code(at("model/model.json"), ...args, "--max-drop", "2")).to.equal("USAGE");
    for (const labels of ["[0]", "[0, 3]"]) {
      await writeFile(at("wrong-labels.json"), labels);
      expect(await code(at("model/model.json"), ...args, "--labels", at("wrong-labels.json"))).to.equal(
        "LABELS_MISMATCH",
      );
    }
    await writeFile(at("wrong-labels.json"), "[0, 0.5]");
    expect(await code(at("model/model.json"), ...args, "--labels", at("wrong-labels.json"))).to.equal("FILE_INVALID");
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

  it("publishes at a price in a token, by the token's own decimals", async () => {
    const { owner, provider, deployment, node } = world;
    const { abi, bytecode } = readArtifact("testing/PermitToken");
    const tokens = await new ContractFactory(abi, bytecode, owner).deploy();
    await tokens.waitForDeployment();
    const token = (await tokens.getAddress()) as Hex;
    const write = (price: object) =>
      writeFile(at("model/token.json"), JSON.stringify({ ...SIGNS_PUBLICATION, name: "in-token", price }));
    const publish = () => cloakwork("model", "publish", at("model/token.json"), "--node", node.address);
    await write({ model: "2", node: "0.5", token: "0x12" });
    expect(errorOf(await publish()).message).to.include("price.token");
    await write({ model: "2", node: "0.5", token: owner.address });
    expect(errorOf(await publish()).code).to.equal("NOT_THE_CONTRACT");
    await write({ model: "2", node: "0.5", token });
    const { modelId } = linesOf(await publish()).at(-1) as { modelId: string };
    const { terms } = await getModel(provider, deployment.contracts, BigInt(modelId));
    expect(terms).to.deep.equal({ token, modelFee: 2n * 10n ** 18n, nodeFee: 10n ** 18n / 2n });
  });

  it("refuses a publication file that is wrong, naming the field, and a model that is somebody else's", async () => {
    const wrong = { ...SIGNS_PUBLICATION, price: { model: 0.001, node: "0.002" } };
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
