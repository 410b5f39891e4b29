/** Failures of the chain in a row before it is said to be out of reach. */
const UNHEALTHY_FAILURES = 3;

/** Whether the chain answers. */
export class ChainHealth {
  #failures = 0;
  #last = "";

  ok(): void {
    this.#failures = 0;
  }

  failed(reason: string): void {
    this.#failures += 1;
    this.#last = reason;
  }

  /** Why the node cannot work now, or undefined when it can. */
  reason(): string | undefined {
    return this.#failures >= UNHEALTHY_FAILURES ? this.#last : undefined;
  }
}
