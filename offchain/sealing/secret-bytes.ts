import { SecretBytesError } from "./errors.ts";

/** Secret bytes that no serialiser, logger or inspector can read. Disposing them overwrites them. */
export class SecretBytes implements Disposable {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #wiped = false;

  /** @param bytes copied; the caller overwrites its own */
  constructor(bytes: Uint8Array) {
    this.#bytes = Uint8Array.from(bytes);
  }

  /** 32 bytes of the platform's generator. */
  static random32(): SecretBytes {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    const secret = new SecretBytes(bytes);
    bytes.fill(0);
    return secret;
  }

  /** The bytes themselves, not a copy: use them and let go. @throws SecretBytesError once wiped */
  reveal(): Uint8Array<ArrayBuffer> {
    if (this.#wiped) {
      throw new SecretBytesError("SECRET_WIPED", "The secret was wiped from memory.");
    }
    return this.#bytes;
  }

  /** @throws SecretBytesError always: a secret does not go into JSON */
  toJSON(): never {
    throw new SecretBytesError("SECRET_NOT_SERIALISABLE", "Secret bytes were about to be written out as JSON.");
  }

  toString(): string {
    return "SecretBytes(redacted)";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  [Symbol.dispose](): void {
    this.#bytes.fill(0);
    this.#wiped = true;
  }
}
