import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { Contract, type InterfaceAbi, JsonRpcProvider, Wallet } from "ethers";

import { call } from "../../offchain/chain/call.ts";
import { readDeployment } from "../../offchain/chain/node/deployment-file.ts";
import { openProvider } from "../../offchain/chain/provider.ts";
import { CloakworkError } from "../../offchain/errors.ts";
import { dryRun } from "../../scripts/deploy/dry-run.ts";
import { PUBLIC_PARAMETERS } from "../../scripts/deploy/parameters.ts";
import { type LocalChain, startLocalChain } from "../../scripts/local-chain.ts";
import { keepHash, putHistory } from "../contracts/support/history.ts";

/** Runs the script as a person does. */
async function deploy(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ["scripts/deploy.ts", ...args]);
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out, err };
}

describe("scripts/deploy.ts", function () {
  this.timeout(120_000);
  let chain: LocalChain;
  let folder: string;
  let key: string;

  before(async () => {
    chain = await startLocalChain();
    folder = mkdtempSync(join(tmpdir(), "cloakwork-deploy-"));
    key = join(folder, "key");
    writeFileSync(key, `${chain.accounts[0].privateKey}\n`, { mode: 0o600 });
  });

  after(async () => {
    await chain.stop();
    rmSync(folder, { recursive: true });
  });

  it("says without sending anything where the contracts would be and what they would cost", async () => {
    const dry = await deploy("--rpc", chain.url, "--key", key, "--out", folder, "--dry-run");
    expect(dry.code, dry.err).to.equal(0);
    const nonce = { method: "eth_getTransactionCount", params: [chain.accounts[0].address, "latest"] };
    const asked = await fetch(chain.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, ...nonce }),
    });
    expect(await asked.json()).to.include({ result: "0x0" });
    const done = await deploy("--rpc", chain.url, "--key", key, "--out", join(folder, "dry"));
    const rows = (text: string) => [...text.matchAll(/^ {2}(\w+) +(0x\w{40}) {2}(\d+) gas$/gm)];
    const [told, sent] = [rows(dry.out), rows(done.out)];
    expect(told.map(([, name, address]) => [name, address])).to.deep.equal(
      sent.map(([, name, address]) => [name, address]),
    );
    expect(told).to.have.length(10);
    told.forEach(([, name, , gas], i) => {
      // Other addresses among the arguments have other zero bytes, which are cheaper.
      expect(Number(gas), name).to.be.closeTo(Number(sent[i][3]), 500);
    });
  });

  it("dry, tells an account what it is short of, with what public chains get", async () => {
    const provider = await openProvider(chain.url);
    try {
      const run = await dryRun(Wallet.createRandom().connect(provider), PUBLIC_PARAMETERS);
      expect(run.balance).to.equal(0n);
      expect(run.cost > 0n).to.equal(true);
      expect(run.cost).to.equal(run.gas * run.gasPrice);
    } finally {
      provider.destroy();
    }
    const poor = join(folder, "poor");
    writeFileSync(poor, Wallet.createRandom().privateKey);
    const { code, out } = await deploy("--rpc", chain.url, "--key", poor, "--out", join(folder, "none"), "--dry-run");
    expect(code).to.equal(0);
    expect(out).to.match(/That is too little: 0\.\d+ ETH are missing\./);
  });

  it("deploys, writes the addresses, and changes nothing when run again", async () => {
    const first = await deploy("--rpc", chain.url, "--key", key, "--out", folder);
    expect(first.code, first.err).to.equal(0);
    expect(first.out).to.contain("Verified.");
    expect(first.out + first.err).not.to.contain(chain.accounts[0].privateKey);
    const { contracts } = readDeployment(folder, 31337);
    const abis = JSON.parse(readFileSync(join(folder, "31337.abi.json"), "utf8")) as Record<
      string,
      { address: string; abi: InterfaceAbi }
    >;
    expect(Object.keys(abis)).to.have.members(Object.keys(contracts));
    const provider = new JsonRpcProvider(chain.url);
    const { address, abi } = abis["hub"];
    expect(await new Contract(address, abi, provider).getFunction("requestCount")()).to.equal(0n);
    provider.destroy();
    const before = readFileSync(join(folder, "31337.json"), "utf8");
    const again = await deploy("--rpc", chain.url, "--key", key, "--out", folder);
    expect(again.out).to.contain(`already and in order: hub ${contracts.hub}`);
    expect(readFileSync(join(folder, "31337.json"), "utf8")).to.equal(before);
  });

  it("deploys again where the file names contracts that are not there", async () => {
    const other = await startLocalChain();
    try {
      const done = await deploy("--rpc", other.url, "--key", key, "--out", folder);
      expect(done.code, done.err).to.equal(0);
      expect(done.out).to.contain("Verified.");
    } finally {
      await other.stop();
    }
  });

  it("takes randomness from the chain's history when told to, and stays with it when run again without a word", async () => {
    // A block of its own only for each transaction: the hash the history is asked for is the one it was given.
    const other = await startLocalChain({ blockMs: 3_600_000 });
    const provider = new JsonRpcProvider(other.url);
    try {
      await putHistory(provider);
      await provider.send("hardhat_mine", ["0x2"]);
      await keepHash(provider, 1);
      const args = ["--rpc", other.url, "--key", key, "--out", join(folder, "history")];
      const dry = await deploy(...args, "--entropy", "blockhash-history", "--dry-run");
      expect(dry.code, dry.err).to.equal(0);
      expect(dry.out).to.match(/^ {2}entropy +0x\w{40} {2}\d+ gas$/m);
      const done = await deploy(...args, "--entropy", "blockhash-history");
      expect(done.code, done.err).to.equal(0);
      const { contracts } = readDeployment(join(folder, "history"), 31337);
      expect((await call(provider, contracts, "entropy", "source"))[0]).to.equal("blockhash-history");
      for (const again of [[], ["--entropy", "blockhash-history"]]) {
        expect((await deploy(...args, ...again)).out).to.contain(`already and in order: hub ${contracts.hub}`);
      }
      expect((await deploy(...args, "--entropy", "blockhash", "--dry-run")).out).to.contain("Nothing is sent.");
    } finally {
      provider.destroy();
      await other.stop();
    }
  });

  it("refuses a history of block hashes the chain does not keep, dry or not", async () => {
    const args = ["--rpc", chain.url, "--key", key, "--out", join(folder, "none"), "--entropy", "blockhash-history"];
    for (const dry of [[], ["--dry-run"]]) {
      const { code, out, err } = await deploy(...args, ...dry);
      expect(code).to.equal(1);
      expect(err).to.match(/^ENTROPY_UNSUITABLE: /);
      expect(err).to.contain("Take the source blockhash");
      expect(out).not.to.contain(" gas\n");
    }
  });

  it("says what is missing or wrong, in a sentence", async () => {
    expect((await deploy("--help")).out).to.contain("--rpc URL");
    const usage = await deploy();
    expect([usage.code, usage.err]).to.deep.equal([1, "USAGE: --rpc and --key are needed.\nSee --help.\n"]);
    expect((await deploy("--rpc", chain.url, "--key", key, "--entropy", "drand")).err).to.equal(
      'USAGE: There is no source of randomness "drand".\nUse blockhash or blockhash-history.\n',
    );
    expect((await deploy("--rpc", chain.url, "--key", join(folder, "none"))).err).to.contain("KEY_UNREADABLE");
    writeFileSync(join(folder, "bad"), "0x12");
    const bad = join(folder, "bad");
    expect((await deploy("--rpc", chain.url, "--key", bad, "--out", folder, "--fresh")).err).to.contain("KEY_INVALID");
    expect((await deploy("--rpc", "http://127.0.0.1:9", "--key", key)).err).to.contain("RPC_UNREACHABLE");
  });
});

describe("startLocalChain", function () {
  this.timeout(60_000);
  it("says so when its port is taken", async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, "127.0.0.1", () => {
        const address = taken.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    let code = "";
    await startLocalChain({ port }).catch((error: unknown) => {
      if (error instanceof CloakworkError) ({ code } = error);
    });
    taken.close();
    expect(code).to.equal("PORT_TAKEN");
  });

  it("stops once, however often it is told to", async () => {
    const chain = await startLocalChain();
    await Promise.all([chain.stop(), chain.stop()]);
    await chain.stop();
    let reached = true;
    await fetch(chain.url, { method: "POST", body: "{}" }).catch(() => (reached = false));
    expect(reached).to.equal(false);
  });
});
