/**
 * An integer as big-endian bytes.
 *
 * @throws RangeError when it does not fit
 */
export function unsigned(value: bigint, bytes: number): Uint8Array {
  if (value < 0n || value >= 1n << BigInt(8 * bytes))
    throw new RangeError(`a field of ${bytes} bytes cannot hold this number`);
  const out = new Uint8Array(bytes);
  for (let i = bytes - 1, rest = value; i >= 0; i--, rest >>= 8n) out[i] = Number(rest & 0xffn);
  return out;
}
