/** A licence from the licensee's side: the key for the owner, the model as a file, and asking it in the page with nothing sent. */
import { readFile } from "node:fs/promises";

import { expect } from "chai";
import type { Page } from "playwright-core";

import { revokeLicence } from "../../offchain/chain/licences.ts";
import type { Hex } from "../../offchain/chain/types.ts";
import { parseModelFile } from "../../offchain/sealing/model-file.ts";
import { licenseAccount } from "../../offchain/publisher/license.ts";
import { predict, winners } from "../../scripts/digits/evaluate.ts";
import { readModel } from "../../scripts/digits/model-files.ts";
import { expectNoProblems, stage, visit, type Visit } from "./support/stage.ts";
import { connectWallet, createVault, previewPixels } from "./support/steps.ts";

describe("web: licences", function () {
  this.timeout(120_000);
  let open: Visit;
  let page: Page;
  let licensee: Hex;

  before(async function () {
    this.timeout(240_000);
    licensee = (await stage()).network.accounts.users[4].address;
    open = await visit({ path: "/keys/", wallet: { account: licensee } });
    ({ page } = open);
  });

  after(async () => {
    await open?.close();
  });

  const main = () => page.getByRole("main");
  const licences = () => main().getByRole("region", { name: "Licences" });
  const look = async () => {
    await page.getByRole("banner").getByRole("link", { name: "Requests" }).click();
    await main().getByText("This account has asked for nothing yet").waitFor();
    await page.getByRole("banner").getByRole("link", { name: "Keys" }).click();
  };

  it("gives the key that an owner needs, and shows the licence as soon as there is one", async () => {
    const { network } = await stage();
    await connectWallet(page, "Test Wallet");
    // What the chain says of licences takes no vault; the key for them does, and asks for it.
    await licences().getByText("This account is licensed for no model.").waitFor();
    await main().getByText("There is no vault on this device yet").waitFor();
    await licences().getByRole("button", { name: "Show the key that owners need" }).click();
    await createVault(page);
    await licences().getByText("save a backup").waitFor();
    const key = licences().getByRole("button", { name: /Copy key for licences/ });
    const point = (await key.getAttribute("title")) as Hex;
    expect(point).to.match(/^0x04[0-9a-f]{128}$/);
    const { modelId, version } = network.published;
    await licenseAccount(network.publisher, { modelId, version }, { account: licensee, point });
    await look();
    await licences().getByText("Handwritten digits, version 1").waitFor();
    await licences().getByText("Licensed", { exact: true }).waitFor();
  });

  it("saves the model as the command takes it", async () => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      licences().getByRole("button", { name: "Save the model" }).click(),
    ]);
    expect(download.suggestedFilename()).to.equal("model-1-v1.cwmd");
    const { header } = parseModelFile(await readFile(await download.path()));
    expect([header.modelId, header.modelVersion, header.planIndex]).to.deep.equal(["1", 1, 0]);
    await licences().getByText("cloakwork model run model-1-v1.cwmd --input input.json").waitFor();
  });

  it("asks it in the page: the answer is the plain model's, and nothing is sent or paid for it", async () => {
    const { proxy } = await stage();
    await licences().getByRole("link", { name: "Ask it here" }).click();
    const ask = main().getByRole("button", { name: "Ask it without the network" });
    await ask.waitFor();
    expect(await ask.isDisabled()).to.equal(true);
    await page.getByRole("button", { name: "Sample of a 4" }).click();
    const pixels = Float32Array.from(await previewPixels(page), (octet) => octet / 255);
    const before = proxy.sent.length;
    await ask.click();
    await main().getByText("Evaluated in the clear.").waitFor();
    const plain = predict(await readModel("models/digits"), pixels);
    const said = main().getByText("The answer", { exact: true }).locator("xpath=following-sibling::p[1]");
    expect(await said.textContent()).to.match(new RegExp(`^${winners(plain)[0]}\\d`));
    const sent = proxy.sent.slice(before);
    expect(sent.filter(({ method }) => method === "PUT")).to.deep.equal([]);
    expect(sent.filter(({ body }) => /eth_send/.test(body.toString()))).to.deep.equal([]);
    // Another input, and what was said of the one before is gone.
    await page.getByRole("button", { name: "Sample of a 5" }).click();
    await said.waitFor({ state: "detached" });
  });

  it("says when the owner took it back, and asks nothing any more", async () => {
    const { network } = await stage();
    const { modelId, version } = network.published;
    const { contracts } = network.deployment;
    await (await revokeLicence(network.publisher.signer, contracts, modelId, version, licensee)).wait();
    await page.getByRole("banner").getByRole("link", { name: "Keys" }).click();
    await licences().getByText("Taken back by its owner").waitFor();
    expect(await licences().getByRole("button", { name: "Save the model" }).count()).to.equal(0);
  });

  it("names no key whose secret half went with the vault", async () => {
    await licences().getByRole("button", { name: "Show the key that owners need" }).click();
    const key = licences().getByRole("button", { name: /Copy key for licences/ });
    await key.waitFor();
    await main().getByRole("button", { name: "Delete the vault" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete the vault?" });
    await dialog.getByLabel("Type “delete” to go on").fill("delete");
    await dialog.getByRole("button", { name: "Delete the vault" }).click();
    await main().getByText("There is no vault on this device yet").waitFor();
    await key.waitFor({ state: "detached" });
    expectNoProblems(open);
  });
});
