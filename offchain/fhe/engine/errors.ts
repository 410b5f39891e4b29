import { CloakworkError } from "../../errors.ts";

/** Why an engine refused a plan, its constants or an evaluation. */
export type EngineErrorCode =
  /** The engine does not speak the plan's semantics or parameter set, or an instruction of it. */
  | "ENGINE_UNSUPPORTED"
  /** The constants are not those the plan describes. */
  | "ENGINE_CONSTANTS"
  /** The inputs are not those the plan describes. */
  | "ENGINE_INPUTS"
  /** A result would be transparent: its c1 is zero, so it would hide nothing. */
  | "ENGINE_TRANSPARENT"
  /** The library refused an operation. */
  | "ENGINE_FAILED";

const NEXT: Readonly<Record<EngineErrorCode, string>> = {
  ENGINE_UNSUPPORTED: "Use the engine the plan was compiled for.",
  ENGINE_CONSTANTS: "Fetch the package again; if it does not change, ask its publisher.",
  ENGINE_INPUTS: "Encrypt the input again for this model.",
  ENGINE_TRANSPARENT: "Report the plan to its publisher: a compiler must drop products with zero.",
  ENGINE_FAILED: "Report the plan's digest and this message.",
};

/** An engine cannot do what it was asked. The message never holds residues. */
export class EngineError extends CloakworkError {
  constructor(code: EngineErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(code, message, NEXT[code], options);
  }
}
