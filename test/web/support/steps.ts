/** What people do in the app, for tests that need it done. */
import type { Page } from "playwright-core";

export const PASSPHRASE = "four random words here";

/** Draws on the sheet with the pointer: lines through points in shares of its side. */
export async function draw(page: Page, ...lines: readonly (readonly (readonly [number, number])[])[]): Promise<void> {
  const sheet = page.getByRole("application", { name: "Sheet to draw a digit on" });
  await sheet.scrollIntoViewIfNeeded();
  const box = (await sheet.boundingBox())!;
  for (const [first, ...rest] of lines) {
    await page.mouse.move(box.x + first[0] * box.width, box.y + first[1] * box.height);
    await page.mouse.down();
    for (const [x, y] of rest) await page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 10 });
    await page.mouse.up();
  }
}

/** The pixels the model will take, as the page previews them: 784 octets. */
export function previewPixels(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>("figure canvas")!;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, 28, 28);
    return Array.from({ length: 784 }, (_, i) => data[4 * i + 3]);
  });
}

/** Connects the wallet whose name begins so. */
export async function connectWallet(page: Page, name: string): Promise<void> {
  await page.getByRole("banner").getByRole("button", { name: "Connect wallet" }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: new RegExp(`^${name}`) })
    .click();
  await page.getByRole("button", { name: /^Your wallet/ }).waitFor();
}

/** Fills the dialog in which a vault is created. */
export async function createVault(page: Page): Promise<void> {
  const dialog = page.getByRole("dialog", { name: "Create your vault" });
  await dialog.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await dialog.getByLabel("The same again").fill(PASSPHRASE);
  await dialog.getByRole("button", { name: "Create the vault" }).click();
  await dialog.waitFor({ state: "detached" });
}

/** Fills the dialog in which the vault is unlocked. */
export async function unlockVault(page: Page, passphrase = PASSPHRASE): Promise<void> {
  const dialog = page.getByRole("dialog", { name: "Unlock your vault" });
  await dialog.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await dialog.getByRole("button", { name: "Unlock", exact: true }).click();
}

/** The step of the timeline with this title. */
export function step(page: Page, title: string) {
  return page.getByRole("list", { name: "Steps of this request" }).getByRole("listitem").filter({ hasText: title });
}
