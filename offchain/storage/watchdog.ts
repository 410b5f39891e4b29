import { StorageError } from "./errors.ts";

/** Aborts a transfer through which nothing moved for a while. */
export class Watchdog {
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param milliseconds without a `moved` before `signal` aborts with `TRANSFER_STALLED` */
  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
    this.moved();
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
  }
}
