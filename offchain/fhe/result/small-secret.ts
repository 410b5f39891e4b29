import type { Bytes32 } from "../../digest/hex.ts";
import { concatBytes } from "../../digest/bytes.ts";
import { KEY_KINDS, keyContext } from "../ckks/key-set.ts";
import { sampleTernary } from "../ckks/sampling.ts";
import { errorSource, SecretKeyError, type SecretKey } from "../ckks/secret.ts";
import { SMALL_DEGREE } from "./small-ring.ts";

const PURPOSE = new TextEncoder().encode("secret");

interface Material {
  /** Coefficients in {−1, 0, 1}. */
  readonly coefficients: Int8Array;
  wiped: boolean;
}

let make: (keySet: Bytes32, coefficients: Int8Array) => SmallSecret;
let reveal: (secret: SmallSecret) => Material;

/** The secret s′ of one key set in the small ring. As secret as the large one: with the switch key each follows from the other. */
export class SmallSecret implements Disposable {
  readonly #material: Material;
  readonly #keySet: Bytes32;

  static {
    make = (keySet, coefficients) => new SmallSecret(keySet, { coefficients, wiped: false });
    reveal = (secret) => {
      if (secret.#material.wiped) {
        throw new SecretKeyError("SECRET_WIPED", "The small secret was wiped from memory.", "Unlock the vault again.");
      }
      return secret.#material;
    };
  }

  private constructor(keySet: Bytes32, material: Material) {
    this.#keySet = keySet;
    this.#material = material;
  }

  /** The key set it belongs to. */
  get keySet(): Bytes32 {
    return this.#keySet;
  }

  /** @throws SecretKeyError always: a secret does not go into JSON */
  toJSON(): never {
    throw new SecretKeyError(
      "SECRET_NOT_SERIALISABLE",
      "A small secret was about to be written out as JSON.",
      "Store the secret key through the vault; the small secret follows from it.",
    );
  }

  toString(): string {
    return "SmallSecret(redacted)";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** Overwrites the secret in memory. Any later use throws. */
  [Symbol.dispose](): void {
    this.#material.coefficients.fill(0);
    this.#material.wiped = true;
  }
}

/**
 * The small secret of a key set, which follows from the secret key: a restored backup opens old results, and making the keys again gives the same
 * bytes (docs/spec/compact-1.md, section 2).
 *
 * @param key the large secret
 * @param keySet its key set
 */
export function deriveSmallSecret(key: SecretKey, keySet: Bytes32): SmallSecret {
  const source = errorSource(key, concatBytes(keyContext(keySet, KEY_KINDS.switch, SMALL_DEGREE), PURPOSE));
  return make(keySet, sampleTernary(SMALL_DEGREE, source));
}

/**
 * The coefficients themselves. For this folder alone; must be neither kept nor changed.
 *
 * @returns 1,024 values in {−1, 0, 1}
 */
export function smallSecretCoefficients(secret: SmallSecret): Int8Array {
  return reveal(secret).coefficients;
}
