import { expect } from "chai";
import fc from "fast-check";
import { augmentDigit } from "../../../scripts/digits/augment.ts";
import { seededRandom } from "../../../scripts/digits/random.ts";

const SIDE = 28;
const none = { rotation: 0, shift: 0, scale: 0, shear: 0 };
/** Draws the upper end of every range. */
const upper = (): number => 1;
/** An image with a few dark pixels away from the border. */
const image = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
  const [row, column] = [Math.floor(i / SIDE), i % SIDE];
  return row > 6 && row < 20 && column > 4 && column < 16 ? ((row * 7 + column * 3) % 11) / 10 : 0;
});
const change = (by: Parameters<typeof augmentDigit>[2], random = upper): Float32Array => {
  const target = new Float32Array(SIDE * SIDE).fill(9);
  augmentDigit(image, target, by, random);
  return target;
};
const at = (pixels: Float32Array, row: number, column: number): number =>
  row < 0 || column < 0 || row >= SIDE || column >= SIDE ? 0 : pixels[row * SIDE + column];
function expectImage(actual: Float32Array, expected: (row: number, column: number) => number): void {
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      expect(at(actual, row, column), `${row},${column}`).to.be.closeTo(expected(row, column), 1e-5);
    }
  }
}

describe("augmentation of digits", function () {
  this.timeout(20_000);
  it("leaves the image alone when every range is zero", () => {
    expect(change(none)).to.deep.equal(image);
  });

  it("shifts by whole pixels exactly, with paper coming in from outside", () => {
    expectImage(change({ ...none, shift: 2 }), (row, column) => at(image, row + 2, column + 2));
    expectImage(change({ ...none, shift: 15 }), (row, column) => at(image, row + 15, column + 15));
  });

  it("takes the mean of two by two pixels half a pixel away", () => {
    expectImage(change({ ...none, shift: 0.5 }), (row, column) => {
      const sum =
        at(image, row, column) +
        at(image, row, column + 1) +
        at(image, row + 1, column) +
        at(image, row + 1, column + 1);
      return sum / 4;
    });
  });

  it("turns by a quarter about the middle of the image", () => {
    expectImage(change({ ...none, rotation: Math.PI / 2 }), (row, column) => at(image, column, SIDE - 1 - row));
  });

  it("slants by a column a row", () => {
    const slanted = change({ ...none, shear: 1 });
    // The source column is column + (row − 13.5): between two pixels, in equal parts.
    expectImage(slanted, (row, column) => (at(image, row, column + row - 14) + at(image, row, column + row - 13)) / 2);
  });

  it("stretches about the middle: at twice the step, every second pixel is seen", () => {
    const shrunk = change({ ...none, scale: 1 });
    expectImage(shrunk, (row, column) => {
      const [y, x] = [2 * row - 14, 2 * column - 14];
      return (at(image, y, x) + at(image, y, x + 1) + at(image, y + 1, x) + at(image, y + 1, x + 1)) / 4;
    });
  });

  it("keeps pixels within the range of the image, whatever is drawn", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const changed = change({ rotation: 3, shift: 9, scale: 0.5, shear: 0.5 }, seededRandom(seed));
        expect(changed.every((pixel) => pixel >= 0 && pixel <= 1 + 1e-6)).to.equal(true);
      }),
      { numRuns: 50 },
    );
  });
});
