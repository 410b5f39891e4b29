/**
 * The secret key: an opaque value that no serialiser, logger or inspector can read. Its bytes leave only through `exportSecret`, for the
 * vault, which encrypts them.
 */
import { concatBytes, equalBytes } from "../../digest/bytes.ts";
import { fromHex } from "../../digest/hex.ts";
import { CloakworkError } from "../../errors.ts";
import { paramsDigest, type ParameterSet } from "./parameters.ts";
import { limb, signedResidues, transformsOf } from "./residues.ts";
import { platformRandom, sampleTernary, seededSource, type RandomSource } from "./sampling.ts";

/** A secret key was about to be exposed (`SECRET_NOT_SERIALISABLE`), is no longer there (`SECRET_WIPED`), or bytes are not a key (`SECRET_FORMAT`). */
export class SecretKeyError extends CloakworkError {}

interface Material {
  /** Coefficients in {−1, 0, 1}. */
  readonly coefficients: Int8Array;
  /** 32 bytes from which the errors of keys are expanded, see `errorSource`. */
  readonly errorSeed: Uint8Array;
  /** NTT form modulo every prime of the set, limb by limb; made at first use. */
  residues: Uint32Array | undefined;
  wiped: boolean;
}

let make: (params: ParameterSet, coefficients: Int8Array, errorSeed: Uint8Array) => SecretKey;
let reveal: (key: SecretKey) => Material;

/** A ternary secret of one parameter set. Made by `generateSecret` or `importSecret`. Disposing it overwrites it. */
export class SecretKey implements Disposable {
  readonly #params: ParameterSet;
  readonly #material: Material;

  static {
    make = (params, coefficients, errorSeed) =>
      new SecretKey(params, { coefficients, errorSeed, residues: undefined, wiped: false });
    reveal = (key) => {
      if (key.#material.wiped)
        throw new SecretKeyError("SECRET_WIPED", "The secret key was wiped from memory.", "Unlock the vault again.");
      return key.#material;
    };
  }

  private constructor(params: ParameterSet, material: Material) {
    this.#params = params;
    this.#material = material;
  }

  /** The parameter set the key belongs to. */
  get params(): ParameterSet {
    return this.#params;
  }

  /** @throws SecretKeyError always: a secret does not go into JSON */
  toJSON(): never {
    throw new SecretKeyError(
      "SECRET_NOT_SERIALISABLE",
      "A secret key was about to be written out as JSON.",
      "Store it through the vault, which encrypts it.",
    );
  }

  toString(): string {
    return "SecretKey(redacted)";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** Overwrites the key in memory. Any later use throws. */
  [Symbol.dispose](): void {
    this.#material.coefficients.fill(0);
    this.#material.errorSeed.fill(0);
    this.#material.residues?.fill(0);
    this.#material.wiped = true;
  }
}

/**
 * Makes a secret key.
 *
 * @param random source of the secret; the platform's generator unless a test says otherwise
 */
export function generateSecret(params: ParameterSet, random: RandomSource = platformRandom): SecretKey {
  const coefficients = sampleTernary(params.n, random);
  const errorSeed = new Uint8Array(32);
  random(errorSeed);
  return make(params, coefficients, errorSeed);
}

/**
 * The coefficients of the secret, a copy to be overwritten after use. For `fhe/` alone.
 *
 * @returns N values in {−1, 0, 1}
 */
export function secretCoefficients(key: SecretKey): Int8Array {
  return reveal(key).coefficients.slice();
}

/**
 * The secret in NTT form modulo every prime of its set, data primes first. For `fhe/` alone; must not be changed.
 *
 * @returns limb by limb, (data + special) × N
 */
export function secretResidues(key: SecretKey): Uint32Array {
  const material = reveal(key);
  if (material.residues === undefined) {
    const { params } = key;
    const transforms = transformsOf(params, params.data.length, "QP");
    const residues = new Uint32Array(transforms.length * params.n);
    transforms.forEach((ntt, i) => {
      ntt.forward(signedResidues(material.coefficients, ntt.q, limb(residues, i, params.n)));
    });
    material.residues = residues;
  }
  return material.residues;
}

const ERROR_DOMAIN = new TextEncoder().encode("cloakwork/key/e/1");

/**
 * The source of a key's errors: SHAKE256(domain ‖ error seed ‖ context).
 *
 * A key's `a` follows from the key set (docs/formats.md, section 5), so making the same key again with fresh errors would give a second
 * sample under the same `a`; enough of them average the error away. Errors therefore follow from the secret: the same key is the same bytes.
 *
 * @param context what the errors are for, of one fixed length a kind of use: key set, kind, element, digit
 */
export function errorSource(key: SecretKey, context: Uint8Array): RandomSource {
  return seededSource(ERROR_DOMAIN, reveal(key).errorSeed, context);
}

const MAGIC = new TextEncoder().encode("CWSK");
const HEADER_BYTES = 40;

/**
 * The secret as bytes, for the vault alone: whoever holds them reads every input and result.
 *
 * `"CWSK"`, version u8 = 1, zero ×3, paramsDigest (32), error seed (32), then two bits a coefficient (value + 1), four a byte, lowest first.
 */
export function exportSecret(key: SecretKey): Uint8Array<ArrayBuffer> {
  const { coefficients, errorSeed } = reveal(key);
  const packed = new Uint8Array(coefficients.length / 4);
  for (let i = 0; i < coefficients.length; i++) packed[i >> 2] |= (coefficients[i] + 1) << (2 * (i & 3));
  const bytes = concatBytes(secretHeader(key.params), errorSeed, packed);
  packed.fill(0);
  return bytes;
}

/**
 * Reads what `exportSecret` wrote.
 *
 * @param bytes decrypted by the vault
 * @param params the set the key is expected to belong to
 * @throws SecretKeyError when the bytes are no key of that set
 */
export function importSecret(bytes: Uint8Array, params: ParameterSet): SecretKey {
  const start = HEADER_BYTES + 32;
  if (bytes.length !== start + params.n / 4) throw malformed("its length is not that of a key of this parameter set");
  if (!equalBytes(bytes.subarray(0, HEADER_BYTES), secretHeader(params))) {
    throw malformed("its header is not that of a key of this parameter set");
  }
  const coefficients = new Int8Array(params.n);
  let excess = 0;
  for (let i = 0; i < coefficients.length; i++) {
    const code = (bytes[start + (i >> 2)] >> (2 * (i & 3))) & 3;
    excess |= code & (code >> 1);
    coefficients[i] = code - 1;
  }
  if (excess !== 0) throw malformed("a coefficient is not ternary");
  return make(params, coefficients, bytes.slice(HEADER_BYTES, start));
}

function secretHeader(params: ParameterSet): Uint8Array {
  return concatBytes(MAGIC, Uint8Array.of(1, 0, 0, 0), fromHex(paramsDigest(params)));
}

function malformed(reason: string): SecretKeyError {
  return new SecretKeyError(
    "SECRET_FORMAT",
    `These bytes are not the expected secret key: ${reason}.`,
    "Restore the key from a backup.",
  );
}
