import { expect } from "chai";
import fc from "fast-check";
import { DECIMAL, fromDecimal, toDecimal, toDecimalAtLeast } from "../../../../offchain/fhe/plan/decimal.ts";

describe("decimals", () => {
  it("have one spelling a number", () => {
    for (const text of ["0", "1", "-1", "0.5", "-0.25", "12.75", "100", "1073741824", "0.000001"])
      expect(text).to.match(DECIMAL);
    for (const text of ["-0", "+1", "1.", ".5", "01", "1.0", "0.50", "1e3", "-", "", "NaN", "0x1", " 1", "1\n"]) {
      expect(text).not.to.match(DECIMAL);
    }
  });

  it("are read back to the double they were written from", () => {
    const doubles = fc
      .double({ min: -1e6, max: 1e6, noNaN: true })
      .filter((value) => value === 0 || Math.abs(value) > 1e-3);
    fc.assert(
      fc.property(doubles, (value) => {
        expect(fromDecimal(toDecimal(value))).to.equal(value === 0 ? 0 : value);
      }),
    );
  });

  it("cannot be written from what has none", () => {
    for (const value of [NaN, Infinity, 1e-7, 1e21]) expect(() => toDecimal(value), String(value)).to.throw(RangeError);
  });

  it("of a bound are never below it, and above by one digit of the fourth place at most", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-8, max: 1e14, noNaN: true }), (value) => {
        const text = toDecimalAtLeast(value);
        expect(text).to.match(DECIMAL);
        expect(fromDecimal(text)).to.be.at.least(value * (1 - 2e-16));
        expect(fromDecimal(text)).to.be.at.most(value * (1 + 1.1e-3));
      }),
    );
  });
});
