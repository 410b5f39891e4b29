/** Which blobs of a store may go when room is needed: those nobody asked for lately and nobody holds, the longest unused first. */
import type { Bytes32 } from "../digest/hex.ts";

interface Kept {
  size: number;
  /** Unix milliseconds. */
  usedAt: number;
}

export class Retention {
  /** In the order of their last use, the longest unused first. */
  readonly #kept = new Map<Bytes32, Kept>();
  /** Until when a blob stays whatever happens, Unix milliseconds. */
  readonly #holds = new Map<Bytes32, number>();
  readonly #idleMs: number;

  /** @param idleMs a blob used within this time stays */
  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  /** What was there before, in any order. Called once, before anything else. */
  begin(blobs: Iterable<{ readonly root: Bytes32; readonly size: number; readonly usedAt: number }>): void {
    for (const { root, size, usedAt } of [...blobs].sort((a, b) => a.usedAt - b.usedAt))
      this.#kept.set(root, { size, usedAt });
  }

  /** A blob was stored. */
  stored(root: Bytes32, size: number, now: number): void {
    this.#kept.delete(root);
    this.#kept.set(root, { size, usedAt: now });
  }

  /** A blob was read or asked for. @returns the time since it was used before, in milliseconds; 0 for one that is not there */
  used(root: Bytes32, now: number): number {
    const kept = this.#kept.get(root);
    if (kept === undefined) return 0;
    this.stored(root, kept.size, now);
    return now - kept.usedAt;
  }

  /** A blob is gone. A hold on it stays: it may come back. */
  gone(root: Bytes32): void {
    this.#kept.delete(root);
  }

  /** Keeps a blob until then at least, whether it is there yet or not. */
  hold(root: Bytes32, until: number): void {
    this.#holds.set(root, Math.max(until, this.#holds.get(root) ?? 0));
  }

  /**
   * What to remove for room.
   *
   * @param bytes to be freed
   * @returns roots, the longest unused first; fewer bytes than asked for when no more may go
   */
  removable(bytes: number, now: number): Bytes32[] {
    const chosen: Bytes32[] = [];
    let freed = 0;
    for (const [root, until] of this.#holds) if (until <= now) this.#holds.delete(root);
    for (const [root, { size, usedAt }] of this.#kept) {
      if (freed >= bytes || now - usedAt < this.#idleMs) break;
      if (this.#holds.has(root)) continue;
      chosen.push(root);
      freed += size;
    }
    return freed >= bytes ? chosen : [];
  }
}
