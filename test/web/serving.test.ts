import { createHash } from "node:crypto";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { ABI_ID } from "../../offchain/chain/abi.ts";
import { inlineScriptHashes, serveWeb, WebNotBuiltError, type WebServer } from "../../scripts/serve-web.ts";
import { parseSettings, SettingsError, type Settings } from "../../web/lib/settings.ts";

const address = `0x${"1".repeat(40)}` as const;
const settings: Settings = {
  chain: { id: 31337, name: "Local chain", rpcUrl: "http://127.0.0.1:8545/key", currency: "ETH" },
  deployment: {
    version: 1,
    chainId: 31337,
    abi: ABI_ID,
    fromBlock: 0,
    contracts: {
      balances: address,
      entropy: address,
      modelRegistry: address,
      modelAccess: address,
      nodeRegistry: address,
      keyRegistry: address,
      hubExtension: address,
      hub: address,
      disputes: address,
      callbacks: address,
    },
  },
  storage: ["http://127.0.0.1:9000", "https://blobs.example.org/base"],
};

describe("scripts/serve-web", () => {
  const inline = 'console.log("one");';
  let root: string;
  let server: WebServer;

  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), "cloakwork-serve-"));
    await mkdir(path.join(root, "_next", "static"), { recursive: true });
    await mkdir(path.join(root, "keys"));
    await writeFile(path.join(root, "index.html"), `<script>${inline}</script><script src="/a.js"></script>`);
    await writeFile(path.join(root, "keys", "index.html"), "<p>keys</p>");
    await writeFile(path.join(root, "404.html"), "<p>no such page</p>");
    await writeFile(path.join(root, "_next", "static", "worker.js"), "1");
    server = await serveWeb({ root, settings });
  });

  after(async () => {
    await server.close();
    await rm(root, { recursive: true, force: true });
  });

  const policyOf = async (place: string) => {
    const response = await fetch(server.url + place);
    const policy = response.headers.get("content-security-policy") ?? "";
    return new Map(policy.split("; ").map((directive) => [directive.split(" ")[0], directive.split(" ").slice(1)]));
  };

  it("names the hash of each inline script and lets no other inline script run", async () => {
    const policy = await policyOf("/");
    const hash = `'sha256-${createHash("sha256").update(inline).digest("base64")}'`;
    expect(policy.get("script-src")).to.deep.equal(["'self'", hash]);
    expect((await policyOf("/keys/")).get("script-src")).to.deep.equal(["'self'"]);
  });

  it("hashes inline scripts with attributes and over lines, and leaves out those with a source", () => {
    expect(
      inlineScriptHashes('<script id="x">\na\n</script><script async src="b.js"></script><script></script>'),
    ).to.deep.equal([`'sha256-${createHash("sha256").update("\na\n").digest("base64")}'`]);
  });

  it("lets the page connect to the origins of its settings and to nothing else", async () => {
    expect((await policyOf("/")).get("connect-src")).to.deep.equal([
      "'self'",
      "http://127.0.0.1:8545",
      "http://127.0.0.1:9000",
      "https://blobs.example.org",
    ]);
  });

  it("gives scripts a policy too, which is the one a worker runs under", async () => {
    const policy = await policyOf("/_next/static/worker.js");
    expect(policy.get("script-src"), "compiles WebAssembly, which pages must not").to.deep.equal([
      "'self'",
      "'wasm-unsafe-eval'",
    ]);
    expect(policy.get("connect-src")).to.include("http://127.0.0.1:8545");
  });

  it("isolates the page", async () => {
    const { headers } = await fetch(server.url);
    expect(headers.get("cross-origin-opener-policy")).to.equal("same-origin");
    expect(headers.get("cross-origin-embedder-policy")).to.equal("require-corp");
    expect(headers.get("x-content-type-options")).to.equal("nosniff");
    expect((await policyOf("/")).get("frame-ancestors")).to.deep.equal(["'none'"]);
  });

  it("keeps what never changes in caches, and settings out of them", async () => {
    const cache = async (place: string) => (await fetch(server.url + place)).headers.get("cache-control");
    expect(await cache("/_next/static/worker.js")).to.contain("immutable");
    expect(await cache("/")).to.equal("no-cache");
    expect(await cache("/config.json")).to.equal("no-store");
    expect(await (await fetch(`${server.url}/config.json`)).json()).to.deep.equal(settings);
  });

  it("answers an unknown path with the page for that, and nothing outside its folder", async () => {
    const missing = await fetch(`${server.url}/nowhere/`);
    expect(missing.status).to.equal(404);
    expect(await missing.text()).to.contain("no such page");
    expect((await fetch(`${server.url}/..%2f..%2fetc%2fpasswd`)).status).to.be.oneOf([400, 403, 404]);
  });

  it("says so when the app was not built", async () => {
    const empty = await mkdtemp(path.join(tmpdir(), "cloakwork-empty-"));
    let error: unknown;
    await serveWeb({ root: empty, settings }).catch((reason: unknown) => (error = reason));
    expect(error).to.be.instanceOf(WebNotBuiltError);
    await serveWeb({ root: path.join(empty, "gone"), settings }).catch((reason: unknown) => (error = reason));
    expect(error).to.be.instanceOf(WebNotBuiltError);
    await rm(empty, { recursive: true });
  });
});

describe("web/lib/settings", () => {
  const wrong = (change: object): string => {
    try {
      parseSettings({ ...settings, ...change });
    } catch (error) {
      if (error instanceof SettingsError) return error.message;
      throw error;
    }
    throw new Error("it was taken");
  };

  it("takes what npm start gives", () => {
    expect(parseSettings(settings)).to.deep.equal(settings);
  });

  it("names a wrong key and what was expected", () => {
    expect(wrong({ storage: ["ftp://x"] })).to.contain("storage.0");
    expect(wrong({ storage: [] })).to.contain("storage");
    expect(wrong({ chain: { ...settings.chain, rpcUrl: "nowhere" } })).to.contain("chain.rpcUrl");
    expect(
      wrong({ deployment: { ...settings.deployment, contracts: { ...settings.deployment.contracts, hub: "0x12" } } }),
    ).to.contain("deployment.contracts.hub: expected 0x and 40 hexadecimal digits");
  });

  it("takes a play wallet on chain 31337 alone, and a deployment of the same chain alone", () => {
    const playWallet = { privateKey: `0x${"2".repeat(64)}` as const };
    expect(parseSettings({ ...settings, playWallet }).playWallet).to.deep.equal(playWallet);
    const chain = { ...settings.chain, id: 1 };
    expect(wrong({ chain, deployment: { ...settings.deployment, chainId: 1 }, playWallet })).to.contain("31337 only");
    expect(wrong({ chain })).to.contain("another chain");
  });
});
