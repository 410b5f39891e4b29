import { expect } from "chai";
import { COLUMNS, toInput } from "../../../scripts/risk/columns.ts";
import { scoreRisk } from "../../../scripts/risk/evaluate.ts";
import { makeRecords, type RecordsSplit } from "../../../scripts/risk/records.ts";

describe("made-up loan records", function () {
  this.timeout(20_000);
  let split: RecordsSplit;

  before(() => {
    split = makeRecords();
  });

  it("are the same every time, in three parts", () => {
    expect(makeRecords()).to.deep.equal(split);
    expect([split.train.length, split.validation.length, split.heldOut.length]).to.deep.equal([5000, 1000, 2000]);
  });

  it("default as often as their probabilities say, about one in five", () => {
    const expected = split.train.reduce((sum, { risk }) => sum + risk, 0) / 5000;
    const found = split.train.filter(({ defaulted }) => defaulted).length / 5000;
    expect(expected).to.be.within(0.17, 0.23);
    // Four standard deviations of a share of 5,000.
    expect(Math.abs(found - expected)).to.be.below(4 * Math.sqrt((expected * (1 - expected)) / 5000));
  });

  it("make sense: nobody has worked, or had an account, for longer than they have been of age", () => {
    for (const { application } of split.train) {
      const { age, jobYears, history, work, instalment, amount, term, income } = application;
      expect(jobYears).to.be.at.most(age - 17);
      expect(history).to.be.at.most(age - 18);
      if (work === "none") expect(jobYears).to.equal(0);
      // Paying back without interest takes amount/term a month; interest is no more than half of it again.
      if (instalment < 0.8) expect(instalment * income * term).to.be.within(amount, 1.5 * amount);
    }
  });

  it("become 24 numbers in 0 … 1, flags as 0 or 1, one of each kind", () => {
    for (const { application } of split.train.slice(0, 500)) {
      const input = toInput(application);
      expect(input.length).to.equal(24);
      expect(input.every((value) => value >= 0 && value <= 1)).to.equal(true);
      const at = (name: string): number => input[COLUMNS.findIndex((column) => column.name === name)];
      expect(at("employed") + at("selfEmployed") + at("notWorking")).to.equal(1);
      expect(at("owns") + at("mortgage") + at("rents")).to.equal(1);
      expect(at("forCar") + at("forHome") + at("forDebts") + at("forOther")).to.equal(1);
      expect(at("income")).to.be.closeTo(Math.log(application.income / 500) / Math.log(40), 1e-6);
      expect(at("age")).to.be.closeTo((application.age - 18) / 62, 1e-6);
    }
  });
});

describe("the area under the curve", () => {
  it("counts pairs in the right order, and half of those that are equal", () => {
    // Of the pairs (default, paid back): 0.9 beats both, 0.5 beats one and equals the other.
    const { auc, correct, defaults } = scoreRisk([0.9, 0.5, 0.5, 0.1], Uint8Array.of(1, 1, 0, 0), 0.4);
    expect([auc, correct, defaults]).to.deep.equal([3.5 / 4, 3, 2]);
  });
});
