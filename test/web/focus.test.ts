/** Where the focus is on the way from the question to the answer, for people who have nothing but the keyboard. */
import { expect } from "chai";
import type { Page } from "playwright-core";

import { expectNoProblems, visit, type Visit } from "./support/stage.ts";
import { PASSPHRASE, step } from "./support/steps.ts";

describe("web: the focus", function () {
  this.timeout(240_000);
  let open: Visit;
  let page: Page;

  before(async () => {
    open = await visit({ path: "/model/?id=1", wallet: {} });
    ({ page } = open);
  });
  after(async () => {
    await open?.close();
  });

  const main = () => page.getByRole("main");
  /** What has the focus, by what it is called or begins with. */
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement;
      const label = element?.id ? document.querySelector(`label[for="${element.id}"]`)?.textContent : undefined;
      return `${element?.tagName} ${label ?? element?.getAttribute("aria-label") ?? element?.textContent ?? ""}`;
    });
  /** Presses the button with the keyboard. */
  const press = async (name: string | RegExp) => {
    await main().getByRole("button", { name }).focus();
    await page.keyboard.press("Enter");
  };

  it("goes into the dialog of wallets and back to where it came from", async () => {
    await page.getByRole("button", { name: "Sample of a 3" }).click();
    await page.getByRole("banner").getByRole("button", { name: "Connect wallet" }).focus();
    await page.keyboard.press("Enter");
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Test Wallet/ })
      .focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label")?.startsWith("Your wallet"));
  });

  it("begins in the field that a dialog asks for", async () => {
    await press("Encrypt on this device");
    await page.getByRole("dialog", { name: "Create your vault" }).waitFor();
    expect(await focused()).to.equal("INPUT Passphrase");
  });

  it("stays where the pressed button was, whatever takes its place", async () => {
    await page.keyboard.type(PASSPHRASE);
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSPHRASE);
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.textContent?.startsWith("Making keys"));
    await page.keyboard.press("Tab");
    expect(await focused()).to.equal("BUTTON Stop");
    const pay = main().getByRole("button", { name: /^Pay/ });
    await pay.waitFor({ timeout: 120_000 });
    await page.waitForFunction(() => document.activeElement?.textContent?.startsWith("Pay"));
    await page.keyboard.press("Tab");
    expect(await focused()).to.match(/^BUTTON Pay .* and send$/);
    await page.keyboard.press("Enter");
    await step(page, "Decrypted").waitFor({ timeout: 120_000 });
    await page.waitForFunction(() => document.activeElement?.textContent?.startsWith("Ask something else"));
    await page.keyboard.press("Tab");
    expect(await focused()).to.equal("BUTTON Ask something else");
  });

  it("is not taken from where somebody put it meanwhile", async () => {
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Sample of a 4" }).click();
    await press("Encrypt on this device");
    await page.getByRole("banner").getByRole("link", { name: "Keys" }).focus();
    await main().getByRole("button", { name: /^Pay/ }).waitFor({ timeout: 60_000 });
    await page.waitForTimeout(500);
    expect(await focused()).to.equal("A Keys");
    expectNoProblems(open);
  });
});
