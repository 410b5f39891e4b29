import { CloakworkError } from "../../errors.ts";

/** Why a key pack was refused. */
export type KeyPackErrorCode =
  | "PACK_TRUNCATED"
  | "PACK_OVERSIZED"
  | "PACK_MAGIC"
  | "PACK_VERSION"
  | "PACK_PARAMS"
  | "PACK_KEY_SET"
  | "PACK_TABLE"
  | "PACK_ORDER"
  | "PACK_KIND"
  | "PACK_GADGET"
  | "PACK_LEVEL"
  | "PACK_ELEMENT"
  | "PACK_SIZE"
  | "PACK_RESIDUE";

/** The bytes are not the key pack that was expected. */
export class KeyPackError extends CloakworkError {
  constructor(code: KeyPackErrorCode, reason: string, options: { cause?: unknown } = {}) {
    super(
      code,
      `The key pack was refused: ${reason}.`,
      "Make the keys again on the device that holds the secret key and upload them.",
      options,
    );
  }
}

/** A key that a plan needs is not in the key set, or reaches fewer levels. */
export class KeyMissingError extends CloakworkError {
  /** @param missing the keys, in words */
  constructor(missing: string) {
    super(
      "KEY_MISSING",
      `The key set lacks ${missing}.`,
      "Make the missing keys and add them to the key set; the others stay as they are.",
    );
  }
}
