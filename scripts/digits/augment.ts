import { IMAGE_SIDE } from "./data.ts";
import type { Random } from "./random.ts";

/** How far a training digit may be moved; every quantity is drawn uniformly from ± its value. */
export interface Augmentation {
  /** radians */
  readonly rotation: number;
  /** pixels, along each axis */
  readonly shift: number;
  /** relative, along each axis on its own */
  readonly scale: number;
  /** columns per row */
  readonly shear: number;
}

/**
 * Writes a digit turned, moved, stretched and slanted at random, sampled bilinearly, with paper (0) outside the image.
 *
 * Each output pixel looks up its source through one random affine map about the centre of the image, so no pixel of the
 * output stays empty.
 *
 * @param source 784 pixels, row-major
 * @param target 784 pixels, overwritten; must not overlap `source`
 * @param by the ranges
 * @param random draws six numbers, always
 */
export function augmentDigit(source: Float32Array, target: Float32Array, by: Augmentation, random: Random): void {
  const draw = (range: number): number => (2 * random() - 1) * range;
  const angle = draw(by.rotation);
  const shear = draw(by.shear);
  const stretchX = 1 + draw(by.scale);
  const stretchY = 1 + draw(by.scale);
  const centre = (IMAGE_SIDE - 1) / 2;
  const fromX = centre + draw(by.shift);
  const fromY = centre + draw(by.shift);
  // rotation · shear · stretch, as the matrix [[xx, xy], [yx, yy]] that takes output offsets to source offsets
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const xx = cos * stretchX;
  const xy = (cos * shear - sin) * stretchY;
  const yx = sin * stretchX;
  const yy = (sin * shear + cos) * stretchY;
  for (let row = 0, at = 0; row < IMAGE_SIDE; row++) {
    const dy = row - centre;
    for (let column = 0; column < IMAGE_SIDE; column++, at++) {
      const dx = column - centre;
      target[at] = sampleBilinear(source, fromX + xx * dx + xy * dy, fromY + yx * dx + yy * dy);
    }
  }
}

/** The image between its pixels: the four around (x, y), weighted by nearness; 0 outside. */
function sampleBilinear(image: Float32Array, x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  if (left < -1 || top < -1 || left >= IMAGE_SIDE || top >= IMAGE_SIDE) return 0;
  const wx = x - left;
  const wy = y - top;
  const at = top * IMAGE_SIDE + left;
  const hasLeft = left >= 0;
  const hasRight = left + 1 < IMAGE_SIDE;
  let value = 0;
  if (top >= 0) {
    if (hasLeft) value += (1 - wx) * (1 - wy) * image[at];
    if (hasRight) value += wx * (1 - wy) * image[at + 1];
  }
  if (top + 1 < IMAGE_SIDE) {
    if (hasLeft) value += (1 - wx) * wy * image[at + IMAGE_SIDE];
    if (hasRight) value += wx * wy * image[at + IMAGE_SIDE + 1];
  }
  return value;
}
