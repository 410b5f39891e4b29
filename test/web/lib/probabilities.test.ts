import { expect } from "chai";
import fc from "fast-check";

import { classProbabilities, drawnClasses, likelihoods, mostProbable } from "../../../web/lib/probabilities.ts";

const outputs = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 2, maxLength: 12 });
const bound = fc.double({ min: 0, max: 3, noNaN: true });

describe("web/lib/probabilities", () => {
  it("is the softmax", () => {
    const [a, b] = classProbabilities([Math.log(3), 0], ["a", "b"], 0);
    expect(a.probability).to.be.closeTo(0.75, 1e-12);
    expect(b.probability).to.be.closeTo(0.25, 1e-12);
  });

  it("sums to one and holds each probability within its range", () => {
    fc.assert(
      fc.property(outputs, bound, (values, error) => {
        const classes = classProbabilities(values, [], error);
        expect(classes.reduce((sum, { probability }) => sum + probability, 0)).to.be.closeTo(1, 1e-9);
        for (const { least, probability, most } of classes) {
          expect(least).to.be.at.most(probability + 1e-12);
          expect(most).to.be.at.least(probability - 1e-12);
        }
      }),
    );
  });

  it("gives a range that no outputs within the bound leave", () => {
    fc.assert(
      fc.property(
        outputs,
        bound,
        fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })),
        (values, error, signs) => {
          const moved = values.map((value) => value + error * signs.next().value!);
          const exact = classProbabilities(moved, [], 0);
          classProbabilities(values, [], error).forEach(({ least, most }, i) => {
            expect(exact[i].probability).to.be.at.least(least - 1e-9);
            expect(exact[i].probability).to.be.at.most(most + 1e-9);
          });
        },
      ),
    );
  });

  it("gives likelihoods of their own by the sigmoid, with the range the bound leaves", () => {
    const log3 = Math.log(3);
    const [even, likely] = likelihoods([0, log3], ["even"], log3);
    expect(even.label).to.equal("even");
    expect([even.least, even.probability, even.most].map((share) => share.toFixed(12))).to.deep.equal(
      [1 / 4, 1 / 2, 3 / 4].map((share) => share.toFixed(12)),
    );
    expect(likely.label).to.equal("Output 2");
    expect(likely.least).to.be.closeTo(1 / 2, 1e-12);
    expect(likely.most).to.be.closeTo(9 / 10, 1e-12);
  });

  it("names the most probable class", () => {
    expect(mostProbable(classProbabilities([1, 3, 2], ["x", "y", "z"], 0)).label).to.equal("y");
  });

  it("draws twenty classes as they come, and of more the twelve most probable, the first first", () => {
    const classes = (count: number) =>
      classProbabilities(
        Array.from({ length: count }, (_, k) => (7 * k) % count),
        [],
        0,
      );
    expect(drawnClasses(classes(20))).to.deep.equal(classes(20));
    const drawn = drawnClasses(classes(1000));
    const logit = ({ label }: { label: string }): number => (7 * Number(label)) % 1000;
    expect(drawn.map(logit)).to.deep.equal(Array.from({ length: 12 }, (_, k) => 999 - k));
  });
});
