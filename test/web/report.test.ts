import { AxeBuilder } from "@axe-core/playwright";
import { expect } from "chai";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";

import { digitsRequest } from "../../scripts/network/digits-model.ts";
import { runHere, temporaryHome } from "../offchain/cli/run.ts";
import { sharedBrowser } from "./support/stage.ts";

const MODEL = path.resolve(import.meta.dirname, "../../models/digits/model.json");

describe("web: the report of a compiled model", function () {
  this.timeout(120_000);
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let browser: Browser;
  let url: string;

  before(async () => {
    home = await temporaryHome();
    const calibration = path.join(home.folder, "digits.f32");
    const report = path.join(home.folder, "report.html");
    const { inputs } = digitsRequest(20).samples;
    await writeFile(calibration, new Uint8Array(Float32Array.from(inputs).buffer));
    const options = ["--calibration", calibration, "--range", "0,1", "--encrypted-samples", "1", "--report", report];
    const { code, stderr } = await runHere(["model", "compile", MODEL, ...options]);
    expect(code, stderr).to.equal(0);
    url = pathToFileURL(report).href;
    browser = await sharedBrowser();
  });
  after(async () => {
    await home.remove();
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [390, 1440]) {
      it(`is accessible, fits ${width} pixels, and loads nothing (${colorScheme})`, async () => {
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
        const page = await context.newPage();
        const said: string[] = [];
        const asked: string[] = [];
        page.on("console", (message) => said.push(message.text()));
        page.on("request", (request) => asked.push(request.url()));
        await page.goto(url);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        // Its policy lets the stylesheet it was written with through: a page without it would be white on white or as wide as its table.
        const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        expect(background).to.equal(colorScheme === "light" ? "rgb(250, 250, 250)" : "rgb(11, 11, 13)");
        expect([wider, asked, said]).to.deep.equal([0, [url], []]);
        const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
        expect(
          violations.map(({ id, nodes }) => `${id} at ${nodes.map(({ target }) => target.join(" ")).join(", ")}`),
        ).to.deep.equal([]);
        await context.close();
      });
    }
  }
});
