import { expect } from "chai";

import { parseValues } from "../../../web/lib/parse-values.ts";

describe("web/lib/parse-values", () => {
  it("reads numbers between commas, semicolons, spaces and lines", () => {
    expect(Array.from(parseValues("0.5, 1\n0;  0.25\t", 4, 0, 1).values!)).to.deep.equal([0.5, 1, 0, 0.25]);
  });

  it("says what is wrong and where", () => {
    expect(parseValues("1 x 3", 3, 0, 9).problem).to.equal("Number 2, “x”, is not a number.");
    expect(parseValues("1 2 10", 3, 0, 9).problem).to.equal("Number 3, 10, is outside 0 to 9.");
    expect(parseValues("1 2", 3, 0, 9).problem).to.equal("2 numbers, 3 are needed.");
    expect(parseValues("Infinity 1 1", 3, 0, 9).problem).to.contain("is not a number");
  });
});
