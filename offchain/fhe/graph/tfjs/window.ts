import { ModelError } from "../errors.ts";
import type { Shape, Window } from "../graph.ts";

/**
 * A window with TensorFlow's padding modes: `same` pads to ⌈size/stride⌉ positions, the odd row or column after.
 *
 * @param layer its name, for the refusal
 * @param image [height, width, channels]
 */
export function windowOver(
  layer: string,
  image: Shape,
  {
    size,
    strides,
    dilation,
    padding,
  }: Pick<Window, "size" | "strides" | "dilation"> & { readonly padding: "valid" | "same" },
): Window {
  const along = (axis: 0 | 1): readonly [number, number] => {
    const reach = (size[axis] - 1) * dilation[axis] + 1;
    if (padding === "valid") {
      if (reach > image[axis])
        throw new ModelError(layer, "has a window larger than its image", "Use a smaller window, or padding: same.");
      return [0, 0];
    }
    const positions = Math.ceil(image[axis] / strides[axis]);
    const total = Math.max(0, (positions - 1) * strides[axis] + reach - image[axis]);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  };
  return { size, strides, dilation, padding: [along(0), along(1)] };
}
