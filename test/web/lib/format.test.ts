import { expect } from "chai";

import {
  formatBytes,
  formatDuration,
  formatMoment,
  formatShare,
  formatUnits,
  shortHex,
} from "../../../web/lib/format.ts";

describe("web/lib/format", () => {
  it("writes sizes in decimal units with one digit after the point", () => {
    expect(formatBytes(0)).to.equal("0 B");
    expect(formatBytes(999)).to.equal("999 B");
    expect(formatBytes(1_848)).to.equal("1.8 KB");
    expect(formatBytes(184_432)).to.equal("184.4 KB");
    expect(formatBytes(11_300_000)).to.equal("11.3 MB");
  });

  it("never writes a thousand of a unit", () => {
    expect(formatBytes(999_949)).to.equal("999.9 KB");
    expect(formatBytes(999_950)).to.equal("1.0 MB");
    expect(formatBytes(999_950_000)).to.equal("1.0 GB");
  });

  it("writes amounts without trailing zeros and never rounds a positive one to zero", () => {
    expect(formatUnits(2_100_000_000_000_000n)).to.equal("0.0021");
    expect(formatUnits(10n ** 18n)).to.equal("1");
    expect(formatUnits(1_234_567n * 10n ** 18n)).to.equal("1,234,567");
    expect(formatUnits(0n)).to.equal("0");
    expect(formatUnits(1n)).to.equal("0.000000000000000001");
    expect(formatUnits(123_456_789_012n)).to.equal("0.00000012");
    expect(formatUnits(-5n * 10n ** 17n)).to.equal("−0.5");
  });

  it("writes amounts of tokens with other decimals", () => {
    expect(formatUnits(2_500_000n, 6)).to.equal("2.5");
  });

  it("shortens digests and leaves short strings", () => {
    expect(shortHex(`0x12ab${"0".repeat(56)}89ef`)).to.equal("0x12ab…89ef");
    expect(shortHex("0x1234")).to.equal("0x1234");
  });

  it("writes durations by their size", () => {
    expect(formatDuration(12.4)).to.equal("12 ms");
    expect(formatDuration(2_400)).to.equal("2.4 s");
    expect(formatDuration(9_960)).to.equal("10 s");
    expect(formatDuration(59_400)).to.equal("59 s");
    expect(formatDuration(185_000)).to.equal("3 min 05 s");
    expect(formatDuration(3_720_000)).to.equal("1 h 02 min");
  });

  it("writes a moment of today by its time alone, and of another day with the day", () => {
    const noon = new Date(2026, 4, 5, 12, 0).getTime();
    expect(formatMoment(new Date(2026, 4, 5, 14, 32).getTime(), noon)).to.equal("14:32");
    expect(formatMoment(new Date(2026, 4, 6, 14, 32).getTime(), noon)).to.equal("May 6, 14:32");
  });

  it("writes shares as percentages", () => {
    expect(formatShare(0.986)).to.equal("98.6 %");
  });
});
