/** A request that is given up before its draw, through the page, against a real chain that mines only what it is sent. */
import { expect } from "chai";
import type { Page } from "playwright-core";

import { getBalance } from "../../offchain/chain/balances.ts";
import { getRequest } from "../../offchain/chain/requests.ts";
import { ETHER } from "../../offchain/chain/types.ts";
import { expectAccessible } from "./support/axe.ts";
import { expectNoProblems, stage, visit, type Visit } from "./support/stage.ts";
import { connectWallet, createVault, step, unlockVault } from "./support/steps.ts";

/** What the digits model costs, wei. */
const PRICE = 2_200_000_000_000_000n;

describe("web: a request that is cancelled", function () {
  this.timeout(300_000);
  let open: Visit;
  /** Where it was asked. */
  let asking: Page;
  /** The list of requests, in another tab. */
  let listing: Page;

  before(async () => {
    open = await visit({ path: "/model/?id=1" });
    asking = open.page;
  });
  after(async () => {
    const { network } = await stage();
    await network.provider.send("evm_setIntervalMining", [1_000]);
    await open?.close();
  });

  const main = (page: Page) => page.getByRole("main");
  const row = (number: number) =>
    main(listing)
      .getByRole("listitem")
      .filter({ hasText: `No. ${number}` });
  const balance = async () => {
    const { provider, deployment, accounts } = (await stage()).network;
    return getBalance(provider, deployment.contracts, ETHER, accounts.users[0].address);
  };
  const encrypt = async (sample: number) => {
    await asking.getByRole("button", { name: `Sample of a ${sample}` }).click();
    await main(asking).getByRole("button", { name: "Encrypt on this device" }).click();
  };
  const pay = async () => {
    await main(asking).getByRole("button", { name: "Pay 0.0022 ETH and send" }).click({ timeout: 200_000 });
    await step(asking, "Assigning a node").waitFor();
  };

  /** What the page of the request says once it is cancelled, wherever it comes from. */
  const expectCancelled = async () => {
    const cancelled = step(asking, "Cancelled");
    await cancelled.waitFor();
    expect(await cancelled.textContent()).to.contain(
      "It was cancelled before its draw was decided. The money went back.",
    );
    const titles = await asking
      .getByRole("list", { name: "Steps of this request" })
      .getByRole("listitem")
      .allInnerTexts();
    expect(titles.some((title) => title.startsWith("No node took it"))).to.equal(false);
    const said = main(asking).getByRole("status").filter({ hasText: "Your money is back" });
    await said.waitFor();
    expect(await said.textContent())
      .to.contain("it was cancelled")
      .and.to.contain("Withdraw it to your wallet");
    expect(await main(asking).getByText("What came back", { exact: true }).count()).to.equal(1);
    const network = await main(asking).innerText();
    expect(network).to.contain("0.0022 ETH · to your balance at the contract; no answer");
    expect(network).to.contain("0.0022 ETH · was held by the contract");
    expect(network).to.not.contain("until there is a result");
    expect(await main(asking).getByRole("alert").count()).to.equal(0);
  };

  it("is offered to be given up until it is drawn, in its timeline and in the list", async () => {
    const { network } = await stage();
    await connectWallet(asking, "Play wallet");
    await encrypt(5);
    await createVault(asking);
    await main(asking).getByRole("button", { name: "Pay 0.0022 ETH and send" }).waitFor({ timeout: 200_000 });
    // From here on there is a block for what is sent, and none else: the draw stays undecided.
    await network.provider.send("evm_setIntervalMining", [0]);
    await pay();
    await step(asking, "Assigning a node")
      .getByText("You can cancel in your list of requests until the draw.")
      .waitFor();
    expect(await main(asking).innerText()).to.contain("0.0022 ETH · held by the contract until there is a result");
    listing = await open.context.newPage();
    await listing.goto(new URL("/requests/", asking.url()).href);
    await row(1).getByText("You can cancel until a node is drawn").waitFor();
  });

  it("brings the money back to the balance, and says so in the list", async () => {
    const { network } = await stage();
    expect(await balance()).to.equal(0n);
    await row(1).getByRole("button", { name: "Cancel" }).focus();
    await listing.keyboard.press("Enter");
    await row(1).getByText("Cancelled", { exact: true }).waitFor();
    // Who does not see the list is told, and goes on in the same row.
    const said = main(listing).getByRole("status").filter({ hasText: "Request 1:" });
    expect(await said.textContent()).to.equal("Request 1: cancelled; the money is in your balance.");
    await listing.waitForFunction(() => document.activeElement?.textContent?.startsWith("No. 1"));
    await row(1).getByText("You cancelled it before it was drawn. The money went back to your balance.").waitFor();
    expect(await row(1).getByRole("button").count()).to.equal(0);
    await main(listing).getByText("0.0022 ETH of yours is in the contract, from refunds.").waitFor();
    expect(await balance()).to.equal(PRICE);
    const { state, duties } = await getRequest(network.provider, network.deployment.contracts, 1n);
    expect([state, ...duties.map((duty) => duty.state)]).to.deep.equal(["refunded", "none"]);
  });

  it("is told by the page that waited for it, without a reload", async () => {
    await expectCancelled();
    await expectAccessible(asking);
  });

  it("is told the same after a reload", async () => {
    await asking.reload();
    await expectCancelled();
    await asking.getByText("What you asked was not stored anywhere, not even here.").waitFor();
    expect(await main(asking).getByText("only your key opens it").count()).to.equal(0);
  });

  it("leaves the way to the money and to the next question", async () => {
    await main(asking).getByRole("button", { name: "See your balance" }).click();
    await main(asking).getByRole("button", { name: "Withdraw it" }).click();
    await main(asking).getByText("of yours is in the contract").waitFor({ state: "detached" });
    expect(await balance()).to.equal(0n);
    await main(asking).getByRole("link", { name: "Handwritten digits" }).click();
    await main(asking).getByRole("button", { name: "Ask again" }).click();
    await asking.waitForURL(/\?id=1$/);
    await main(asking).getByText("What will leave this device").waitFor();
  });

  it("cannot be given up any more once its draw is decided, and says so", async () => {
    const { network } = await stage();
    await encrypt(4);
    await unlockVault(asking);
    await pay();
    // Nobody carries the draw out, so that the request stays as it is.
    await network.nodes[0].stop();
    const cancel = row(2).getByRole("button", { name: "Cancel" });
    await cancel.waitFor();
    // The list looks again before long: what is clicked is what it showed.
    await listing.clock.install();
    await network.provider.send("hardhat_mine", ["0x8"]);
    await cancel.click();
    await main(listing).getByRole("alert").filter({ hasText: "The request was not cancelled" }).waitFor();
    expect((await getRequest(network.provider, network.deployment.contracts, 2n)).state).to.equal("requested");
    expect(await balance()).to.equal(0n);
    await network.nodes[0].start();
  });

  it("said nothing in the console", () => {
    expectNoProblems(open);
  });
});
