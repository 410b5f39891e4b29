import type { Arena } from "../arena.ts";
import { KernelThreadError } from "../errors.ts";
import { CALLS, type CallName, type Calls } from "../wasm-exports.ts";
import type { Hand } from "./hand.ts";
import {
  claim,
  claimOf,
  CONTROL_WORDS,
  DONE,
  END,
  FAILED,
  HEAD,
  HELPER_SLEEPS,
  MOST_ARGUMENTS,
  MOST_PART_WORDS,
  OPEN,
  OWNER_SLEEPS,
  OWNERS,
  PART,
  RING_WORDS,
  SKIP,
  TAIL,
} from "./queue-layout.ts";

/** How often the owner looks whether its helper is done before it sleeps. */
const LOOKS = 4000;

/** Longest sleep at once, in milliseconds. */
const NAP_MS = 50;

/** Parts are numbered modulo this. */
const PARTS = 2 ** 30;

/** The owner's end of a queue: a hand whose calls are written down for another thread to make. */
export class Queue implements Hand {
  readonly index: number;
  readonly wasm: Calls;
  /** Where the queue is. */
  readonly address: number;
  readonly #arena: Arena;
  readonly #control: Int32Array;
  readonly #patienceMs: number;
  readonly #mayBlock: boolean;
  #head = 0;
  #part = 0;
  /** Words written of the part at hand, and whether it became too large. */
  #written = 0;
  #full = false;

  /**
   * @param index whose scratch its calls use
   * @param arena of shared memory
   * @param patienceMs how long a part may take; beyond, the helper counts as dead
   */
  constructor(index: number, arena: Arena, patienceMs: number) {
    this.index = index;
    this.address = arena.take(4 * (CONTROL_WORDS + RING_WORDS + MOST_ARGUMENTS));
    arena.words.fill(0, this.address / 4, this.address / 4 + CONTROL_WORDS);
    this.#arena = arena;
    this.#control = new Int32Array(arena.memory.buffer, this.address, CONTROL_WORDS);
    this.#patienceMs = patienceMs;
    this.#mayBlock = mayBlock(this.#control);
    const calls = CALLS.map((name, call): [CallName, (...words: number[]) => void] => [
      name,
      (...words) => {
        this.#write(call, words.length, words);
      },
    ]);
    this.wasm = Object.fromEntries(calls) as Calls;
  }

  room(words: number): number {
    return 4 * this.#write(SKIP, words, []);
  }

  /**
   * Gives a part away.
   *
   * @param calls makes the part's calls through this hand
   * @returns its number; undefined when it was not given: it is too large, or the helper has too much before it
   */
  give(calls: () => void): number | undefined {
    const control = this.#control;
    const left = RING_WORDS - (this.#head & (RING_WORDS - 1));
    const unused = left < MOST_PART_WORDS ? left : 0;
    const waiting = (this.#head - Atomics.load(control, TAIL)) >>> 0;
    if (waiting + unused + MOST_PART_WORDS > RING_WORDS) return undefined;
    if (unused > 0) {
      this.#arena.words[this.#word(0)] = SKIP | ((unused - 1) << 8);
      this.#head = (this.#head + unused) | 0;
    }
    const part = this.#part;
    this.#written = 0;
    this.#full = false;
    const start = this.#write(PART, 2, [part, 0]);
    calls();
    if (this.#full) return undefined;
    this.#arena.words[start + 1] = this.#written - 3;
    this.#part = (part + 1) % PARTS;
    this.#head = (this.#head + this.#written) | 0;
    Atomics.store(control, claimOf(part), claim(part, OPEN));
    Atomics.store(control, HEAD, this.#head);
    if (Atomics.load(control, HELPER_SLEEPS) === 1 && Atomics.exchange(control, HELPER_SLEEPS, 0) === 1)
      Atomics.notify(control, HEAD);
    return part;
  }

  /** Takes a part back that the helper has not begun. @returns whether it is the owner's now */
  takeBack(part: number): boolean {
    const open = claim(part, OPEN);
    return Atomics.compareExchange(this.#control, claimOf(part), open, claim(part, OWNERS)) === open;
  }

  /**
   * Waits until the helper has done a part it began.
   *
   * @throws KernelThreadError when it does not come to that
   */
  finish(part: number): void {
    const control = this.#control;
    const place = claimOf(part);
    const done = claim(part, DONE);
    for (let look = 0; look < LOOKS; look++) if (Atomics.load(control, place) === done) return;
    const since = performance.now();
    while (Atomics.load(control, place) !== done) {
      if (Atomics.load(control, FAILED) === 1) throw new KernelThreadError("a call failed in it");
      if (performance.now() - since > this.#patienceMs)
        throw new KernelThreadError(`it did not finish its part within ${this.#patienceMs / 1000} s`);
      Atomics.store(control, OWNER_SLEEPS, 1);
      const tail = Atomics.load(control, TAIL);
      if (this.#mayBlock && Atomics.load(control, place) !== done) Atomics.wait(control, TAIL, tail, NAP_MS);
      Atomics.store(control, OWNER_SLEEPS, 0);
    }
  }

  /** Tells the helper to end. The queue cannot be used again. */
  end(): void {
    Atomics.store(this.#control, END, 1);
    // A helper about to sleep would not hear of it otherwise.
    Atomics.add(this.#control, HEAD, 1);
    Atomics.notify(this.#control, HEAD);
  }

  /** Writes a command. @returns index of the memory's word where the words after it are, or would be */
  #write(command: number, count: number, words: readonly number[]): number {
    const memory = this.#arena.words;
    if (this.#written + 1 + count > MOST_PART_WORDS) {
      this.#full = true;
      // What is written from here on is never read.
      this.#written = 0;
    }
    const at = this.#word(this.#written);
    memory[at] = command | (count << 8);
    for (let k = 0; k < words.length; k++) memory[at + 1 + k] = words[k];
    this.#written += 1 + count;
    return at + 1;
  }

  /** Index of the memory's word so many words after the head. */
  #word(after: number): number {
    return this.address / 4 + CONTROL_WORDS + ((this.#head + after) & (RING_WORDS - 1));
  }
}

/** A page's main thread may not sleep: it looks again and again. */
function mayBlock(control: Int32Array): boolean {
  try {
    Atomics.wait(control, END, -1, 0);
    return true;
  } catch {
    return false;
  }
}
