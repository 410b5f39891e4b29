/** What axe finds wrong with a page. */
import { AxeBuilder } from "@axe-core/playwright";
import { expect } from "chai";
import type { Page } from "playwright-core";

/** The rules that look at colours. What all others look at is the same in both themes. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

/** Rules that axe finds broken on what the page shows in a theme, each with where. */
async function violations(page: Page, colorScheme: "light" | "dark", rules?: string[]): Promise<string[]> {
  await page.emulateMedia({ colorScheme });
  await page.locator(`html.${colorScheme}`).waitFor({ state: "attached" });
  // Colours in the middle of a fade are nobody's choice.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))),
  );
  // The app has no frames: nothing is put together in a second page.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  if (rules) axe.withRules(rules);
  else axe.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]);
  const { violations: found } = await axe.analyze();
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${colorScheme}: ${id} at ${target.join(" ")}: ${failureSummary ?? ""}`),
  );
}

/** Looks at what the page shows in both themes, as a person sees it whose machine changes from day to night. */
export async function expectAccessible(page: Page): Promise<void> {
  const found = [...(await violations(page, "dark")), ...(await violations(page, "light", OF_COLOURS))];
  expect(found, found.join("\n\n")).to.deep.equal([]);
}
