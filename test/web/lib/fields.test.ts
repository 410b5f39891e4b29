import { expect } from "chai";

import { fieldNumber, fieldProblem, pastedRow } from "../../../web/lib/fields.ts";

const RANGE = { min: "-1", max: "1" };

describe("web/lib/fields", () => {
  it("reads a number with a decimal point or comma, and nothing else as one", () => {
    expect(["0.5", " 0,5 ", "-1", "1e-1"].map(fieldNumber)).to.deep.equal([0.5, 0.5, -1, 0.1]);
    for (const text of ["", "  ", "x", "1,2,3", "1.000,5"]) expect(fieldNumber(text), text).to.satisfy(Number.isNaN);
  });

  it("says what is wrong with a box, and nothing of an empty one", () => {
    expect(fieldProblem("", RANGE)).to.equal(undefined);
    expect(fieldProblem(" ", RANGE)).to.equal(undefined);
    expect(fieldProblem("1", RANGE)).to.equal(undefined);
    expect(fieldProblem("1.01", RANGE)).to.equal("It has to be from -1 to 1.");
    expect(fieldProblem("many", RANGE)).to.equal("This is not a number.");
    expect(fieldProblem("Infinity", RANGE)).to.equal("This is not a number.");
  });

  it("knows a row from a single number", () => {
    expect(pastedRow("1, 2\n3;4\t5")).to.deep.equal(["1", "2", "3", "4", "5"]);
    expect(pastedRow("1,2,3")).to.deep.equal(["1", "2", "3"]);
    for (const one of ["0.5", "0,5", " 7 \n"]) expect(pastedRow(one), one).to.equal(undefined);
  });
});
