/** Ownership of WebAssembly objects. Every node-seal object is counted from `own` to `release`, so that a test can see a leak. */
import type { ClassHandle } from "node-seal";

const live = new Set<ClassHandle>();

/** Number of node-seal objects that are owned and not yet released. */
export function liveSealHandles(): number {
  return live.size;
}

/** Takes ownership of an object, new or handed over; it lives until `release`. */
export function own<T extends ClassHandle>(handle: T): T {
  live.add(handle);
  return handle;
}

/** Frees an owned object. A second call does nothing. */
export function release(handle: ClassHandle): void {
  if (live.delete(handle)) handle.delete();
}

/** Owns objects for a stretch of code: `using scope = new SealScope()`. Frees them in reverse order. */
export class SealScope implements Disposable {
  readonly #held = new Map<object, () => void>();

  /** Takes ownership of a node-seal object until the scope ends. */
  own<T extends ClassHandle>(handle: T): T {
    this.#held.set(own(handle), () => {
      release(handle);
    });
    return handle;
  }

  /** Disposes something else with the scope. */
  hold(resource: Disposable): void {
    this.#held.set(resource, () => {
      resource[Symbol.dispose]();
    });
  }

  /** Gives an object out of the scope: the caller owns it now. */
  give<T extends ClassHandle>(handle: T): T {
    if (!this.#held.delete(handle)) throw new Error("the scope does not own this object");
    return handle;
  }

  /** Gives everything to a new scope: `using` here covers what may fail, the new one lives as long as its owner. */
  move(): SealScope {
    const moved = new SealScope();
    for (const [held, free] of this.#held) moved.#held.set(held, free);
    this.#held.clear();
    return moved;
  }

  [Symbol.dispose](): void {
    const frees = [...this.#held.values()].reverse();
    this.#held.clear();
    for (const free of frees) free();
  }
}
