import { expect } from "chai";
import type { Page } from "playwright-core";

import { expectAccessible } from "./support/axe.ts";
import { expectNoProblems, stage, visit, type Visit } from "./support/stage.ts";
import { connectWallet, createVault } from "./support/steps.ts";

/** How far the page is wider than its window. */
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe("web: accessibility", function () {
  this.timeout(120_000);

  before(async function () {
    this.timeout(240_000);
    await stage();
  });

  describe("in the light and in the dark theme", () => {
    let open: Visit;
    let page: Page;

    beforeEach(async () => {
      open = await visit({ theme: "dark", wallet: {} });
      ({ page } = open);
    });

    afterEach(async () => {
      await open?.close();
    });

    it("is clean on the home page and in the dialog of wallets", async () => {
      await page.getByRole("link", { name: /Handwritten digits/ }).waitFor();
      await expectAccessible(page);
      await page.getByRole("button", { name: "Connect wallet" }).click();
      await page.getByRole("dialog").waitFor();
      await expectAccessible(page);
      expectNoProblems(open);
    });

    it("is clean on a model, with a drawing, and in the dialog of the vault", async () => {
      await page.getByRole("link", { name: /Handwritten digits/ }).click();
      await page.getByRole("button", { name: "Sample of a 2" }).click();
      await expectAccessible(page);
      await connectWallet(page, "Test Wallet");
      await page.getByRole("main").getByRole("button", { name: "Encrypt on this device" }).click();
      await page.getByRole("dialog", { name: "Create your vault" }).waitFor();
      await expectAccessible(page);
      expectNoProblems(open);
    });

    it("is clean on requests and keys, empty and with an open vault", async () => {
      await page.getByRole("link", { name: "Requests" }).click();
      await page.getByText("Connect a wallet to see its requests").waitFor();
      await expectAccessible(page);
      await page.getByRole("link", { name: "Keys" }).click();
      await page.getByRole("button", { name: "Create or restore a vault" }).click();
      await createVault(page);
      await page.getByText("No keys have been made yet").waitFor();
      await expectAccessible(page);
      await page.getByRole("button", { name: "Delete the vault" }).click();
      await page.getByRole("dialog").waitFor();
      await expectAccessible(page);
      expectNoProblems(open);
    });

    it("is clean where nothing is found and where the settings are missing", async () => {
      await page.goto(new URL("/nowhere/", page.url()).href);
      await page.getByText("There is no such page").waitFor();
      await expectAccessible(page);
      await page.route("**/config.json", (route) => route.fulfill({ status: 500 }));
      await page.goto(new URL("/", page.url()).href);
      await page.getByText("The settings of this site could not be loaded").waitFor();
      await expectAccessible(page);
    });
  });

  it("fits a window of 390 pixels on every page", async () => {
    const open = await visit({ width: 390 });
    for (const place of ["/", "/model/?id=1", "/requests/", "/keys/"]) {
      await open.page.goto(new URL(place, open.page.url()).href);
      await open.page.getByRole("heading", { level: 1 }).waitFor();
      expect(await overflow(open.page), place).to.equal(0);
    }
    await open.close();
  });

  it("goes the way to a vault with the keyboard alone, and focus is always to be seen", async () => {
    const open = await visit({ path: "/model/?id=1" });
    const { page } = open;
    await page.getByRole("application").waitFor();
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement!;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return {
          name: element.getAttribute("aria-label") ?? element.textContent ?? "",
          visible: outlineStyle !== "none" && parseFloat(outlineWidth) > 0,
        };
      });
    const tabTo = async (name: RegExp) => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press("Tab");
        const now = await focused();
        expect(now.visible, `focus on “${now.name}”`).to.equal(true);
        if (name.test(now.name)) return;
      }
      throw new Error(`the tab key does not reach ${String(name)}`);
    };
    await tabTo(/^Skip to the content/);
    await tabTo(/^Sheet to draw/);
    await page.keyboard.press(" ");
    for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press(" ");
    await tabTo(/^Connect a wallet/);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await tabTo(/^Play wallet/);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /^Your wallet/ }).waitFor();
    // A dialog gives the focus back once it is gone.
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.evaluate(() => {
      (document.activeElement as HTMLElement | null)?.blur();
    });
    await tabTo(/^Encrypt on this device/);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Create your vault" }).waitFor();
    expect((await focused()).visible).to.equal(true);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expectNoProblems(open);
    await open.close();
  });

  it("moves nothing for people who asked for less motion", async () => {
    const open = await visit({ path: "/", motion: true });
    await open.page.emulateMedia({ reducedMotion: "reduce" });
    await open.page.getByRole("button", { name: "Connect wallet" }).click();
    const longest = await open.page.evaluate(() =>
      Math.max(0, ...document.getAnimations().map(({ effect }) => Number(effect?.getComputedTiming().duration))),
    );
    expect(longest).to.be.below(1);
    await open.close();
  });
});
