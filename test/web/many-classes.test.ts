/** A model of more classes than a compact result holds, through the page: several results, and the most probable classes drawn. */
import { AxeBuilder } from "@axe-core/playwright";
import { expect } from "chai";
import type { Page } from "playwright-core";

import { publishModel } from "../../offchain/publisher/publish.ts";
import { untilServing } from "../../scripts/network/fleet.ts";
import { wideModel } from "../e2e/wide-model.ts";
import { expectNoProblems, stage, visit, type Visit } from "./support/stage.ts";
import { connectWallet, createVault, step } from "./support/steps.ts";

const CLASSES = 100;

describe("web: a model of many classes", function () {
  this.timeout(240_000);
  let open: Visit;
  let page: Page;
  let input: number[];
  let expected: number[];

  before(async () => {
    const { publisher, nodes, provider, deployment } = (await stage()).network;
    const { request, ...wide } = await wideModel(CLASSES, "softmax");
    ({ input, expected } = wide);
    const published = await publishModel({ ...request, nodes: nodes.map(({ address }) => address) }, publisher);
    await untilServing({ provider, deployment }, published.modelId, 1);
    open = await visit({ path: `/model/?id=${published.modelId}`, wallet: {}, width: 390 });
    ({ page } = open);
  });
  after(async () => {
    await open?.close();
  });

  it("answers with the class TensorFlow.js gives, the twelve most probable ones drawn, the first first", async () => {
    const main = page.getByRole("main");
    await main.getByLabel(/numbers from -1 to 1/).fill(input.join(" "));
    await connectWallet(page, "Test Wallet");
    await main.getByRole("button", { name: "Encrypt on this device" }).click();
    await createVault(page);
    await main.getByRole("button", { name: /^Pay .* and send/ }).click();
    await step(page, "Decrypted").waitFor({ timeout: 120_000 });
    await main.getByText("The answer", { exact: true }).waitFor({ timeout: 120_000 });
    const bars = main.getByRole("table", { name: /Probability of each class/ });
    const rows = await bars.locator("tbody").getByRole("row").all();
    expect(rows).to.have.length(12);
    await main.getByText(`${CLASSES - 12} less probable ones are left out.`).waitFor();
    const names = await Promise.all(rows.map((row) => row.getByRole("rowheader").innerText()));
    const order = expected.map((_, k) => k).sort((a, b) => expected[b] - expected[a]);
    expect(names[0]).to.equal(`class ${order[0]}`);
    expect(names.filter((name) => order.slice(0, 20).includes(Number(name.slice(6)))).length).to.be.at.least(10);
  });

  it("fits a phone and breaks no rule of accessibility", async () => {
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).to.be.at.most(390);
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes[0].html])).to.deep.equal([]);
    expectNoProblems(open);
  });
});
