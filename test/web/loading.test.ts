/** How a page comes up: how much program there is to load first, and that nothing moves under a finger while the rest arrives. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";

import { expect } from "chai";

import { stage } from "./support/stage.ts";

const BUILT = path.resolve(import.meta.dirname, "../../web/out");
/** Bytes of the scripts a page names itself, compressed as web servers do. */
const BUDGET = 350_000;
/** Layout shift that people notice begins at 0.1 (web.dev/articles/cls). */
const STILL = 0.02;

describe("web: loading", function () {
  this.timeout(240_000);

  for (const place of ["index.html", "model/index.html", "requests/index.html", "keys/index.html"]) {
    it(`has no more to load first than its budget: ${place}`, () => {
      const html = readFileSync(path.join(BUILT, place), "utf8");
      const scripts = new Set(
        [...html.matchAll(/<script\b([^>]*)>/g)]
          // Browsers that run the app do not load what is for those without modules.
          .flatMap(([, attributes]) =>
            /\bnomodule\b/i.test(attributes) ? [] : [/\bsrc="([^"]+)"/.exec(attributes)?.[1]],
          )
          .filter((source) => source !== undefined),
      );
      const bytes = [...scripts].reduce(
        (sum, source) => sum + gzipSync(readFileSync(path.join(BUILT, source))).length,
        0,
      );
      expect(bytes).to.be.within(50_000, BUDGET);
    });
  }

  for (const width of [390, 1280]) {
    it(`moves nothing while the rest arrives, ${width} pixels wide`, async () => {
      const { browser, web } = await stage();
      const context = await browser.newContext({ viewport: { width, height: 844 } });
      try {
        const page = await context.newPage();
        await page.addInitScript(() => {
          Object.assign(window, { shift: 0 });
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) {
              const { value } = entry as PerformanceEntry & { readonly value: number };
              Object.assign(window, { shift: (window as unknown as { shift: number }).shift + value });
            }
          }).observe({ type: "layout-shift", buffered: true });
        });
        for (const [place, ready] of [
          ["/", page.getByRole("link", { name: /Handwritten digits/ })],
          ["/model/?id=1", page.getByRole("table").first()],
        ] as const) {
          await page.goto(web.url + place);
          await ready.waitFor();
          const shift = await page.evaluate(
            () =>
              new Promise<number>((resolve) => {
                requestAnimationFrame(() => {
                  setTimeout(() => {
                    resolve((window as unknown as { shift: number }).shift);
                  }, 500);
                });
              }),
          );
          expect(shift, place).to.be.below(STILL);
        }
      } finally {
        await context.close();
      }
    });
  }
});
