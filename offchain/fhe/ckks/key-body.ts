import type { Bytes32 } from "../../digest/hex.ts";
import type { KeyEntry } from "./key-need.ts";
import type { ExpandPolynomial, KeyKind } from "./key-set.ts";
import type { ParameterSet } from "./parameters.ts";
import type { SecretKey } from "./secret.ts";

/**
 * How the body of one kind of key is made, measured, checked and read. Kinds 1 and 2 are in `switching-key.ts`; those of the small ring
 * come from `fhe/result` and are passed in where packs are made or parsed.
 */
export interface KeyBody {
  /** The kinds it serves. */
  readonly kinds: readonly KeyKind[];
  /**
   * The exact size of a body.
   *
   * @param entry from outside: kind is one of `kinds`, all else unchecked
   * @throws KeyPackError when no such key exists for the set (gadget, level, element)
   */
  bytes(entry: KeyEntry, params: ParameterSet): number;
  /**
   * Makes the body; the same key set gives the same bytes.
   *
   * @param expand makes uniform halves modulo several primes
   */
  make(secret: SecretKey, keySet: Bytes32, entry: KeyEntry, expand: ExpandPolynomial): Uint8Array;
  /**
   * Checks a body of the right size from outside.
   *
   * @throws KeyPackError or another CloakworkError when a residue is out of range
   */
  check(body: Uint8Array, entry: KeyEntry, params: ParameterSet): void;
  /**
   * The expanded key, for its root: digit by digit, b then a, limb by limb. Each array is whoever's reads it, and may be released before the next is
   * asked for.
   *
   * @param body a checked body
   * @param expand as for `make`
   */
  residues(
    body: Uint8Array,
    entry: KeyEntry,
    params: ParameterSet,
    keySet: Bytes32,
    expand: ExpandPolynomial,
  ): Iterable<Uint32Array>;
}
