import { expect } from "chai";

import { serveWeb } from "../../scripts/serve-web.ts";
import { expectNoProblems, stage, visit, type Visit } from "./support/stage.ts";

describe("web: wallets", function () {
  this.timeout(60_000);
  let open: Visit;

  before(async function () {
    this.timeout(240_000);
    await stage();
  });

  afterEach(async () => {
    await open?.close();
  });

  const connect = (name: string | RegExp) => open.page.getByRole("dialog").getByRole("button", { name });

  it("finds a wallet that announces itself, connects it, and knows it again after a reload", async () => {
    const { network } = await stage();
    const { address } = network.accounts.users[3];
    open = await visit({ wallet: { account: address } });
    const { page } = open;
    await page.getByRole("button", { name: "Connect wallet" }).click();
    await connect(/^Test Wallet/).click();
    const account = page.getByRole("button", { name: `Your wallet, ${address}` });
    await account.waitFor();
    expect(await page.getByRole("dialog").count()).to.equal(0);
    await page.reload();
    await account.waitFor();
    await account.click();
    await page.getByRole("dialog").getByText("10,000 ETH").waitFor();
    await page.getByRole("button", { name: "Disconnect" }).click();
    await page.getByRole("button", { name: "Connect wallet" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Connect wallet" }).waitFor();
    expectNoProblems(open);
  });

  it("says what it means when the person declines, and connects at the next try", async () => {
    open = await visit({ wallet: {} });
    const { page } = open;
    await page.evaluate(() => {
      window.testWallet.refused.add("eth_requestAccounts").add("wallet_requestPermissions");
    });
    await page.getByRole("button", { name: "Connect wallet" }).click();
    await connect(/^Test Wallet/).click();
    await page.getByText("You declined in Test Wallet. Nothing was shared with this page").waitFor();
    await page.evaluate(() => {
      window.testWallet.refused.clear();
    });
    await connect(/^Test Wallet/).click();
    await page.getByRole("button", { name: /^Your wallet/ }).waitFor();
    expectNoProblems(open);
  });

  it("names a wallet on another chain, and switches it", async () => {
    open = await visit({ path: "/model/?id=1", wallet: { chainId: 1 } });
    const { page } = open;
    await page.getByRole("button", { name: "Connect wallet" }).click();
    await connect(/^Test Wallet/).click();
    await page.getByRole("button", { name: "Wrong chain" }).waitFor();
    await page.getByText("Your wallet is on chain 1; this model is on Local chain.").waitFor();
    await page.evaluate(() => {
      window.testWallet.refused.add("wallet_switchEthereumChain");
    });
    const switchChain = page.getByRole("main").getByRole("button", { name: "Switch to Local chain" });
    await switchChain.click();
    await page.getByText("It stays on its chain, and nothing can be paid from here.").waitFor();
    await page.evaluate(() => {
      window.testWallet.refused.clear();
    });
    await switchChain.click();
    await page.getByRole("main").getByRole("button", { name: "Encrypt on this device" }).waitFor();
    expect(await page.getByRole("button", { name: "Wrong chain" }).count()).to.equal(0);
    expectNoProblems(open);
  });

  it("offers the play wallet to those who have none, labelled as what it is", async () => {
    const { network } = await stage();
    open = await visit();
    const { page } = open;
    await page.getByRole("button", { name: "Connect wallet" }).click();
    await page.getByText("No wallet was found in this browser.").waitFor();
    await page.getByText("It holds play money, signs without asking, and everybody may know its key.").waitFor();
    await connect(/^Play wallet/).click();
    const account = page.getByRole("button", { name: `Your wallet, ${network.accounts.users[0].address}` });
    await account.waitFor();
    await page.reload();
    await account.waitFor();
    expectNoProblems(open);
  });

  it("connects nobody who has not asked for it", async () => {
    open = await visit({ wallet: {} });
    const { page } = open;
    await page.getByRole("heading", { name: "Models" }).waitFor();
    expect(await page.evaluate(() => window.testWallet.asked)).to.not.include("eth_requestAccounts");
    expect(await page.getByRole("button", { name: "Connect wallet" }).count()).to.equal(1);
  });

  it("offers no play wallet where the settings have none", async () => {
    const { settings } = await stage();
    const { chain, deployment, storage } = settings;
    const server = await serveWeb({ settings: { chain, deployment, storage } });
    open = await visit({ url: server.url });
    await open.page.getByRole("button", { name: "Connect wallet" }).click();
    await open.page.getByText("No wallet was found in this browser.").waitFor();
    expect(await open.page.getByText("Play wallet").count()).to.equal(0);
    await server.close();
  });
});
