import { StorageError } from "./errors.ts";

/** Aborts a transfer through which nothing moved for a while, or which takes too long in all. */
export class Watchdog {
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  readonly #deadline: ReturnType<typeof setTimeout> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param milliseconds without a `moved` before `signal` aborts with `TRANSFER_STALLED`
   * @param most milliseconds the whole transfer may take, however much moves; without limit when omitted
   */
  constructor(milliseconds: number, most?: number) {
    this.#milliseconds = milliseconds;
    this.moved();
    if (most === undefined) return;
    this.#deadline = setTimeout(() => {
      this.#controller.abort(new StorageError("TRANSFER_STALLED", "The transfer was too slow."));
    }, most);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Bytes moved: the time starts again. */
  moved(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#controller.abort(
        new StorageError("TRANSFER_STALLED", `Nothing moved for ${Math.round(this.#milliseconds / 1000)} s.`),
      );
    }, this.#milliseconds);
  }

  /** The transfer is over. */
  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#deadline);
  }
}
