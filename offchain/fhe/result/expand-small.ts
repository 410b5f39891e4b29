import { expansionMessage } from "../ring/expand.ts";
import { shakeBytes } from "../ring/shake128.ts";
import { SMALL_DEGREE, SMALL_MASK, SMALL_MODULUS } from "./small-ring.ts";

/**
 * A uniform polynomial of the small ring from a seed (docs/spec/compact-1.md, section 2): SHAKE128(seed ‖ label ‖ u32le 2^27) as 32-bit
 * little-endian words, of each the low 27 bits. Nothing is rejected, as 2^27 divides 2^32.
 *
 * @param seed 32 bytes
 * @param label ASCII
 * @returns 1,024 coefficients in [0, 2^27)
 */
export function expandSmall(seed: Uint8Array, label: string): Uint32Array {
  const bytes = shakeBytes(expansionMessage(seed, label, SMALL_MODULUS), 4 * SMALL_DEGREE);
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: SMALL_DEGREE }, (_, i) => words.getUint32(4 * i, true) & SMALL_MASK);
}
