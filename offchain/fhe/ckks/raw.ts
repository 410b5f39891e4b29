import { CloakworkError } from "../../errors.ts";

/** Decrypted values were about to be written out. */
export class RawValuesError extends CloakworkError {
  constructor() {
    super(
      "RAW_NOT_SERIALISABLE",
      "Decrypted values were about to be written out unrounded, which would leak the secret key.",
      "Release them first: releasing adds noise, rounds them, and counts against the budget of the key set.",
    );
  }
}

/**
 * Decrypted values, unrounded. They hold the error of the ciphertext and so information about the secret key (Li and Micciancio, 2021), and
 * must not leave the client; only released values may. This type does not serialise.
 */
export class Raw {
  readonly #values: Float64Array;

  /** @param values taken over, not copied */
  constructor(values: Float64Array) {
    this.#values = values;
  }

  /** Number of values. */
  get length(): number {
    return this.#values.length;
  }

  /** The values, a copy, for computing on this device: layout, softmax, rounding, release. */
  values(): Float64Array {
    return this.#values.slice();
  }

  /** @throws RawValuesError always */
  toJSON(): never {
    throw new RawValuesError();
  }

  toString(): string {
    return "Raw(redacted)";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}
