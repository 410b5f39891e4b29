import type { ByteStream } from "../digest/bytes.ts";

/** Reads exact numbers of bytes from a stream that is cut anywhere, holding no more than one piece and what was asked for. */
export class ChunkReader {
  readonly #source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(source: ByteStream) {
    this.#source = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /**
   * Reads bytes, fewer only where the stream ends.
   *
   * @param count bytes wanted
   * @returns a new array of `count` bytes or fewer
   */
  async read(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const out = new Uint8Array(count);
    let filled = 0;
    while (filled < count && (await this.#fill())) {
      const take = Math.min(this.#piece.length, count - filled);
      out.set(this.#piece.subarray(0, take), filled);
      this.#piece = this.#piece.subarray(take);
      filled += take;
    }
    return filled === count ? out : out.slice(0, filled);
  }

  /** Whether the stream has no more bytes. */
  async atEnd(): Promise<boolean> {
    return !(await this.#fill());
  }

  /** Lets the source release what it holds. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#source.return?.();
  }

  /** Makes sure that there is a piece with bytes in it. @returns false at the end */
  async #fill(): Promise<boolean> {
    while (this.#piece.length === 0) {
      if (this.#ended) return false;
      const next = await this.#source.next();
      if (next.done === true) this.#ended = true;
      else this.#piece = next.value;
    }
    return true;
  }
}
