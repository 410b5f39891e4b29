/**
 * The base of every error a person may see: a stable code, one sentence saying what happened, and what to do next.
 * Secret or decrypted data never goes into any of the three.
 */
export class CloakworkError extends Error {
  /** Stable, upper-case with underscores, e.g. `BLOB_DIGEST_MISMATCH`. Programs branch on this, never on the message. */
  readonly code: string;
  /** What the person can do now, one sentence. */
  readonly next: string;

  /**
   * @param code stable machine-readable code
   * @param message one sentence: what happened, and what it means
   * @param next one sentence: what to do
   * @param options `cause`: the error underneath, kept for `walk`
   */
  constructor(code: string, message: string, next: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.next = next;
  }

  /**
   * Follows `cause` to the first error for which the test holds.
   *
   * @param test called with this error first, then with each cause in turn
   * @returns that error, or undefined
   */
  walk(test: (error: unknown) => boolean): unknown {
    return firstCause(this, test);
  }
}

function firstCause(error: unknown, test: (error: unknown) => boolean): unknown {
  if (error === undefined || test(error)) return error;
  return error instanceof Error ? firstCause(error.cause, test) : undefined;
}
