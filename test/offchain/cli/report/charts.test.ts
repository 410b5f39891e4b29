import { expect } from "chai";

import { bars, wilson } from "../../../../offchain/cli/report/bars.ts";
import { dots } from "../../../../offchain/cli/report/dots.ts";
import { histogram } from "../../../../offchain/cli/report/histogram.ts";
import { short, ticks } from "../../../../offchain/cli/report/ticks.ts";

const attributes = (text: string, tag: string, name: string): string[] =>
  [...text.matchAll(new RegExp(`<${tag}[^>]* ${name}="([^"]*)"`, "g"))].map(([, value]) => value);

describe("charts of the report", () => {
  it("put ticks on round numbers", () => {
    expect(ticks(0, 192, 4)).to.deep.equal([0, 50, 100, 150]);
    expect(ticks(-0.1, 0.1, 5)).to.deep.equal([-0.1, -0.05, 0, 0.05, 0.1]);
    expect(ticks(-11.9, 11.9, 5)).to.deep.equal([-10, -5, 0, 5, 10]);
  });

  it("write numbers short", () => {
    expect([0, 0.09916, 12345.678, 1.5e-7, 2.5e7].map((value) => short(value))).to.deep.equal([
      "0",
      "0.0992",
      "12300",
      "1.5e-7",
      "2.5e7",
    ]);
  });

  it("draw bars in proportion to the largest, with a mark", () => {
    const { text } = bars(
      [
        { name: "a", value: 50, label: "50" },
        { name: "b", value: 200, label: "200" },
      ],
      { mark: 100 },
    );
    expect(attributes(text, 'rect class="fill"', "width")).to.deep.equal(["25%", "100%"]);
    expect(attributes(text, 'line class="mark"', "x1")).to.deep.equal(["50%", "50%"]);
  });

  it("give the interval of a share as Wilson's formula does", () => {
    // Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I: 81/263, 15/148, 0/20, 1/29.
    const published = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ];
    for (const [right, of, low, high] of published) {
      const [from, to] = wilson(right, of);
      expect(from).to.be.closeTo(low, 6e-5);
      expect(to).to.be.closeTo(high, 6e-5);
    }
  });

  it("place sizes by their logarithm", () => {
    const rows = [1_000, 10_000, 100_000, 0].map((value) => ({ name: "x", value, label: String(value) }));
    const { text } = dots(rows, { from: 1_000, to: 100_000, name: String });
    expect(attributes(text, "circle", "cx")).to.deep.equal(["0%", "50%", "100%"]);
    expect(attributes(text, "text", "x")).to.deep.equal(["0%", "50%", "100%"]);
    // Every second name of many, the last one among them.
    const wide = dots(rows, { from: 1_000, to: 100_000_000, name: String });
    expect(attributes(wide.text, "text", "x")).to.deep.equal(["20%", "60%", "100%"]);
  });

  it("count every number once, those at the ends too", () => {
    const { text } = histogram([-2, -1, 0, 0, 1, 2, 2.04], { title: "numbers", reach: 1 });
    const counts = [...text.matchAll(/<title>[^<]*: (\d+)<\/title>/g)].map(([, count]) => Number(count));
    expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(7);
    expect(Math.max(...counts)).to.equal(2);
  });
});
