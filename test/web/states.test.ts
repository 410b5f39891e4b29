import { expect } from "chai";
import type { Locator, Page } from "playwright-core";

import { stage, visit, type Visit } from "./support/stage.ts";
import { connectWallet, createVault, step } from "./support/steps.ts";

describe("web: what cannot be reached", function () {
  this.timeout(90_000);
  let open: Visit;
  let chain: string;

  before(async function () {
    this.timeout(240_000);
    chain = (await stage()).network.chain.url;
  });

  afterEach(async () => {
    (await stage()).proxy.cut.clear();
    await open?.close();
  });

  it("says that the chain does not answer, what that means, and comes back at a click", async () => {
    const { proxy } = await stage();
    proxy.cut.add(chain);
    open = await visit();
    const alert = open.page.getByRole("alert").filter({ hasText: "The models could not be read from the chain" });
    await alert.waitFor();
    expect(await alert.textContent()).to.contain("Nothing of yours is affected.");
    proxy.cut.clear();
    await alert.getByRole("button", { name: "Ask again" }).click();
    await open.page.getByRole("link", { name: /Handwritten digits/ }).waitFor();
  });

  it("keeps what it knows when the chain is lost, and says from when it is", async () => {
    const { proxy } = await stage();
    open = await visit({ path: "/requests/" });
    const { page } = open;
    await connectWallet(page, "Play wallet");
    const known = page
      .getByRole("main")
      .locator("ul, p")
      .filter({ hasText: /Handwritten digits|has asked for nothing yet/ })
      .first();
    await known.waitFor();
    proxy.cut.add(chain);
    const stale = page.getByRole("status").filter({ hasText: /^As of \d\d:\d\d\. / });
    await stale.waitFor();
    expect(await stale.textContent()).to.contain("The chain cannot be reached");
    expect(await known.isVisible()).to.equal(true);
    proxy.cut.clear();
    await stale.getByRole("button", { name: "Ask again" }).click();
    await stale.waitFor({ state: "detached" });
  });

  /** Opens the page on a phone, and encrypts a digit that is not paid for yet. */
  async function encrypted(): Promise<{ page: Page; main: Locator; pay: Locator }> {
    open = await visit({ path: "/model/?id=1", width: 390 });
    const { page } = open;
    const main = page.getByRole("main");
    const pay = main.getByRole("button", { name: /^Pay .* and send$/ });
    await connectWallet(page, "Play wallet");
    await page.getByRole("button", { name: "Sample of a 6" }).click();
    await main.getByRole("button", { name: "Encrypt on this device" }).click();
    await createVault(page);
    await pay.waitFor({ timeout: 120_000 });
    return { page, main, pay };
  }

  it("does not take a payment for unpaid when the chain is lost before it is in a block, and goes on once it is back", async function () {
    this.timeout(240_000);
    const { proxy, network } = await stage();
    const { page, main, pay } = await encrypted();
    try {
      await network.provider.send("evm_setAutomine", [false]);
      await network.provider.send("evm_setIntervalMining", [0]);
      await pay.click();
      await step(page, "Paying").getByText("Sent; waiting for the next block.").waitFor();
      await main.getByText("You can close this page.").waitFor();
      proxy.cut.add(chain);
      await step(page, "Paying").getByText("The chain cannot be reached; trying again. Nothing is lost.").waitFor();
      expect([await pay.count(), await step(page, "Not paid").count()]).to.deep.equal([0, 0]);
      proxy.cut.clear();
      await step(page, "Paying").getByText("Sent; waiting for the next block.").waitFor();
    } finally {
      await network.provider.send("evm_setAutomine", [true]);
      await network.provider.send("evm_setIntervalMining", [1_000]);
    }
    await step(page, "Decrypted").waitFor({ timeout: 60_000 });
  });

  it("keeps the ciphertext when no store takes it, says that nothing was paid, and sends it once one does", async function () {
    this.timeout(240_000);
    const { proxy, network } = await stage();
    const node = network.node().address;
    const { page, main, pay } = await encrypted();
    proxy.cut.add(node);
    await pay.click();
    const alert = main.getByRole("alert").filter({ hasText: "No store took the encrypted input" });
    await alert.waitFor({ timeout: 60_000 });
    expect(await alert.textContent()).to.match(/Nothing was paid\.$/);
    proxy.cut.clear();
    await pay.click();
    await step(page, "Decrypted").waitFor({ timeout: 60_000 });
  });

  it("fits a phone where a model's description cannot be read", async () => {
    const { proxy, network } = await stage();
    proxy.cut.add(network.node().address);
    open = await visit({ width: 390 });
    await open.page.getByRole("link", { name: /Model 1.*No store served/ }).waitFor();
    expect(await open.page.evaluate(() => document.documentElement.scrollWidth)).to.be.at.most(390);
  });

  it("shows nothing of the app without its settings, says why, and loads them at a click", async () => {
    open = await visit();
    const { page } = open;
    await page.route("**/config.json", (route) => route.fulfill({ status: 200, json: { chain: { id: 1 } } }));
    await page.reload();
    const alert = page.getByRole("alert").filter({ hasText: "The settings of this site could not be loaded" });
    await alert.waitFor();
    await alert.getByText("What the program says").click();
    expect(await alert.textContent()).to.contain("chain.rpcUrl");
    await page.unroute("**/config.json");
    await alert.getByRole("button", { name: "Load again" }).click();
    await page.getByRole("link", { name: /Handwritten digits/ }).waitFor();
  });

  it("tells an address that names no model, and one that names none there is, apart", async () => {
    open = await visit({ path: "/model/?id=seven" });
    await open.page.getByText("No model was chosen").waitFor();
    await open.page.goto(new URL("/model/?id=999", open.page.url()).href);
    await open.page.getByText("There is no model 999 on this chain").waitFor();
    expect(await open.page.getByRole("alert").filter({ hasText: /./ }).count()).to.equal(0);
    await open.page.getByRole("link", { name: "See the models" }).click();
    await open.page.getByRole("link", { name: /Handwritten digits/ }).waitFor();
  });
});
