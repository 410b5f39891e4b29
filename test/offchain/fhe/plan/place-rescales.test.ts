import { expect } from "chai";
import { placeRescales } from "../../../../offchain/fhe/plan/place-rescales.ts";
import { ProgramBuilder, type StepId } from "../../../../offchain/fhe/plan/program.ts";

const ONES = Float64Array.of(1, 2);

/** Operations in order, with the depth of each value. */
function placed(write: (builder: ProgramBuilder) => StepId): string {
  const builder = new ProgramBuilder(16);
  const { steps, depthOf, outputs } = placeRescales(builder.finish([write(builder)]));
  expect(outputs).to.deep.equal([steps.length - 1]);
  return steps.map(({ op }, index) => `${op}:${depthOf[index]}`).join(" ");
}

describe("placing rescales", () => {
  it("rescales a sum of products once, at its end", () => {
    expect(placed((b) => b.add(b.multiply(0, ONES), b.multiply(b.rotate(0, 1), ONES)))).to.equal(
      "input:0 multiply:0 rotate:0 multiply:0 add:0 rescale:1",
    );
  });

  it("rescales before a rotation, which is cheaper a level lower", () => {
    expect(placed((b) => b.rotate(b.multiply(0, ONES), 1))).to.equal("input:0 multiply:0 rescale:1 rotate:1");
  });

  it("rescales before slot values are added", () => {
    expect(placed((b) => b.addVector(b.multiply(0, ONES), ONES))).to.equal("input:0 multiply:0 rescale:1 addVector:1");
  });

  it("relinearises a square, then rescales it", () => {
    expect(placed((b) => b.square(b.square(0)))).to.equal(
      "input:0 square:0 relinearise:0 rescale:1 square:1 relinearise:1 rescale:2",
    );
  });

  it("shares a rescale between two uses", () => {
    expect(
      placed((b) => {
        const product = b.multiply(0, ONES);
        return b.add(b.rotate(product, 1), b.rotate(product, 2));
      }),
    ).to.equal("input:0 multiply:0 rescale:1 rotate:1 rotate:1 add:1");
  });

  it("brings a fresh value down to the level of what it is added to", () => {
    expect(placed((b) => b.add(0, b.rotate(b.multiply(0, ONES), 1)))).to.equal(
      "input:0 multiply:0 rescale:1 rotate:1 modSwitch:1 add:1",
    );
    expect(placed((b) => b.add(b.multiply(0, ONES), b.rotate(b.multiply(0, ONES), 1)))).to.equal(
      "input:0 multiply:0 multiply:0 rescale:1 rotate:1 rescale:1 add:1",
    );
  });

  it("leaves a program without products as it is", () => {
    expect(placed((b) => b.add(0, b.rotate(0, 3)))).to.equal("input:0 rotate:0 add:0");
  });
});
