/** A model whose input has named fields, through the page, on a phone. */
import { expect } from "chai";
import type { Page } from "playwright-core";

import { ETHER } from "../../offchain/chain/types.ts";
import { publishModel } from "../../offchain/publisher/publish.ts";
import { untilServing } from "../../scripts/network/fleet.ts";
import { BIAS, KERNEL, MODEL, SAMPLES } from "../offchain/cli/signs-model.ts";
import { expectAccessible } from "./support/axe.ts";
import { expectNoProblems, stage, visit, type Visit } from "./support/stage.ts";
import { connectWallet, createVault, step, unlockVault } from "./support/steps.ts";

const NAMES = ["breath", "pulse", "weight", "age"] as const;

describe("web: a form of named fields", function () {
  this.timeout(240_000);
  let open: Visit;
  let page: Page;

  before(async () => {
    const { publisher, nodes, provider, deployment } = (await stage()).network;
    const inputs = Float32Array.from(SAMPLES.flat());
    const { modelId } = await publishModel(
      {
        source: { modelJson: MODEL, weights: new Uint8Array(Float32Array.from([...KERNEL, ...BIAS]).buffer) },
        compile: {
          calibration: inputs,
          inputRange: { min: -1, max: 1 },
          labels: ["first", "second", "third"],
          model: "form",
          semantics: "hoisted-1",
        },
        samples: { inputs, data: "two made up" },
        description: {
          name: "form",
          title: "Form",
          description: "A dense layer.",
          card: "",
          license: "Apache-2.0",
          input: {
            description: "Four numbers.",
            presentation: { kind: "fields", fields: NAMES.map((name) => ({ name, min: "-1", max: "1" })) },
          },
          output: { description: "Three." },
        },
        terms: { token: ETHER, modelFee: 1n, nodeFee: 1n },
        nodes: nodes.map(({ address }) => address),
      },
      publisher,
    );
    await untilServing({ provider, deployment }, modelId, 1);
    open = await visit({ path: `/model/?id=${modelId}`, wallet: {}, width: 390 });
    ({ page } = open);
    await connectWallet(page, "Test Wallet");
  });
  after(async () => {
    await open?.close();
  });

  const main = () => page.getByRole("main");
  const box = (name: string) => main().getByRole("textbox", { name, exact: true });
  const encrypt = () => main().getByRole("button", { name: "Encrypt on this device" });
  const paste = (name: string, text: string) =>
    box(name).evaluate((element, given) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text", given);
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);

  const answerInView = () =>
    page.waitForFunction(() => {
      const said = [...document.querySelectorAll("main p")].find(({ textContent }) => textContent === "The answer");
      const { top, bottom } = said?.getBoundingClientRect() ?? { top: -1, bottom: Infinity };
      return top >= 0 && bottom <= window.innerHeight;
    });

  it("counts what was given, and waits for all of it", async () => {
    await main().getByText("4 numbers, each from -1 to 1.").waitFor();
    await main().getByText("0 of 4 given.").waitFor();
    expect(await encrypt().isDisabled()).to.equal(true);
    await box("pulse").fill("0,25");
    await main().getByText("1 of 4 given.").waitFor();
  });

  it("says beside the box and below all of them what is wrong", async () => {
    await box("weight").fill("7");
    await box("age").fill("old");
    for (const [name, problem] of [
      ["weight", "It has to be from -1 to 1."],
      ["age", "This is not a number."],
    ]) {
      expect(await box(name).getAttribute("aria-invalid")).to.equal("true");
      const described = await box(name).getAttribute("aria-describedby");
      expect(await main().locator(`[id="${described}"]`).textContent()).to.equal(problem);
    }
    await main().getByRole("status").filter({ hasText: "1 of 4 given. Look again at weight, age." }).waitFor();
    expect(await encrypt().isDisabled()).to.equal(true);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).to.be.at.most(390);
    await expectAccessible(page);
  });

  it("takes a row that is pasted, from the box it is pasted into", async () => {
    await paste("pulse", "0.5\t-0.5\t1\t9");
    const values = await Promise.all(NAMES.map((name) => box(name).inputValue()));
    expect(values).to.deep.equal(["", "0.5", "-0.5", "1"]);
    await paste("breath", SAMPLES[0].join(", "));
    await main().getByText("4 of 4 given.").waitFor();
    expect(await encrypt().isDisabled()).to.equal(false);
  });

  it("shows on a phone, where the button was, what is under way, and brings the answer into view", async () => {
    await encrypt().click();
    await createVault(page);
    const stop = main().getByRole("button", { name: "Stop" });
    await stop.waitFor();
    const underway = stop.locator("xpath=ancestor::div[2]").getByText("Making keys", { exact: true });
    await underway.waitFor();
    const place = (await underway.boundingBox())!;
    expect(place.y).to.be.within(0, 844);
    await main()
      .getByRole("button", { name: /^Pay .* and send$/ })
      .click({ timeout: 120_000 });
    await step(page, "Decrypted").waitFor({ timeout: 120_000 });
    const answer = main().getByText("first", { exact: true }).first();
    await answer.waitFor();
    await answerInView();
    await expectAccessible(page);
    expectNoProblems(open);
  });

  it("brings the answer into view when it is unlocked after a reload, too", async () => {
    await page.reload();
    await main().getByRole("button", { name: "Unlock and read the answer" }).click();
    await unlockVault(page);
    await answerInView();
  });
});
