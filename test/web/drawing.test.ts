import { expect } from "chai";
import type { Page } from "playwright-core";

import { expectNoProblems, stage, visit, type Visit } from "./support/stage.ts";

describe("web: the sheet", function () {
  this.timeout(60_000);
  let open: Visit;
  let page: Page;

  before(async function () {
    this.timeout(240_000);
    await stage();
    open = await visit({ path: "/model/?id=1" });
    ({ page } = open);
    await sheet().waitFor();
  });

  // Each test begins with an empty sheet.
  beforeEach(async () => {
    const clear = page.getByRole("button", { name: "Clear" });
    if (await clear.isEnabled()) await clear.click();
    expect(await said()).to.contain("The sheet is empty.");
  });

  after(async () => {
    expectNoProblems(open);
    await open?.close();
  });

  const sheet = () => page.getByRole("application", { name: "Sheet to draw a digit on" });
  const said = async () =>
    (await page
      .getByRole("status")
      .filter({ hasText: /Ink on|is empty/ })
      .textContent()) ?? "";

  /** Moves the pointer over the sheet, in shares of its side. */
  const stroke = async (...points: readonly (readonly [number, number])[]) => {
    await sheet().scrollIntoViewIfNeeded();
    const box = (await sheet().boundingBox())!;
    const at = ([x, y]: readonly [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
    await page.mouse.move(...at(points[0]));
    await page.mouse.down();
    for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 8 });
    await page.mouse.up();
  };

  /** Ink of the preview, 784 values of 0 to 255, as the model takes them. */
  const preview = () =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>("figure canvas")!;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, 28, 28);
      return Array.from({ length: 784 }, (_, i) => data[4 * i + 3]);
    });

  it("takes a stroke of the pointer, fits it as MNIST does, and says what it is", async () => {
    expect(await said()).to.contain("The sheet is empty.");
    await stroke([0.3, 0.2], [0.3, 0.8]);
    expect(await said()).to.match(/Ink on \d+ of 784 pixels, \d+ wide and 20 high\./);
    const ink = await preview();
    const inked = ink.map((value, i) => (value > 25 ? i : -1)).filter((i) => i >= 0);
    const columns = inked.map((i) => i % 28);
    // Drawn at the left, it stands in the middle.
    expect((Math.min(...columns) + Math.max(...columns)) / 2).to.be.closeTo(13.5, 1);
  });

  it("takes back the last stroke, and all of them", async () => {
    await stroke([0.3, 0.3], [0.7, 0.3]);
    const one = await said();
    await stroke([0.5, 0.3], [0.5, 0.8]);
    expect(await said()).to.not.equal(one);
    await page.getByRole("button", { name: "Undo" }).click();
    expect(await said()).to.equal(one);
    await page.getByRole("button", { name: "Clear" }).click();
    expect(await said()).to.contain("The sheet is empty.");
    expect(await page.getByRole("button", { name: "Undo" }).isDisabled()).to.equal(true);
  });

  it("can be drawn on with the keyboard alone", async () => {
    await sheet().focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press(" ");
    for (let i = 0; i < 6; i++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press(" ");
    expect(await said()).to.match(/Ink on \d+ of 784 pixels, \d+ wide and 20 high\. Pen up\./);
    await page.keyboard.press("Backspace");
    expect(await said()).to.contain("The sheet is empty.");
  });

  it("keeps what was drawn when focus leaves with the pen down", async () => {
    await sheet().focus();
    await page.keyboard.press(" ");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Tab");
    expect(await said()).to.match(/Ink on \d+/);
  });

  it("takes a sample as it is, and a stroke after it starts a new drawing", async () => {
    await page.getByRole("button", { name: "Sample of a 4" }).click();
    expect(await page.getByRole("button", { name: "Sample of a 4" }).getAttribute("aria-pressed")).to.equal("true");
    const sample = await said();
    await stroke([0.2, 0.5], [0.8, 0.5]);
    expect(await said()).to.not.equal(sample);
    expect(await page.getByRole("button", { name: "Sample of a 4" }).getAttribute("aria-pressed")).to.equal("false");
    await page.getByRole("button", { name: "Undo" }).click();
    expect(await said()).to.contain("The sheet is empty.");
  });

  it("reads a digit from a picture, and refuses what is none with a reason", async () => {
    const upload = async (name: string, mimeType: string, buffer: Buffer) => {
      const [chooser] = await Promise.all([
        page.waitForEvent("filechooser"),
        page.getByRole("button", { name: "Upload a picture" }).click(),
      ]);
      await chooser.setFiles({ name, mimeType, buffer });
    };
    const bar =
      '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="300"><rect width="200" height="300" fill="#fff"/><rect x="90" y="50" width="20" height="200"/></svg>';
    const png = await page.evaluate(async (svg) => {
      const image = new Image();
      image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
      await image.decode();
      const canvas = new OffscreenCanvas(200, 300);
      canvas.getContext("2d")!.drawImage(image, 0, 0);
      return Array.from(new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer()));
    }, bar);
    await upload("one.png", "image/png", Buffer.from(png));
    await page.getByText(/Ink on \d+ of 784 pixels, [23] wide and 20 high\./).waitFor({ state: "attached" });
    await upload("letter.txt", "text/plain", Buffer.from("not a picture"));
    await page.getByText("letter.txt is not a picture this browser can read. Nothing was changed.").first().waitFor();
    expect(await said()).to.contain("20 high");
  });
});
