/**
 * The codes a node rejects an input or keys with on chain (docs/formats.md, section 11). They follow from the bytes and the plan alone, so every
 * node finds the same one, and a wrong rejection can be challenged like a wrong result.
 */

/** Number of each parser error. Never renumber: a challenge years later compares them. */
export const REJECT_CODES: Readonly<Record<string, number>> = {
  CIPHERTEXT_TRUNCATED: 1,
  CIPHERTEXT_OVERSIZED: 2,
  CIPHERTEXT_MAGIC: 3,
  CIPHERTEXT_VERSION: 4,
  CIPHERTEXT_COMPONENTS: 5,
  CIPHERTEXT_PARAMS: 6,
  CIPHERTEXT_KEY_SET: 7,
  CIPHERTEXT_LEVEL: 8,
  CIPHERTEXT_SCALE: 9,
  CIPHERTEXT_NONCE: 10,
  CIPHERTEXT_RESIDUE: 11,
  CIPHERTEXT_TRANSPARENT: 12,
  /** The expanded input does not have the residues root the request names. */
  INPUT_ROOT: 20,
  BATCH_INPUT_TRUNCATED: 31,
  BATCH_INPUT_OVERSIZED: 32,
  BATCH_INPUT_MAGIC: 33,
  BATCH_INPUT_VERSION: 34,
  BATCH_INPUT_COUNT: 35,
  BATCH_INPUT_PARAMS: 36,
  BATCH_INPUT_KEY_SET: 37,
  /** Two ciphertexts of a batch have the same nonce. */
  BATCH_INPUT_NONCE: 38,
  PACK_TRUNCATED: 101,
  PACK_OVERSIZED: 102,
  PACK_MAGIC: 103,
  PACK_VERSION: 104,
  PACK_PARAMS: 105,
  PACK_KEY_SET: 106,
  PACK_TABLE: 107,
  PACK_ORDER: 108,
  PACK_KIND: 109,
  PACK_GADGET: 110,
  PACK_LEVEL: 111,
  PACK_ELEMENT: 112,
  PACK_SIZE: 113,
  PACK_RESIDUE: 114,
  /** The expanded pack does not have the residues root the registry names. */
  PACK_ROOT: 120,
  /** The plan needs a key that no pack holds at its level. */
  KEY_MISSING: 121,
};

const NAMES = new Map(Object.entries(REJECT_CODES).map(([name, code]) => [code, name]));

/** @returns the parser error a code stands for, or undefined for a code of a later version */
export function rejectName(code: number): string | undefined {
  return NAMES.get(code);
}
