/** Ownership of WebAssembly objects. Every node-seal object is counted from `own` to `release`, so that a test can see a leak. */
import type { ClassHandle } from "node-seal";

let live = 0;

/** Number of node-seal objects that are owned and not yet released. */
export function liveSealHandles(): number {
  return live;
}

/** Takes ownership of a new object; it lives until `release`. */
export function own<T extends ClassHandle>(handle: T): T {
  live += 1;
  return handle;
}

/** Frees an owned object. A second call does nothing. */
export function release(handle: ClassHandle): void {
  if (handle.isDeleted()) return;
  handle.delete();
  live -= 1;
}

/** Owns objects for a stretch of code: `using scope = new SealScope()`. Frees them in reverse order. */
export class SealScope implements Disposable {
  readonly #handles: ClassHandle[] = [];

  /** Takes ownership until the scope ends. */
  own<T extends ClassHandle>(handle: T): T {
    this.#handles.push(own(handle));
    return handle;
  }

  /** Gives an object out of the scope: the caller owns it now. */
  give<T extends ClassHandle>(handle: T): T {
    const at = this.#handles.indexOf(handle);
    if (at < 0) throw new Error("the scope does not own this object");
    this.#handles.splice(at, 1);
    return handle;
  }

  /** Gives everything to a new scope: `using` here covers what may fail, the new one lives as long as its owner. */
  move(): SealScope {
    const moved = new SealScope();
    moved.#handles.push(...this.#handles.splice(0));
    return moved;
  }

  [Symbol.dispose](): void {
    for (const handle of this.#handles.splice(0).reverse()) release(handle);
  }
}
