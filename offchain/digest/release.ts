/**
 * Gives the memory of an array back at once: until the collector came to them, the large pieces of one piece of work would stay in memory together.
 * The array is empty afterwards. One that shares its buffer with others is left as it is.
 *
 * @param array nobody reads any more
 */
export function release({ buffer, byteLength }: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength && byteLength > 0) buffer.transfer(0);
}
