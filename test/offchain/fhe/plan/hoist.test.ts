import { expect } from "chai";
import { hoist } from "../../../../offchain/fhe/plan/hoist.ts";
import { placeRescales } from "../../../../offchain/fhe/plan/place-rescales.ts";
import { ProgramBuilder, type StepId } from "../../../../offchain/fhe/plan/program.ts";

const ONES = Float64Array.of(1, 2);

/** Operations in order, with the depth of each value. */
function hoisted(write: (builder: ProgramBuilder) => StepId): string {
  const builder = new ProgramBuilder(16, true);
  const { steps, depthOf, outputs } = hoist(placeRescales(builder.finish([write(builder)])));
  expect(outputs).to.deep.equal([steps.length - 1]);
  return steps
    .map((step, index) => {
      const detail = step.op === "rotateHoisted" ? `${step.step}${step.ext ? "x" : ""}` : "";
      return `${step.op}${detail}${step.op === "modDown" ? step.times : ""}:${depthOf[index]}`;
    })
    .join(" ");
}

const product = (b: ProgramBuilder, x: StepId, step: number): StepId => b.multiply(b.rotate(x, step), ONES);

describe("hoisting", () => {
  it("takes a sum of products in the extended basis and rescales it in the division that ends it", () => {
    expect(hoisted((b) => b.add(b.add(product(b, 0, 0), product(b, 0, 1)), product(b, 0, 2)))).to.equal(
      "input:0 decompose:0 rotateHoisted0x:0 multiplyExt:0 rotateHoisted1x:0 multiplyExt:0 addExt:0 rotateHoisted2x:0 multiplyExt:0 addExt:0 modDown1:1",
    );
  });

  it("decomposes once what several sums rotate", () => {
    const text = hoisted((b) => {
      const first = b.add(product(b, 0, 1), product(b, 0, 2));
      const second = b.add(product(b, 0, 1), product(b, 0, 2));
      return b.add(b.rotate(first, 4), second);
    });
    expect(text.match(/decompose/g)).to.have.length(1);
    expect(text.match(/rotateHoisted1x/g)).to.have.length(1);
    expect(text.match(/modDown1/g)).to.have.length(2);
    expect(text).to.match(/rotate:1 .*add:1$/);
  });

  it("takes giant steps in the extended basis too, and divides once for all of them", () => {
    const text = hoisted((b) => {
      const last = b.add(product(b, 0, 0), product(b, 0, 1));
      const middle = b.add(b.rotateSum(last, 2), b.add(product(b, 0, 0), product(b, 0, 1)));
      return b.add(b.rotateSum(middle, 2), b.add(product(b, 0, 0), product(b, 0, 1)));
    });
    expect(text.match(/decompose/g)).to.have.length(3);
    expect(text.match(/rotateHoisted2x/g)).to.have.length(2);
    expect(text.match(/rotateHoisted[01]x/g)).to.have.length(2);
    expect(text.match(/modDown|rescale/g)).to.have.length(1);
    expect(text).to.match(/addExt:0 modDown1:1$/);
  });

  it("folds in the extended basis from the first fold to the last", () => {
    const fold = (b: ProgramBuilder, x: StepId, step: number): StepId => b.add(x, b.rotate(x, step));
    expect(hoisted((b) => fold(b, fold(b, fold(b, 0, 1), 2), 4))).to.equal(
      "input:0 decompose:0 rotateHoisted1x:0 rotateHoisted0x:0 addExt:0 decompose:0 rotateHoisted2x:0 addExt:0 decompose:0 rotateHoisted4x:0 addExt:0 modDown0:0",
    );
  });

  it("folds four pieces with one decomposition", () => {
    const text = hoisted((b) => {
      const pairs = b.add(0, b.rotate(0, 1));
      return b.addVector(b.add(b.add(pairs, b.rotate(0, 2)), b.rotate(0, 3)), ONES);
    });
    expect(text).to.equal(
      "input:0 decompose:0 rotateHoisted1x:0 rotateHoisted0x:0 addExt:0 rotateHoisted2x:0 addExt:0 rotateHoisted3x:0 addExt:0 modDown0:0 addVector:0",
    );
  });

  it("relinearises a square in the extended basis where its rescale follows", () => {
    expect(hoisted((b) => b.square(0))).to.equal("input:0 square:0 relineariseExt:0 modDown1:1");
    expect(hoisted((b) => b.add(b.square(0), b.square(b.addVector(0, ONES))))).to.equal(
      "input:0 square:0 relinearise:0 addVector:0 square:0 relinearise:0 add:0 rescale:1",
    );
  });

  it("leaves a rotation on its own as it is, and shares digits between rotations that meet no sum", () => {
    expect(hoisted((b) => b.square(b.rotate(0, 3)))).to.equal("input:0 rotate:0 square:0 relineariseExt:0 modDown1:1");
    expect(hoisted((b) => b.add(b.square(b.rotate(0, 1)), b.square(b.rotate(0, 2))))).to.match(
      /^input:0 decompose:0 rotateHoisted1:0 .*rotateHoisted2:0/,
    );
  });

  it("adds to a sum what is not in the extended basis once the sum has left it", () => {
    expect(hoisted((b) => b.add(b.add(b.rotate(0, 1), b.rotate(0, 2)), b.addVector(0, ONES)))).to.match(
      /rotateHoisted1x:0 rotateHoisted2x:0 addExt:0 addVector:0 modDown0:0 add:0$/,
    );
  });
});
