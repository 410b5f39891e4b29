import type { Calls } from "../wasm-exports.ts";

/** Somebody who makes calls: the thread at hand, or one that helps it. */
export interface Hand {
  /** Whose scratch its calls use; 0 is the thread at hand. */
  readonly index: number;
  /** Functions of the module. What another thread calls may be done at any time until the work is finished, but in order. */
  readonly wasm: Calls;
  /**
   * Room for a list that the next call reads; to be written through the arena's words.
   *
   * @param words how many, at most 3,072
   * @returns its address
   */
  room(words: number): number;
}
