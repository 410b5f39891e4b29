import { CloakworkError } from "../../errors.ts";

/**
 * A batch result or its key is not as docs/spec/batch-1.md says. `BATCH_SHAPE`: the plan asks for what the format cannot give; `BATCH_FORMAT`: the bytes are malformed; `BATCH_CONTEXT`: they answer
 * something else; `BATCH_KEY`: the key is malformed or belongs elsewhere.
 */
export class BatchResultError extends CloakworkError {
  constructor(
    code: "BATCH_SHAPE" | "BATCH_FORMAT" | "BATCH_CONTEXT" | "BATCH_KEY",
    message: string,
    next: string,
    options: { cause?: unknown } = {},
  ) {
    super(code, message, next, options);
  }
}
