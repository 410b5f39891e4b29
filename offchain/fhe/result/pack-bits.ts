/** Coefficients at a fixed width: coefficient i occupies bits w·i … w·i + w − 1 of a little-endian bit string (docs/spec/compact-1.md, section 2). */

/** Bytes that `count` coefficients of `width` bits take. */
export function packedBytes(count: number, width: number): number {
  return Math.ceil((count * width) / 8);
}

/**
 * Packs coefficients.
 *
 * @param values integers in [0, 2^width)
 * @param width bits a coefficient, 1 … 31
 * @param out receives them from its first byte; zero beforehand, at least `packedBytes` long
 */
export function packBits(values: Uint32Array, width: number, out: Uint8Array): void {
  for (let i = 0, at = 0; i < values.length; i++, at += width) {
    for (let done = 0; done < width;) {
      const bit = (at + done) & 7;
      out[(at + done) >>> 3] |= (values[i] >>> done) << bit;
      done += Math.min(8 - bit, width - done);
    }
  }
}

/**
 * Unpacks coefficients.
 *
 * @param bytes `packedBytes(count, width)` bytes
 * @param width bits a coefficient, 1 … 31
 * @returns the coefficients, or undefined when the length differs or a bit after the last coefficient is set
 */
export function unpackBits(bytes: Uint8Array, count: number, width: number): Uint32Array | undefined {
  const total = count * width;
  if (bytes.length !== packedBytes(count, width)) return undefined;
  if (total % 8 !== 0 && bytes[bytes.length - 1] >> (total % 8) !== 0) return undefined;
  const out = new Uint32Array(count);
  for (let i = 0, at = 0; i < count; i++, at += width) {
    let value = 0;
    for (let got = 0; got < width;) {
      const bit = (at + got) & 7;
      const take = Math.min(8 - bit, width - got);
      value |= ((bytes[(at + got) >>> 3] >> bit) & ((1 << take) - 1)) << got;
      got += take;
    }
    out[i] = value;
  }
  return out;
}
