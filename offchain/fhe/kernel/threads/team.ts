import type { Arena } from "../arena.ts";
import { KernelThreadError } from "../errors.ts";
import type { Calls } from "../wasm-exports.ts";
import type { Hand } from "./hand.ts";
import { Queue } from "./queue.ts";
import type { HelpingThread, StartThread } from "./start-thread.ts";

/** Words of the longest list a call reads. */
export const LIST_WORDS = 3 * 1024;

/** Most threads of one kernel: there are no more parts of most operations. */
export const MOST_THREADS = 16;

interface Helper {
  readonly queue: Queue;
  readonly thread: HelpingThread;
}

/** What it takes to have others help. */
export interface TeamOptions {
  /** The module as the helpers run it. */
  readonly module: WebAssembly.Module;
  readonly startThread: StartThread;
  /** Helpers wanted, besides the thread at hand. */
  readonly helpers: number;
  /** Milliseconds one call may take. */
  readonly patienceMs: number;
}

/** The thread at hand and those that help it, on one memory. Work is cut into parts that do not depend on each other. */
export class Team {
  /** The thread at hand. */
  readonly own: Hand;
  /** Threads there were at most: as many have scratch. */
  #size = 1;
  #helpers: Helper[] = [];
  /** Helpers that stopped answering, until they are gone: they may still write to memory. */
  readonly #lost = new Set<Helper>();

  /** A team of one. */
  constructor(wasm: Calls, arena: Arena) {
    const list = arena.take(4 * LIST_WORDS);
    this.own = { index: 0, wasm, room: () => list };
  }

  /** Threads that have scratch, the one at hand included. */
  get size(): number {
    return this.#size;
  }

  /** Threads at work now. */
  get threads(): number {
    return 1 + this.#helpers.length;
  }

  /**
   * Starts helpers. As many as start are taken, if need be none.
   *
   * @param arena of shared memory
   */
  async grow(arena: Arena, { module, startThread, helpers, patienceMs }: TeamOptions): Promise<void> {
    for (let k = 0; k < helpers; k++) {
      const queue = new Queue(this.#size, arena, patienceMs);
      let thread: HelpingThread;
      try {
        thread = startThread({ module, memory: arena.memory, queue: queue.address }, () => {
          this.#forget(queue);
        });
        await thread.ready;
      } catch {
        // Nobody will write to it.
        arena.give(queue.address);
        return;
      }
      this.#size++;
      this.#helpers.push({ queue, thread });
    }
  }

  /**
   * Does some parts of a work, each by one of the team, and returns when all are done. Parts are dealt out evenly; what a helper has not begun when the
   * thread at hand is done with its own is taken back, so that a helper the system gives no time to holds nobody up.
   *
   * @param parts how many; no part may depend on another
   * @param work makes the calls of a part through the hand it is given; it may be called twice for a part, with different hands
   * @throws KernelThreadError when a helper is lost: what was to be computed is not to be used
   */
  share(parts: number, work: (part: number, hand: Hand) => void): void {
    const { own } = this;
    if (this.#lost.size > 0) throw new KernelThreadError("it has not ended yet");
    const helpers = this.#helpers;
    if (helpers.length === 0 || parts === 1) {
      for (let part = 0; part < parts; part++) work(part, own);
      return;
    }
    const step = helpers.length + 1;
    const given: { readonly queue: Queue; readonly number: number; readonly part: number }[] = [];
    try {
      for (let part = 0; part < parts; part++) {
        if (part % step === 0) continue;
        const { queue } = helpers[(part % step) - 1];
        const number = queue.give(() => {
          work(part, queue);
        });
        if (number === undefined) work(part, own);
        else given.push({ queue, number, part });
      }
      for (let part = 0; part < parts; part += step) work(part, own);
      const begun = given.reverse().filter(({ queue, number, part }) => {
        const taken = queue.takeBack(number);
        if (taken) work(part, own);
        return !taken;
      });
      for (const { queue, number } of begun) queue.finish(number);
    } catch (error) {
      this.#giveUp();
      throw error;
    }
  }

  /** Ends all helpers. Nobody but the thread at hand is left. */
  dispose(): void {
    for (const { queue } of this.#helpers) queue.end();
    this.#helpers = [];
  }

  /** Stops asking the helpers: they are ended, and until they have, nothing can be computed. */
  #giveUp(): void {
    const helpers = this.#helpers;
    this.#helpers = [];
    for (const helper of helpers) {
      this.#lost.add(helper);
      helper.thread.terminate();
    }
  }

  #forget(queue: Queue): void {
    this.#helpers = this.#helpers.filter((helper) => helper.queue !== queue);
    for (const helper of this.#lost) if (helper.queue === queue) this.#lost.delete(helper);
  }
}
