import { expect } from "chai";
import { InvalidArgumentError } from "commander";

import { wholeNumber } from "../../scripts/whole-number.ts";

describe("wholeNumber", () => {
  it("takes whole numbers in its range and nothing else", () => {
    const read = wholeNumber(1, 20);
    expect(["1", "20", "7"].map(read)).to.deep.equal([1, 20, 7]);
    for (const text of ["0", "21", "1.5", "", " ", "x", "NaN", "1e9"]) {
      expect(() => read(text), text).to.throw(InvalidArgumentError, "from 1 to 20");
    }
  });
});
