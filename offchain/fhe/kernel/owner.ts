/** Something that holds memory of a kernel until it is disposed. */
export interface Owned extends Disposable {
  readonly owner: Owner;
}

/**
 * Who answers for handles: a request, a key set, a model. Results belong to the owner of their first operand, so disposing
 * the owner of a request's inputs frees all that came of them, also after a failure half-way.
 */
export class Owner implements Disposable {
  readonly #live = new Set<Owned>();

  /** Handles not disposed yet. */
  get liveCount(): number {
    return this.#live.size;
  }

  /** Called by a handle when it comes to be. */
  adopt(handle: Owned): void {
    this.#live.add(handle);
  }

  /** Called by a handle when it is disposed. */
  dismiss(handle: Owned): void {
    this.#live.delete(handle);
  }

  /** Disposes every handle that is left. The owner can be used again. */
  dispose(): void {
    for (const handle of [...this.#live]) handle[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
