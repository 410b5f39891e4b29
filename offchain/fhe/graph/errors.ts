import { CloakworkError } from "../../errors.ts";

/** A model cannot be taken: a layer that is unknown, unsupported, or whose weights or shapes do not fit. */
export class ModelError extends CloakworkError {
  /** Name of the layer at fault, or undefined when it is the model as a whole. */
  readonly layer: string | undefined;

  /**
   * @param layer name of the layer at fault, or undefined
   * @param reason what is wrong with it, without a full stop; the sentence starts with the layer
   * @param next what would help
   */
  constructor(layer: string | undefined, reason: string, next: string, options: { cause?: unknown } = {}) {
    super("MODEL_REFUSED", `${layer === undefined ? "The model" : `Layer "${layer}"`} ${reason}.`, next, options);
    this.layer = layer;
  }
}
