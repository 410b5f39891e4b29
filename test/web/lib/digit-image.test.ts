import { expect } from "chai";

import {
  describeDigit,
  DIGIT_PIXELS,
  DIGIT_SIDE,
  inkedBox,
  inkOfPicture,
  normaliseDigit,
} from "../../../web/lib/digit-image.ts";
import { loadDigits } from "../../../scripts/digits/data.ts";

/** A sheet with a filled rectangle. */
function sheet(side: number, left: number, top: number, width: number, height: number) {
  const ink = new Float32Array(side * side);
  for (let y = top; y < top + height; y++) ink.fill(1, y * side + left, y * side + left + width);
  return { ink, width: side, height: side };
}

function centreOfMass(digit: Float32Array): { x: number; y: number } {
  let mass = 0;
  let x = 0;
  let y = 0;
  digit.forEach((value, i) => {
    mass += value;
    x += value * ((i % DIGIT_SIDE) + 0.5);
    y += value * (Math.floor(i / DIGIT_SIDE) + 0.5);
  });
  return { x: x / mass, y: y / mass };
}

describe("web/lib/digit-image", () => {
  it("gives nothing for an empty sheet", () => {
    expect(normaliseDigit({ ink: new Float32Array(100), width: 10, height: 10 })).to.equal(undefined);
  });

  it("fits a drawing into 20 × 20, whatever its size and place, and keeps its shape", () => {
    for (const [left, top, width, height] of [
      [10, 10, 100, 200],
      [150, 40, 40, 80],
      [0, 0, 140, 280],
    ] as const) {
      const digit = normaliseDigit(sheet(280, left, top, width, height))!;
      expect(inkedBox({ ink: digit, width: DIGIT_SIDE, height: DIGIT_SIDE })).to.include({ width: 10, height: 20 });
    }
  });

  it("puts the centre of mass in the middle, within half a pixel", () => {
    // An L: its mass is not in the middle of its box.
    const image = sheet(100, 20, 20, 10, 60);
    for (let y = 70; y < 80; y++) image.ink.fill(1, y * 100 + 20, y * 100 + 60);
    const { x, y } = centreOfMass(normaliseDigit(image)!);
    expect(x).to.be.closeTo(DIGIT_SIDE / 2, 0.5);
    expect(y).to.be.closeTo(DIGIT_SIDE / 2, 0.5);
  });

  it("keeps the mean ink of a box that is shrunk by a whole number", () => {
    const image = { ink: Float32Array.from({ length: 1600 }, (_, i) => (i % 3) / 2), width: 40, height: 40 };
    image.ink[0] = 1;
    image.ink[1599] = 1;
    const digit = normaliseDigit(image)!;
    const mean = image.ink.reduce((sum, value) => sum + value, 0) / 1600;
    expect(digit.reduce((sum, value) => sum + value, 0) / 400).to.be.closeTo(mean, 1e-4);
  });

  it("leaves digits of MNIST about where MNIST has them", () => {
    const { heldOut } = loadDigits();
    for (let i = 0; i < 40; i++) {
      const original = heldOut.images.subarray(i * DIGIT_PIXELS, (i + 1) * DIGIT_PIXELS);
      const before = centreOfMass(original);
      const after = centreOfMass(normaliseDigit({ ink: original, width: DIGIT_SIDE, height: DIGIT_SIDE })!);
      expect(after.x).to.be.closeTo(before.x, 1.2);
      expect(after.y).to.be.closeTo(before.y, 1.2);
    }
  });

  it("reads dark on light and light on dark as the same ink", () => {
    const picture = (ground: number, mark: number) => {
      const rgba = new Uint8ClampedArray(64 * 4);
      for (let i = 0; i < 64; i++)
        rgba.set([...Array<number>(3).fill(i === 27 || i === 28 ? mark : ground), 255], 4 * i);
      return inkOfPicture(rgba, 8, 8).ink;
    };
    expect(Array.from(picture(255, 0))).to.deep.equal(Array.from(picture(0, 255)));
    expect(picture(250, 20)[27]).to.equal(1);
    expect(picture(250, 20)[0]).to.equal(0);
  });

  it("finds no ink in a picture of one tone with grain", () => {
    const rgba = Uint8ClampedArray.from({ length: 256 }, (_, i) => (i % 4 === 3 ? 255 : 200 + (i % 7)));
    expect(inkOfPicture(rgba, 8, 8).ink.every((value) => value === 0)).to.equal(true);
  });

  it("says what is on the sheet in words", () => {
    expect(describeDigit(undefined)).to.equal("The sheet is empty.");
    const digit = new Float32Array(DIGIT_PIXELS);
    digit.fill(1, 10 * DIGIT_SIDE + 5, 10 * DIGIT_SIDE + 9);
    expect(describeDigit(digit)).to.equal("Ink on 4 of 784 pixels, 4 wide and 1 high.");
  });
});
