/** One private inference through the page, against a real chain and node. The tests of each group go on where the one before stopped. */
import { readFile } from "node:fs/promises";

import { expect } from "chai";
import type { Page } from "playwright-core";

import { getRequest, getRequestCount } from "../../offchain/chain/requests.ts";
import { predict, winners } from "../../scripts/digits/evaluate.ts";
import { readModel } from "../../scripts/digits/model-files.ts";
import { watchMainThread, type MainThread } from "./support/main-thread.ts";
import { findTraces, tracesOf } from "./support/plaintext.ts";
import { expectNoProblems, stage, visit, type Visit } from "./support/stage.ts";
import { connectWallet, createVault, draw, PASSPHRASE, previewPixels, step, unlockVault } from "./support/steps.ts";

const SEVEN = [
  [
    [0.3, 0.25],
    [0.7, 0.25],
    [0.45, 0.8],
  ],
] as const;

describe("web: one private inference", function () {
  this.timeout(300_000);
  let open: Visit;
  let page: Page;
  let pixels: number[];
  let sentBefore: number;
  let thread: MainThread;
  /** Numbers of its two requests. */
  let first: bigint;
  let second: bigint;

  before(async () => {
    const { proxy, network } = await stage();
    first = (await getRequestCount(network.provider, network.deployment.contracts)) + 1n;
    second = first + 1n;
    sentBefore = proxy.sent.length;
    open = await visit({ path: "/model/?id=1", wallet: {}, motion: true });
    ({ page } = open);
    thread = await watchMainThread(page);
  });

  after(async () => {
    await open?.close();
  });

  const main = () => page.getByRole("main");
  const pay = () => main().getByRole("button", { name: "Pay 0.0022 ETH and send" });

  it("says before anything happens what will leave and what will come back", async () => {
    const { published, provider, deployment } = (await stage()).network;
    await page.getByRole("heading", { name: "Handwritten digits" }).waitFor();
    expect(await page.getByText("What will leave this device").count()).to.equal(1);
    expect(await main().getByText("0.0022 ETH").first().isVisible()).to.equal(true);
    expect(published.modelId).to.equal(1n);
    expect(await provider.getCode(deployment.contracts.hub)).to.not.equal("0x");
  });

  it("asks for a wallet first, and for a vault when something is to be encrypted", async () => {
    await draw(page, ...SEVEN);
    pixels = await previewPixels(page);
    expect(await main().getByRole("button", { name: "Encrypt on this device" }).count()).to.equal(0);
    await main().getByRole("button", { name: "Connect a wallet" }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Test Wallet/ })
      .click();
    await main().getByRole("button", { name: "Encrypt on this device" }).click();
    await page.getByRole("dialog", { name: "Create your vault" }).waitFor();
  });

  it("refuses a passphrase that is too short or not the same twice", async () => {
    const dialog = page.getByRole("dialog", { name: "Create your vault" });
    const create = dialog.getByRole("button", { name: "Create the vault" });
    await dialog.getByLabel("Passphrase", { exact: true }).fill("short");
    await create.click();
    await dialog.getByText("The passphrase needs 8 characters or more.").waitFor();
    await dialog.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await dialog.getByLabel("The same again").fill(`${PASSPHRASE}!`);
    await create.click();
    await dialog.getByText("The two passphrases are not the same.").waitFor();
  });

  it("makes keys and encrypts, with progress, and draws the ciphertext on this side of the boundary", async () => {
    await createVault(page);
    await page.getByRole("progressbar", { name: "Making keys" }).waitFor();
    await pay().waitFor({ timeout: 200_000 });
    const keys = step(page, "Keys made and registered");
    await keys.getByRole("button", { name: "Keys that compute but cannot open: look at the bytes" }).waitFor();
    expect(await keys.textContent()).to.match(/[\d,]+ gas/);
    await step(page, "Encrypted")
      .getByRole("button", { name: /Your input, encrypted/ })
      .waitFor();
    expect(await page.getByText("What will leave this device").count()).to.equal(1);
  });

  it("never froze meanwhile", async () => {
    const longest = thread.longest();
    await thread.stop();
    // Making keys is seconds of computing: done in the page, it would show here as a stretch of that length.
    expect(longest, `${longest} ms`).to.be.within(1, 400);
  });

  it("keeps the ciphertext and charges nothing when the person declines to pay", async () => {
    await page.evaluate(() => {
      window.testWallet.refused.add("eth_sendTransaction");
    });
    await pay().click();
    await main()
      .getByRole("alert")
      .filter({ hasText: "You rejected the request in the wallet; nothing was sent." })
      .waitFor();
    expect(await step(page, "Not paid").count()).to.equal(1);
    await page.evaluate(() => {
      window.testWallet.refused.clear();
    });
  });

  it("carries the request to its answer, which is the plain model's for the pixels drawn", async () => {
    await pay().click();
    await step(page, "Decrypted").waitFor({ timeout: 120_000 });
    const plain = predict(
      await readModel("models/digits"),
      Float32Array.from(pixels, (octet) => octet / 255),
    );
    const label = String(winners(plain)[0]);
    const first = await main()
      .getByText("The answer", { exact: true })
      .locator("xpath=following-sibling::p[1]")
      .textContent();
    expect(first).to.match(new RegExp(`^${label}\\d`));
    const rows = await page
      .getByRole("table", { name: /Probability of each class/ })
      .getByRole("row")
      .count();
    expect(rows).to.equal(11);
  });

  it("shows elapsed time, gas, transactions and bytes of the steps", async () => {
    expect(await step(page, "Encrypted").first().textContent()).to.match(/\d+(\.\d)? m?s/);
    expect(await step(page, "Uploaded").textContent()).to.contain("184.4 KB");
    expect(await step(page, "Paid").textContent()).to.match(/[\d,]{7,} gas.*0x[0-9a-f]{4}…/);
    expect(await step(page, "Result posted").textContent()).to.match(/[\d,]{7,} gas.*2\.[0-9] KB/);
  });

  it("shows the transaction as the chain has it", async () => {
    await step(page, "Paid")
      .getByRole("button", { name: /transaction/ })
      .click();
    const dialog = page.getByRole("dialog", { name: "Transaction" });
    await dialog.getByText("carried out").waitFor();
    expect(await dialog.textContent()).to.contain("0.0022 ETH");
    await page.keyboard.press("Escape");
  });

  it("shows the bytes that left, which are those the store holds", async () => {
    const { network } = await stage();
    await step(page, "Uploaded")
      .getByRole("button", { name: /Your input, encrypted/ })
      .click();
    const dialog = page.getByRole("dialog", { name: "Your input, encrypted" });
    await dialog.getByText("ciphertext").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      dialog.getByRole("button", { name: "Save" }).click(),
    ]);
    const shown = await readFile(await download.path());
    expect(shown.subarray(0, 4).toString()).to.equal("CWCT");
    const request = await getRequest(network.provider, network.deployment.contracts, first);
    expect(request.requestId).to.equal(first);
    const event = (await network.provider.getLogs({ address: network.deployment.contracts.hub, fromBlock: 0 }))
      .map((log) => log.data)
      .join("");
    const digest = await dialog.getByRole("button", { name: /Copy digest of/ }).getAttribute("title");
    expect(event).to.contain(digest!.slice(2));
    const held = await fetch(`${network.node().address}/blobs/${digest!}`);
    expect(Buffer.from(await held.arrayBuffer()).equals(shown)).to.equal(true);
    await page.keyboard.press("Escape");
  });

  it("sent the pixels nowhere, in no form, and spoke to nobody but chain, store and its own server", async () => {
    const { proxy, web, network } = await stage();
    const sent = proxy.sent.slice(sentBefore);
    const hosts = new Set(sent.map(({ url }) => new URL(url).origin));
    expect([...hosts]).to.have.members([web.url, network.chain.url, network.node().address]);
    expect(proxy.tunnels).to.deep.equal([]);
    // The upper stroke of the seven: a run of pixels that is all but certain to be nowhere else by chance.
    const run = pixels.map((octet) => octet / 255);
    const start = run.findIndex((value) => value > 0);
    const traces = tracesOf(run.slice(start, start + 96));
    const uploads = sent.filter(({ method, url }) => method === "PUT" && url.includes("/blobs/"));
    expect(uploads.map(({ body }) => body.length).sort((a, b) => a - b)[0]).to.be.within(180_000, 190_000);
    for (const { method, url, body } of sent) {
      const found = findTraces(Buffer.concat([Buffer.from(decodeURIComponent(url)), body]), traces);
      expect(found, `${method} ${url}`).to.deep.equal([]);
    }
  });

  it("takes the request up after a reload: from the chain while the vault is locked, and to the answer once it is open", async () => {
    expect(new URL(page.url()).search).to.equal(`?id=1&request=${first}`);
    await page.reload();
    const unlock = main().getByRole("button", { name: "Unlock and read the answer" });
    await unlock.waitFor();
    await step(page, "Result posted").getByText(/gas/).waitFor();
    expect(await step(page, "Uploaded").textContent()).to.contain("184.4 KB");
    await main().getByText("What you asked was not stored anywhere").waitFor();
    await unlock.click();
    await unlockVault(page, "not the passphrase");
    await page.getByText("That passphrase does not open the vault.").waitFor();
    await unlockVault(page);
    await main().getByText("The answer", { exact: true }).waitFor();
  });

  it("needs no new keys for the next question", async () => {
    await main().getByRole("button", { name: "Ask something else" }).click();
    expect(page.url()).to.match(/\?id=1$/);
    await page.getByRole("button", { name: "Sample of a 3" }).click();
    await main().getByRole("button", { name: "Encrypt on this device" }).click();
    await pay().waitFor();
    expect(await step(page, "Keys made").count()).to.equal(0);
    await page.getByText("there for all requests").waitFor();
  });

  it("finds a request again that was paid for just before the page was closed", async () => {
    // The transaction is known and mined, and the page that waits for it is gone.
    await pay().click();
    await page.waitForURL(new RegExp(`transaction=|request=${second}`));
    await page.reload();
    await main().getByRole("button", { name: "Unlock and read the answer" }).waitFor({ timeout: 60_000 });
    expect(new URL(page.url()).search).to.equal(`?id=1&request=${second}`);
  });

  it("lists both requests, and settles one", async () => {
    const { network } = await stage();
    await page.getByRole("link", { name: "Requests" }).click();
    // The page left behind has lists too.
    const row = (id: bigint) =>
      main()
        .getByRole("listitem")
        .filter({ has: page.getByText(`No. ${id}`, { exact: true }) });
    await row(second).waitFor();
    await row(first).getByRole("button", { name: "Settle" }).click();
    await row(first).getByText("Answered and settled").waitFor();
    expect((await getRequest(network.provider, network.deployment.contracts, first)).state).to.equal("settled");
    await row(second).getByRole("link", { name: "Read the answer" }).click();
    await main().getByRole("button", { name: "Unlock and read the answer" }).click();
    await unlockVault(page);
    await main().getByText("The answer", { exact: true }).waitFor();
  });

  it("said nothing in the console, and the policy was never hurt", () => {
    expectNoProblems(open);
  });
});

describe("web: a node that does not answer", function () {
  this.timeout(300_000);
  let open: Visit;
  let page: Page;

  before(async () => {
    open = await visit({ path: "/model/?id=1" });
    ({ page } = open);
    await connectWallet(page, "Play wallet");
  });

  after(async () => {
    const { network } = await stage();
    await network.nodes[0].start();
    await open?.close();
  });

  it("gives the money back after the deadline, into the wallet", async () => {
    const { network } = await stage();
    const main = page.getByRole("main");
    await page.getByRole("button", { name: "Sample of a 5" }).click();
    await main.getByRole("button", { name: "Encrypt on this device" }).click();
    await createVault(page);
    const pay = main.getByRole("button", { name: "Pay 0.0022 ETH and send" });
    await pay.waitFor({ timeout: 200_000 });
    // The node takes the upload and then falls silent before it can see the request.
    await network.provider.send("evm_setIntervalMining", [0]);
    await pay.click();
    await step(page, "Assigning a node").waitFor();
    await network.nodes[0].stop();
    await network.provider.send("evm_setIntervalMining", [1_000]);
    await network.provider.send("evm_increaseTime", [7_200]);
    await network.provider.send("evm_mine", []);
    await main.getByRole("alert").filter({ hasText: "was not answered by its deadline" }).waitFor({ timeout: 60_000 });
    await main.getByRole("button", { name: "Take the money back" }).click();
    await main.getByText("Your money is back").waitFor();
    await page.getByRole("link", { name: "Requests" }).click();
    await main.getByText("0.0022 ETH of yours is in the contract, from refunds.").waitFor();
    await main.getByText("Refunded").waitFor();
    await main.getByRole("button", { name: "Withdraw it" }).click();
    await main.getByText("of yours is in the contract").waitFor({ state: "detached" });
  });

  it("is still shown to a newcomer whose browser cannot read its description, with the reason", async () => {
    const newcomer = await visit();
    const row = newcomer.page.getByRole("link", { name: /Model 1/ });
    await row.waitFor();
    expect(await row.textContent())
      .to.contain("No store served")
      .and.to.contain("0.0022 ETH");
    await row.click();
    const alert = newcomer.page
      .getByRole("alert")
      .filter({ hasText: "Not everything about this model could be read: manifest" });
    await alert.waitFor();
    expect(await newcomer.page.getByRole("button", { name: "Encrypt on this device" }).count()).to.equal(0);
    await newcomer.close();
  });
});
