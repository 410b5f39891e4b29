/** A stream of byte strings, cut anywhere. */
export type ByteStream = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Joins byte strings into a new one. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Whether two byte strings are equal. Not constant time: for public values only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * Writes an integer as 8 bytes, big-endian, as Solidity packs a uint64.
 *
 * @param value integer in [0, 2^53)
 * @throws RangeError when it is not
 */
export function writeU64(out: Uint8Array, offset: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError("a u64 is written from a non-negative integer");
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  view.setUint32(offset, Math.floor(value / 2 ** 32), false);
  view.setUint32(offset + 4, value % 2 ** 32, false);
}

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * The little-endian bytes of 32-bit words, without copying.
 *
 * @throws Error on a big-endian machine, where a view would not be the format
 */
export function wordBytes(words: Uint32Array): Uint8Array {
  if (!LITTLE_ENDIAN) throw new Error("residues are little-endian, and this machine is not");
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
