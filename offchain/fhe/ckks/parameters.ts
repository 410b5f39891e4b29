/**
 * CKKS parameter sets. A set is validated once, by `parameterSet`, and then trusted everywhere.
 *
 * Security: HomomorphicEncryption.org standard (2018), table 1, uniform ternary secret, classical 128 bits. The bound holds for
 * log2 of *all* primes a key lives under, special primes included. Nothing below it can be built.
 */
import { concatBytes } from "../../digest/bytes.ts";
import { canonicalBytes } from "../../digest/canonical-json.ts";
import { toHex, type Bytes32 } from "../../digest/hex.ts";
import { sha256 } from "../../digest/sha256.ts";
import { CloakworkError } from "../../errors.ts";
import { MODULUS_BOUND } from "../ring/modular.ts";
import { isPrime } from "../ring/primes.ts";

/** Largest log2(q·P), in bits, for which a ternary secret of ring degree N keeps 128-bit security. */
export const MAX_MODULUS_BITS: Readonly<Record<number, number>> = {
  1024: 27,
  2048: 54,
  4096: 109,
  8192: 218,
  16384: 438,
  32768: 881,
};

/** A ring degree with its primes, in the order residues are stored: data primes first, special primes last. */
export interface ParameterSet {
  readonly version: 1;
  /** Name for people, e.g. `n8192-d6-s1`. The digest, not the name, identifies the set. */
  readonly id: string;
  /** Ring degree N, a power of two; a ciphertext has N/2 slots. */
  readonly n: number;
  /** Data primes q_0 … q_{L−1}, NTT-friendly (≡ 1 mod 2N), below 2^30. q_0 is the last to remain. */
  readonly data: readonly number[];
  /** Special primes, used by key switching only. */
  readonly special: readonly number[];
  /** Digits of the key-switch decomposition: each group lists indices of data primes lifted together. */
  readonly groups: readonly (readonly number[])[];
}

/** A parameter set was refused. */
export class ParameterError extends CloakworkError {
  constructor(reason: string) {
    super("PARAMS_INVALID", `The parameter set was refused: ${reason}.`, "Use one of the named parameter sets.");
  }
}

const FIELDS = ["data", "groups", "id", "n", "special", "version"];
const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;
const DIGEST_DOMAIN = new TextEncoder().encode("cloakwork/params/1");

/**
 * Validates a parameter set. Every other function trusts the sets it gets to have passed here.
 *
 * @param literal a value of any origin
 * @returns a deeply frozen copy with exactly the fields of `ParameterSet`
 * @throws ParameterError when a field is missing, unknown or malformed; when a prime is no prime, not ≡ 1 mod 2N, not below 2^30 or repeated;
 *   when the groups do not list the data primes once each in order; or when the primes together exceed the security bound of N
 */
export function parameterSet(literal: unknown): ParameterSet {
  if (typeof literal !== "object" || literal === null || Array.isArray(literal)) refuse("it is not an object");
  const fields = literal as Partial<Record<keyof ParameterSet, unknown>>;
  if (Object.keys(fields).sort().join() !== FIELDS.join()) refuse(`its fields are not exactly ${FIELDS.join(", ")}`);
  const { version, id, n } = fields;
  if (version !== 1) refuse("its version is not 1");
  if (typeof id !== "string" || !ID.test(id)) refuse("its id is not lower-case letters, digits and dashes, at most 64");
  if (typeof n !== "number" || !Object.hasOwn(MAX_MODULUS_BITS, n)) {
    refuse(`its ring degree is not one of ${Object.keys(MAX_MODULUS_BITS).join(", ")}`);
  }
  // The security bound allows fewer than 64 primes in all; the cap keeps a hostile list from costing time.
  const data = integers(fields.data, "data primes", 64);
  const special = integers(fields.special, "special primes", 64);
  const primes = [...data, ...special];
  for (const prime of primes) checkPrime(prime, n);
  if (new Set(primes).size !== primes.length) refuse("a prime appears twice");
  const bits = modulusBits({ data, special });
  if (bits > MAX_MODULUS_BITS[n]) {
    refuse(
      `${bits.toFixed(1)} bits of primes leave less than 128-bit security at N = ${n}, where ${MAX_MODULUS_BITS[n]} are allowed`,
    );
  }
  const groups = checkGroups(fields.groups, data.length);
  return Object.freeze({ version, id, n, data, special, groups });
}

function checkPrime(prime: number, n: number): void {
  if (prime < 2 || prime >= MODULUS_BOUND || !isPrime(prime)) refuse(`${prime} is not a prime below 2^30`);
  if (prime % (2 * n) !== 1) refuse(`${prime} is not 1 modulo 2N`);
}

function checkGroups(value: unknown, primes: number): readonly (readonly number[])[] {
  if (!Array.isArray(value) || value.length > primes) refuse("its groups are not a list of lists of data primes");
  const groups = (value as readonly unknown[]).map((group) => integers(group, "primes in a group", primes));
  const order = groups.flat();
  if (order.length !== primes || order.some((index, position) => index !== position)) {
    refuse("its groups do not list every data prime once, in order");
  }
  return Object.freeze(groups);
}

function integers(value: unknown, what: string, most: number): readonly number[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > most) refuse(`it needs 1 to ${most} ${what}`);
  const list = value as readonly unknown[];
  const checked = list.filter((item): item is number => Number.isSafeInteger(item));
  if (checked.length !== list.length) refuse(`its ${what} are not all integers`);
  return Object.freeze(checked);
}

function refuse(reason: string): never {
  throw new ParameterError(reason);
}

/**
 * The identity of a parameter set (docs/formats.md, section 3): SHA-256(`"cloakwork/params/1"` ‖ canonical JSON).
 *
 * @param set a validated set
 */
export function paramsDigest(set: ParameterSet): Bytes32 {
  const { version, id, n, data, special, groups } = set;
  return toHex(sha256(concatBytes(DIGEST_DOMAIN, canonicalBytes({ version, id, n, data, special, groups }))));
}

/** Whether two sets are the same: by digest, unless they are one object. */
export function equalParams(a: ParameterSet, b: ParameterSet): boolean {
  return a === b || paramsDigest(a) === paramsDigest(b);
}

/**
 * Sum of log2 of all primes, special primes included.
 *
 * @returns bits, not rounded
 */
export function modulusBits(set: Pick<ParameterSet, "data" | "special">): number {
  return [...set.data, ...set.special].reduce((bits, prime) => bits + Math.log2(prime), 0);
}
