import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "../..");
const modules = path.join(root, "node_modules");

/** Where npm is told nothing by the run it is part of. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

describe("the package", function () {
  this.timeout(300_000);
  let folder: string;
  let packed: Packed;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cloakwork-package-"));
    await run(process.execPath, [path.join(modules, "typescript-native/bin/tsc"), "-p", "tsconfig.package.json"], {
      cwd: root,
    });
    const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
      cwd: root,
      env,
    });
    // One entry a package: a list, or since npm 12 an object by name.
    const [first] = Object.values(JSON.parse(stdout) as Record<string, Packed>);
    packed = first;
    const installed = path.join(folder, "node_modules");
    await mkdir(installed);
    for (const name of await readdir(modules)) {
      if (name !== "cloakwork" && name !== ".bin") await symlink(path.join(modules, name), path.join(installed, name));
    }
    await run("tar", ["-xzf", path.join(folder, packed.filename), "-C", folder]);
    await rename(path.join(folder, "package"), path.join(installed, "cloakwork"));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  /** Runs an ES module beside the installed package. */
  async function consume(source: string): Promise<string> {
    const file = path.join(folder, "consumer.mjs");
    await writeFile(file, source);
    return (await run(process.execPath, [file], { cwd: folder })).stdout;
  }

  it("carries what was built, the contracts, the command, and nothing else", () => {
    const tops = new Set(packed.files.map(({ path: file }) => file.split("/")[0]));
    expect([...tops].sort()).to.deep.equal([
      "LICENSE",
      "README.md",
      "artifacts",
      "bin",
      "contracts",
      "dist",
      "package.json",
    ]);
    expect(
      packed.files.map(({ path: file }) => file).filter((file) => /\.test\.|\.env|(?<!\.d)\.ts$/.test(file)),
    ).to.deep.equal([]);
  });

  it("compiles a model and runs the SIMD kernel where it is installed", async () => {
    const output = await consume(`
      import { makeGraph } from "cloakwork/fhe/graph/make-graph";
      import { compileKernel } from "cloakwork/fhe/kernel/load";
      import { infer } from "cloakwork/client/infer";
      console.log(typeof makeGraph, (await compileKernel()) instanceof WebAssembly.Module, typeof infer);
    `);
    expect(output).to.equal("function true function\n");
  });

  it("starts a node's worker thread", async () => {
    const output = await consume(`
      import { WorkerPool } from "cloakwork/node/evaluation/worker-pool";
      const pool = new WorkerPool({ workers: 1, openKeySets: 1, engine: "simd", timeoutMs: 60000, onRestart: console.log });
      const failed = await pool.load({ planDigest: "0x" + "00".repeat(32), plan: new Uint8Array(1), constants: new Uint32Array(1) }).catch((error) => error);
      console.log(failed.code);
      await pool[Symbol.asyncDispose]();
    `);
    expect(output).to.match(/PLAN/);
  });

  it("brings the command", async () => {
    const bin = path.join(folder, "node_modules/cloakwork/bin/cloakwork.mjs");
    const { stdout } = await run(process.execPath, [bin, "--version"], { cwd: folder });
    expect(stdout.trim()).to.match(/^\d+\.\d+\.\d+$/);
  });

  it("brings the fixture contract developers test against: a contract asks and has its receipt, in ten lines", async () => {
    const config = `import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers"; export default { plugins: [toolbox] };`;
    await writeFile(path.join(folder, "hardhat.config.js"), config);
    await writeFile(path.join(folder, "package.json"), '{"type":"module"}');
    const output = await consume(`
      import { readFileSync } from "node:fs";
      import { network } from "hardhat";
      import { deployCloakwork } from "cloakwork/testing/deploy-cloakwork";
      import { answerRequest } from "cloakwork/testing/stand-in-nodes";
      const artifact = "node_modules/cloakwork/artifacts/contracts/consumers/SampleConsumer.sol/SampleConsumer.json";
      const { abi, bytecode } = JSON.parse(readFileSync(artifact, "utf8"));

      const { ethers, networkHelpers } = await network.create();
      const market = await networkHelpers.loadFixture(deployCloakwork);
      const { hub, callbacks, balances } = market.deployment.contracts;
      const [deployer] = await ethers.getSigners();
      const consumer = await new ethers.ContractFactory(abi, bytecode, deployer).deploy(hub, callbacks, balances);
      await market.allow(await consumer.getAddress());
      const { total } = await market.quote();
      await consumer.ask(await market.params(), { value: total + 10n ** 15n });
      const receipt = await answerRequest(market, 1n, Uint8Array.of(1, 2, 3));
      console.log(receipt === (await consumer.receipts(1n)), BigInt(receipt) !== 0n);
    `);
    expect(output).to.equal("true true\n");
  });

  it("brings interfaces a contract can import", async () => {
    const output = await consume(
      `console.log(import.meta.resolve("cloakwork/contracts/interfaces/IInferenceHub.sol"));`,
    );
    expect(output).to.match(/contracts\/interfaces\/IInferenceHub\.sol\n$/);
  });
});
