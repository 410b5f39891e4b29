import type { ByteStream } from "./bytes.ts";

/**
 * Gathers a stream of at most `size` bytes for a while. The buffer is a resizable one, whose memory the system gives and takes back whole: of memory from
 * malloc a process keeps, from the first large piece it gave back on, up to twice as much as that for itself (mallopt(3), M_MMAP_THRESHOLD).
 *
 * @param source pieces of any size
 * @returns as many bytes as there were
 * @throws RangeError when there are more
 */
export async function gather(source: ByteStream, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = new ArrayBuffer(size, { maxByteLength: size });
  const out = new Uint8Array(buffer);
  let filled = 0;
  for await (const piece of source) {
    out.set(piece, filled);
    filled += piece.length;
  }
  buffer.resize(filled);
  return out;
}
