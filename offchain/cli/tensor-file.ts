/** Files of numbers an owner gives: JSON lists, or `.f32`, raw little-endian 32-bit floats as NumPy's `tofile` writes them. */
import { readFile } from "node:fs/promises";

import { malformed, unreadable } from "./errors.ts";
import { readInput } from "./input-file.ts";

/**
 * Reads numbers.
 *
 * @throws CliError `FILE_UNREADABLE`, `FILE_INVALID`
 */
export async function readNumbers(what: string, file: string): Promise<Float32Array | Float64Array> {
  if (!file.endsWith(".f32")) return readInput(file);
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw unreadable(what, file, cause);
  }
  if (bytes.length === 0 || bytes.length % 4 !== 0)
    throw malformed(what, file, "its bytes are not whole 32-bit floats");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/**
 * Reads classes: a JSON list of whole numbers from 0.
 *
 * @throws CliError `FILE_UNREADABLE`, `FILE_INVALID`
 */
export async function readLabels(file: string): Promise<number[]> {
  const labels = Array.from(await readInput(file));
  if (!labels.every((label) => Number.isSafeInteger(label) && label >= 0))
    throw malformed("labels", file, "its numbers are not whole numbers from 0");
  return labels;
}
