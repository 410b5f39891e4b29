import { CloakworkError } from "../errors.ts";

/** A string is not the hexadecimal form that was expected. */
export class HexFormatError extends CloakworkError {
  /** @param detail what was expected, without the value itself, which may be secret */
  constructor(detail: string) {
    super(
      "HEX_FORMAT",
      `A hexadecimal value is malformed: ${detail}.`,
      "Write it as 0x followed by lower-case digits.",
    );
  }
}

/** A value cannot be written as, or bytes are not, canonical JSON (docs/formats.md, section 2). */
export class CanonicalJsonError extends CloakworkError {
  /** @param detail what is wrong and where, without the value itself */
  constructor(detail: string, options: { cause?: unknown } = {}) {
    super(
      "CANONICAL_JSON",
      `The canonical JSON was refused: ${detail}.`,
      "Obtain the object again from its publisher; integers above 53 bits, floats and bytes are written as strings.",
      options,
    );
  }
}
