/** One line of a hex dump. */
export interface HexRow {
  /** Offset of the first byte, eight hexadecimal digits. */
  readonly offset: string;
  /** Bytes in groups of four, two hexadecimal digits each. */
  readonly groups: readonly string[];
}

/**
 * Bytes as lines of sixteen.
 *
 * @param bytes the whole object
 * @param from offset of the first line, a multiple of 16
 * @param rows lines at most
 */
export function hexRows(bytes: Uint8Array, from: number, rows: number): HexRow[] {
  const lines: HexRow[] = [];
  for (let start = from; start < bytes.length && lines.length < rows; start += 16) {
    const line = bytes.subarray(start, start + 16);
    const groups: string[] = [];
    for (let at = 0; at < line.length; at += 4) {
      groups.push(Array.from(line.subarray(at, at + 4), (byte) => byte.toString(16).padStart(2, "0")).join(" "));
    }
    lines.push({ offset: start.toString(16).padStart(8, "0"), groups });
  }
  return lines;
}

/** A field at the head of a binary format (docs/formats.md). */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

const ascii = new TextDecoder("latin1");
const hexOf = (bytes: Uint8Array): string =>
  `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;

/**
 * What the first bytes of a ciphertext or key pack say in the clear: everybody can read this much.
 *
 * @returns the fields in the order they stand, or nothing for bytes of another kind
 */
export function headerFields(bytes: Uint8Array): HeaderField[] {
  if (bytes.length < 80) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = ascii.decode(bytes.subarray(0, 4));
  if (magic === "CWCT" && bytes.length >= 112) {
    return [
      { name: "Kind", value: "ciphertext" },
      { name: "Components", value: String(view.getUint8(5)) },
      { name: "Level", value: String(view.getUint8(6)) },
      { name: "Scale", value: view.getBigUint64(8, true).toString() },
      { name: "Parameter set", value: hexOf(bytes.subarray(16, 48)) },
      { name: "Key set", value: hexOf(bytes.subarray(48, 80)) },
      { name: "Nonce", value: hexOf(bytes.subarray(80, 112)) },
    ];
  }
  if (magic === "CWKP") {
    return [
      { name: "Kind", value: "evaluation keys" },
      { name: "Entries", value: String(view.getUint16(6, true)) },
      { name: "Parameter set", value: hexOf(bytes.subarray(8, 40)) },
      { name: "Key set", value: hexOf(bytes.subarray(40, 72)) },
    ];
  }
  return [];
}
