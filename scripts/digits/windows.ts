import { IMAGE_SIDE } from "./data.ts";

/** Square windows of `side` pixels, `stride` apart, inside the image. */
export interface Windows {
  readonly side: number;
  readonly stride: number;
}

/** Windows along one side of the image. */
export function windowsAlong({ side, stride }: Windows): number {
  return Math.floor((IMAGE_SIDE - side) / stride) + 1;
}

/**
 * Lays an image out as the windows a convolution sees, row by row, each row-major: the convolution is then a dense layer, whose gradient the JavaScript backend
 * computes ten times faster.
 *
 * @param windows of the convolution, without padding
 * @param image 784 pixels, row-major
 * @param target windows × pixels of a window, overwritten
 */
export function layOutWindows(windows: Windows, image: Float32Array, target: Float32Array): void {
  const { side, stride } = windows;
  const along = windowsAlong(windows);
  let at = 0;
  for (let window = 0; window < along * along; window++) {
    const top = Math.floor(window / along) * stride;
    const left = (window % along) * stride;
    for (let row = 0; row < side; row++) {
      const from = (top + row) * IMAGE_SIDE + left;
      for (let column = 0; column < side; column++) target[at++] = image[from + column];
    }
  }
}
