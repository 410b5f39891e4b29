/** Joins pieces as they come, in memory that grows with their bytes: a list of pieces would grow with their number, which a stranger chooses. */
export class ByteCollector {
  #bytes = new Uint8Array(64 * 1024);
  #size = 0;

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** Appends a copy. */
  add(piece: Uint8Array): void {
    const needed = this.#size + piece.length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    this.#bytes.set(piece, this.#size);
    this.#size = needed;
  }

  /** All of it, a copy of its own size. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#size);
  }
}
