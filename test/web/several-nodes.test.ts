/**
 * A network of three nodes: the choice of how many compute an answer, what it costs, and that it is what is asked and paid for; a price in a token; keys revoked; a batch that was asked
 * for elsewhere, and the complaint that nobody serves its result.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";
import { ContractFactory, Wallet } from "ethers";
import type { Page } from "playwright-core";

import { getChallenges, getDispute, getDisputeParameters } from "../../offchain/chain/disputes.ts";
import { getKeySet } from "../../offchain/chain/keys.ts";
import { setTerms } from "../../offchain/chain/models.ts";
import { setTokenAccepted } from "../../offchain/chain/nodes.ts";
import { findRequestEvent } from "../../offchain/chain/request-events.ts";
import { getQuote, getRequest } from "../../offchain/chain/requests.ts";
import { getAllowance, getTokenBalance } from "../../offchain/chain/tokens.ts";
import { ETHER, type Hex } from "../../offchain/chain/types.ts";
import { choosePlan } from "../../offchain/client/choose-plan.ts";
import { infer } from "../../offchain/client/infer.ts";
import { localWallet } from "../../offchain/client/local-wallet.ts";
import { FileVaultStore } from "../../offchain/client/vault/file-store.ts";
import { Vault } from "../../offchain/client/vault/vault.ts";
import { publishModel } from "../../offchain/publisher/publish.ts";
import type { Manifest } from "../../offchain/sealing/manifest.ts";
import { readArtifact } from "../../scripts/deploy/artifacts.ts";
import { startFleet, untilServing, type Fleet } from "../../scripts/network/fleet.ts";
import { ownerPorts } from "../../scripts/network/owner-ports.ts";
import { serveWeb } from "../../scripts/serve-web.ts";
import { QUICK_PARAMETERS } from "../e2e/fleet-parameters.ts";
import { BIAS, KERNEL, MODEL, SAMPLES } from "../offchain/cli/signs-model.ts";
import { formatUnits } from "../../web/lib/format.ts";
import { expectNoProblems, stage, visit, type Visit } from "./support/stage.ts";
import { connectWallet, createVault, step, unlockVault } from "./support/steps.ts";

const NODES = 3;
const TERMS = { token: ETHER, modelFee: 1_000_000_000_000_000n, nodeFee: 2_000_000_000_000_000n };
/** The model's answer to the first sample, by hand (signs-model.ts): 2, −0.75, −1. */
const ANSWER = "first";

describe("web: where several nodes serve a model", function () {
  this.timeout(240_000);
  const resources = new AsyncDisposableStack();
  let fleet: Fleet;
  let open: Visit;
  let page: Page;
  let folder: string;
  let modelId: bigint;
  let manifest: Manifest;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cloakwork-replicas-"));
    resources.defer(() => rm(folder, { recursive: true, force: true }));
    fleet = resources.use(
      await startFleet({
        folder,
        members: Array.from({ length: NODES }, () => ({})),
        // The window to complain in is as long as the tests may take.
        parameters: { ...QUICK_PARAMETERS, hub: { ...QUICK_PARAMETERS.hub, challengeWindow: 600 } },
        config: { audits: false },
      }),
    );
    const { deployment, accounts, nodes, chain } = fleet;
    const inputs = Float32Array.from(SAMPLES.flat());
    ({ modelId, manifest } = await publishModel(
      {
        source: {
          modelJson: MODEL,
          weights: new Uint8Array(Float32Array.from([...KERNEL, ...BIAS]).buffer),
        },
        compile: {
          calibration: inputs,
          inputRange: { min: -1, max: 1 },
          labels: ["first", "second", "third"],
          model: "signs",
        },
        samples: { inputs, data: "two made up" },
        description: {
          name: "signs",
          title: "Signs",
          description: "A dense layer.",
          card: "",
          license: "Apache-2.0",
          input: { description: "Four numbers.", presentation: { kind: "vector" } },
          output: { description: "Three." },
        },
        batch: { units: 2 },
        terms: TERMS,
        nodes: nodes.map(({ address }) => address),
      },
      await ownerPorts(fleet, folder),
    ));
    await untilServing(fleet, modelId, NODES);
    const web = await serveWeb({
      settings: {
        chain: { id: chain.chainId, name: "Local chain", rpcUrl: chain.url, currency: "ETH" },
        deployment,
        storage: nodes.map((node) => node.endpoint),
      },
    });
    resources.defer(() => web.close());
    open = await visit({
      url: web.url,
      path: `/model/?id=${modelId}`,
      wallet: { rpcUrl: chain.url, account: accounts.users[0].address, chainId: chain.chainId },
      width: 390,
    });
    resources.defer(() => open.close());
    ({ page } = open);
  });
  after(() => resources.disposeAsync());

  const main = () => page.getByRole("main");
  const choice = () => page.getByRole("group", { name: "Nodes that compute the answer" });

  it("names the prices beside each other, one node to begin with, and is gone through by keyboard", async () => {
    await choice().waitFor();
    const options = await choice().getByRole("radio").all();
    const names = await Promise.all(options.map((option) => option.locator("xpath=..").innerText()));
    expect(names.map((name) => /^(\d) nodes?/.exec(name)?.[1])).to.deep.equal(["1", "3"]);
    expect(await options[0].isChecked()).to.equal(true);
    await choice().getByText("One node answers, with its bond at stake.").waitFor();
    await options[0].focus();
    await page.keyboard.press("ArrowRight");
    expect(await options[1].isChecked()).to.equal(true);
    await choice().getByText("What more than half of the 3 say is the answer").waitFor();
    const [one, three] = names.map((name) => Number(/([\d.]+) ETH/.exec(name)?.[1]));
    expect(three - one).to.be.closeTo(0.004, 1e-9);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).to.be.at.most(390);
  });

  it("is what is paid for and asked of the chain, and three nodes give the answer", async () => {
    await main()
      .getByLabel(/numbers from -1 to 1/)
      .fill(SAMPLES[0].join(" "));
    await connectWallet(page, "Test Wallet");
    await main().getByRole("button", { name: "Encrypt on this device" }).click();
    await createVault(page);
    const pay = main().getByRole("button", { name: /^Pay [\d.]+ ETH and send$/ });
    await pay.waitFor({ timeout: 100_000 });
    // What was encrypted for three is paid for three: there is nothing to choose any more.
    expect(await choice().count()).to.equal(0);
    const money = Number(/[\d.]+/.exec((await pay.textContent()) ?? "")?.[0]);
    await pay.click();
    await step(page, "3 nodes assigned").waitFor({ timeout: 100_000 });
    await step(page, "Decrypted").waitFor({ timeout: 100_000 });
    expect(await step(page, "Evaluated").textContent()).to.contain("3 of 3 nodes evaluated the model to the same");
    expect(await main().getByText(ANSWER).count()).to.be.greaterThan(0);
    const request = await getRequest(fleet.provider, fleet.deployment.contracts, 1n);
    const { replicas, modelFee, nodeFee, auditFee } = request;
    expect([replicas, modelFee, nodeFee]).to.deep.equal([NODES, TERMS.modelFee, TERMS.nodeFee]);
    expect(Number(modelFee + BigInt(NODES) * nodeFee + auditFee) / 1e18).to.be.closeTo(money, 1e-9);
    expect(request.duties.map(({ state }) => state)).to.deep.equal(Array(NODES).fill("posted"));
    expectNoProblems(open);
  });

  it("pays a price in a token by a permit: one signature, one transaction, nothing allowed beyond it", async () => {
    const { provider, deployment, accounts, nodes } = fleet;
    const { contracts } = deployment;
    const owner = new Wallet(accounts.owner.privateKey, provider);
    const [user] = accounts.users;
    const { abi, bytecode } = readArtifact("testing/PermitToken");
    const tokens = await new ContractFactory(abi, bytecode, owner).deploy();
    await tokens.waitForDeployment();
    const token = (await tokens.getAddress()) as Hex;
    await (await tokens.getFunction("transfer").send(user.address, 10_000n)).wait();
    for (const { identity } of nodes) {
      await (await setTokenAccepted(identity.account.connect(provider), contracts, token, true)).wait();
    }
    await (await setTerms(owner, contracts, modelId, { token, modelFee: 300n, nodeFee: 500n })).wait();
    const { total } = await getQuote(provider, contracts, modelId, 1, 0);

    await page.goto(new URL(`/model/?id=${modelId}`, page.url()).href);
    await main()
      .getByLabel(/numbers from -1 to 1/)
      .fill(SAMPLES[0].join(" "));
    await main().getByRole("button", { name: "Encrypt on this device" }).click();
    await unlockVault(page);
    const pay = main().getByRole("button", { name: /^Pay [\d.]+ PERMIT \(0x.+\) and send$/ });
    await pay.waitFor({ timeout: 100_000 });
    await pay.click();
    await step(page, "Decrypted").waitFor({ timeout: 100_000 });
    const asked = await page.evaluate(() => window.testWallet.asked.filter((method) => /sign|send/i.test(method)));
    expect(asked.slice(0, 2)).to.deep.equal(["eth_signTypedData_v4", "eth_sendTransaction"]);
    const request = await getRequest(provider, contracts, 2n);
    expect(request.token.toLowerCase()).to.equal(token.toLowerCase());
    expect(await getTokenBalance(provider, token, user.address)).to.equal(10_000n - total);
    expect(await getAllowance(provider, token, user.address, contracts.hub)).to.equal(0n);
    await (await setTerms(owner, contracts, modelId, TERMS)).wait();
    expectNoProblems(open);
  });

  it("revokes keys on the chain once that was said twice, and shows it", async () => {
    const { provider, deployment } = fleet;
    const asked = await findRequestEvent(provider, deployment.contracts.hub, 2n, deployment.fromBlock, "requested");
    const keySetId = asked!.binding.keySetId;
    const isRevoked = async () => (await getKeySet(provider, deployment.contracts, keySetId)).revoked;
    await page.getByRole("banner").getByRole("link", { name: "Keys" }).click();
    await main().getByRole("button", { name: "Revoke" }).click();
    const dialog = page.getByRole("dialog", { name: "Revoke these keys?" });
    expect(await isRevoked()).to.equal(false);
    await dialog.getByRole("button", { name: "Revoke" }).click();
    await dialog.waitFor({ state: "detached", timeout: 60_000 });
    await main().getByText("Revoked: no new request may use it").waitFor();
    expect(await isRevoked()).to.equal(true);
    expect(await main().getByRole("button", { name: "Revoke" }).count()).to.equal(0);
  });

  it("shows a batch that the account asked for elsewhere, with what can be said where nobody serves its result", async () => {
    const { provider, deployment, accounts, nodes } = fleet;
    const planIndex = choosePlan(manifest, SAMPLES.length);
    const vault = await Vault.create(new FileVaultStore(path.join(folder, "vault.json")), "a batch's passphrase");
    const wallet = localWallet(new Wallet(accounts.users[0].privateKey, provider));
    const price = await getQuote(provider, deployment.contracts, modelId, 1, planIndex);
    const { requestId } = await infer(
      { provider, deployment, endpoints: [], vault, wallet },
      { modelId, version: 1, planIndex, values: SAMPLES.flat(), price },
      { settle: false },
    );
    await page.getByRole("banner").getByRole("link", { name: "Requests" }).click();
    const row = main()
      .getByRole("listitem")
      .filter({ hasText: `No. ${requestId}` });
    await row.getByText("Read it first: its bytes are kept by nodes, not by the chain.").waitFor();
    await row.getByRole("button", { name: "Nobody serves it" }).click();
    const dialog = page.getByRole("dialog", { name: "Say that nobody serves this result" });
    const { challengeBond, jurorFee, jurySize } = await getDisputeParameters(provider, deployment.contracts);
    const said = (await dialog.textContent()) ?? "";
    for (const wei of [challengeBond, jurorFee * BigInt(jurySize)]) expect(said).to.contain(`${formatUnits(wei)} ETH`);

    const { proxy } = await stage();
    for (const { endpoint } of nodes) proxy.cut.add(new URL(endpoint).origin);
    try {
      await dialog.getByRole("button", { name: /^Lay .+ down$/ }).click();
      await dialog.waitFor({ state: "detached", timeout: 60_000 });
      await row.getByText("In dispute", { exact: true }).waitFor();
      await row.getByText("You said that nobody serves its result.").waitFor();
      const [challenge] = await getChallenges(provider, deployment.contracts, requestId);
      expect(challenge.challenger.toLowerCase()).to.equal(wallet.address.toLowerCase());
      const { phase, withheld } = await getDispute(provider, deployment.contracts, requestId);
      expect(phase).to.not.equal("none");
      expect(challenge.answer).to.equal(withheld);
    } finally {
      proxy.cut.clear();
    }
  });
});
