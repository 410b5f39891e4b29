/**
 * Residues at 30 bits (docs/formats.md, section 8): residue k occupies bits 30k … 30k + 29 of a little-endian bit string.
 * Four residues are fifteen bytes.
 */
import { ResidueFormatError } from "./errors.ts";

/**
 * Bytes taken by a polynomial.
 *
 * @param n number of residues, a multiple of 4
 */
export function packed30Bytes(n: number): number {
  return (n / 4) * 15;
}

/**
 * Packs residues.
 *
 * @param residues residues below `prime`, their number a multiple of 4
 * @param prime their modulus, below 2^30
 * @returns 30 bits a residue
 * @throws ResidueFormatError when a residue is not below the prime, or their number is no multiple of 4
 */
export function pack30(residues: Uint32Array, prime: number): Uint8Array {
  const n = residues.length;
  if (n % 4 !== 0) throw new ResidueFormatError(`${n} residues do not fill whole bytes`);
  const out = new Uint8Array(packed30Bytes(n));
  for (let i = 0, o = 0; i < n; i += 4, o += 15) {
    const a = residues[i];
    const b = residues[i + 1];
    const c = residues[i + 2];
    const d = residues[i + 3];
    if (a >= prime || b >= prime || c >= prime || d >= prime) throw outOfRange(i);
    out[o] = a;
    out[o + 1] = a >>> 8;
    out[o + 2] = a >>> 16;
    out[o + 3] = (a >>> 24) | (b << 6);
    out[o + 4] = b >>> 2;
    out[o + 5] = b >>> 10;
    out[o + 6] = b >>> 18;
    out[o + 7] = (b >>> 26) | (c << 4);
    out[o + 8] = c >>> 4;
    out[o + 9] = c >>> 12;
    out[o + 10] = c >>> 20;
    out[o + 11] = (c >>> 28) | (d << 2);
    out[o + 12] = d >>> 6;
    out[o + 13] = d >>> 14;
    out[o + 14] = d >>> 22;
  }
  return out;
}

/**
 * Unpacks residues and refuses any that is not below the prime.
 *
 * @param bytes exactly `packed30Bytes(n)` bytes
 * @param prime modulus, below 2^30
 * @param n number of residues, a multiple of 4
 * @param out where they go, n words; an array of their own if not given
 * @returns n residues in [0, prime)
 * @throws ResidueFormatError when the length is wrong or a residue is out of range
 */
export function unpack30<B extends ArrayBufferLike = ArrayBuffer>(
  bytes: Uint8Array,
  prime: number,
  n: number,
  out: Uint32Array<B | ArrayBuffer> = new Uint32Array(n),
): Uint32Array<B | ArrayBuffer> {
  if (n % 4 !== 0 || bytes.length !== packed30Bytes(n)) {
    throw new ResidueFormatError(`${bytes.length} bytes cannot hold ${n} residues of 30 bits`);
  }
  for (let i = 0, o = 0; i < n; i += 4, o += 15) {
    const b3 = bytes[o + 3];
    const b7 = bytes[o + 7];
    const b11 = bytes[o + 11];
    const a = bytes[o] | (bytes[o + 1] << 8) | (bytes[o + 2] << 16) | ((b3 & 0x3f) << 24);
    const b = (b3 >> 6) | (bytes[o + 4] << 2) | (bytes[o + 5] << 10) | (bytes[o + 6] << 18) | ((b7 & 0x0f) << 26);
    const c = (b7 >> 4) | (bytes[o + 8] << 4) | (bytes[o + 9] << 12) | (bytes[o + 10] << 20) | ((b11 & 0x03) << 28);
    const d = (b11 >> 2) | (bytes[o + 12] << 6) | (bytes[o + 13] << 14) | (bytes[o + 14] << 22);
    if (a >= prime || b >= prime || c >= prime || d >= prime) throw outOfRange(i);
    out[i] = a;
    out[i + 1] = b;
    out[i + 2] = c;
    out[i + 3] = d;
  }
  return out;
}

function outOfRange(first: number): ResidueFormatError {
  return new ResidueFormatError(`a residue among ${first} to ${first + 3} is not below its prime`);
}
