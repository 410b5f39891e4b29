import { CloakworkError } from "../../errors.ts";

/** A plan breaks a rule of its format. Nothing of it is run. */
export class PlanError extends CloakworkError {
  /** Index of the instruction at fault, or undefined when it is something else. */
  readonly instruction: number | undefined;

  /** @param reason what is wrong, without a full stop */
  constructor(reason: string, options: { instruction?: number; cause?: unknown } = {}) {
    const where = options.instruction === undefined ? "" : `instruction ${options.instruction} `;
    super(
      "PLAN_INVALID",
      `The plan was refused: ${where}${reason}.`,
      "Fetch the plan again by its digest; if the same bytes return, its publisher must compile it again.",
      { cause: options.cause },
    );
    this.instruction = options.instruction;
  }
}

/** A model cannot be compiled as asked. */
export class CompileError extends CloakworkError {
  /** Name of the layer at fault, or undefined when it is the model or the settings as a whole. */
  readonly layer: string | undefined;

  /**
   * @param layer name of the layer at fault, or undefined
   * @param reason what stands in the way, without a full stop
   * @param next what would help
   */
  constructor(layer: string | undefined, reason: string, next: string) {
    super("COMPILE_REFUSED", `${layer === undefined ? "The model" : `Layer "${layer}"`} ${reason}.`, next);
    this.layer = layer;
  }
}

/** Input values that a plan does not take. The message never holds a value. */
export class InputError extends CloakworkError {
  /** @param reason what is wrong, without a full stop */
  constructor(reason: string) {
    super(
      "INPUT_REFUSED",
      `The input was refused: ${reason}.`,
      "Give one finite number an element, within the range the model declares.",
    );
  }
}
