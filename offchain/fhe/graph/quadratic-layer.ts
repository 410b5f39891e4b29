import { add, mul, serialization, square, tidy } from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { initializers, layers } from "@tensorflow/tfjs-layers";
import type { Shape } from "@tensorflow/tfjs-layers";

/**
 * A quadratic a channel, x ↦ square·x² + linear·x + constant along the last axis, as a TensorFlow.js layer whose coefficients are trained
 * with the rest: what takes the place of an activation before a model is fine-tuned (`offchain/fhe/plan/fit/quadratic-model.ts`).
 * On ciphertexts it costs one level, as a square does.
 *
 * New layers begin as x ↦ x. It serialises under the class name `Quadratic`, with the weights `square`, `linear` and `constant`. Importing this module
 * registers the class, so that `loadLayersModel` understands a `model.json` that holds such layers; import it before loading one.
 *
 * @example
 * const model = sequential();
 * model.add(layers.dense({ units: 64, inputShape: [256] }));
 * model.add(new Quadratic({ name: "dense_quadratic" }));
 */
export class Quadratic extends layers.Layer {
  static readonly className = "Quadratic";

  /** Makes one of each coefficient a channel. */
  override build(inputShape: Shape | Shape[]): void {
    const shape = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as Shape;
    const channels = shape[shape.length - 1];
    this.addWeight("square", [channels], "float32", initializers.zeros());
    this.addWeight("linear", [channels], "float32", initializers.ones());
    this.addWeight("constant", [channels], "float32", initializers.zeros());
    this.built = true;
  }

  /** Every element is changed by itself, so the shape stays. */
  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return inputShape;
  }

  /**
   * @param inputs one tensor of any shape, or a list that holds just it, as layers hand it over
   * @returns a tensor of the same shape
   */
  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const [a, b, c] = this.weights.map((weight) => weight.read());
      return add(add(mul(a, square(x)), mul(b, x)), c);
    });
  }
}

serialization.registerClass(Quadratic);
