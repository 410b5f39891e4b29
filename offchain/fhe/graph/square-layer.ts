import { serialization, square, tidy } from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import type { Shape } from "@tensorflow/tfjs-layers";

/**
 * The activation x ↦ x² as a TensorFlow.js layer: the one nonlinearity CKKS evaluates exactly, with one multiplication.
 *
 * It has no weights and no settings, and serialises under the class name `Square`. Importing this module registers the
 * class, so that `loadLayersModel` understands a `model.json` that holds such layers; import it before loading one.
 *
 * @example
 * const model = sequential();
 * model.add(layers.dense({ units: 64, inputShape: [256] }));
 * model.add(new Square({ name: "dense_square" }));
 */
export class Square extends layers.Layer {
  static readonly className = "Square";

  /** Every element is squared by itself, so the shape stays. */
  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return inputShape;
  }

  /**
   * @param inputs one tensor of any shape, or a list that holds just it, as layers hand it over
   * @returns a tensor of the same shape
   */
  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => square(Array.isArray(inputs) ? inputs[0] : inputs));
  }
}

serialization.registerClass(Square);
