import { CloakworkError } from "../../errors.ts";

/** A compact result, or the shape asked of one, is not as docs/spec/compact-1.md says. */
export class CompactResultError extends CloakworkError {
  /** @param code `COMPACT_SHAPE`: the plan asks for what the format cannot give; `COMPACT_FORMAT`: the bytes are malformed; `COMPACT_CONTEXT`: they answer something else */
  constructor(
    code: "COMPACT_SHAPE" | "COMPACT_FORMAT" | "COMPACT_CONTEXT",
    message: string,
    next: string,
    options: { cause?: unknown } = {},
  ) {
    super(code, message, next, options);
  }
}

/** A small switch key or a compact public key is malformed, or belongs elsewhere. */
export class CompactKeyError extends CloakworkError {
  /** @param detail what is wrong, without any data */
  constructor(detail: string) {
    super(
      "COMPACT_KEY",
      `A key for compact results was refused: ${detail}.`,
      "Upload the key pack of this key set again.",
    );
  }
}
