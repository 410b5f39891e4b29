import { CALLS, type WasmExports } from "../wasm-exports.ts";
import {
  claim,
  claimOf,
  CONTROL_WORDS,
  DONE,
  END,
  FAILED,
  HEAD,
  HELPER_SLEEPS,
  HELPERS,
  MOST_ARGUMENTS,
  OPEN,
  OWNER_SLEEPS,
  PART,
  RING_WORDS,
  SKIP,
  TAIL,
  type ThreadStart,
} from "./queue-layout.ts";

/** A function of the module. */
type Call = (...words: number[]) => void;

/** How often to look for work before sleeping: about as long as the owner goes without giving any within an evaluation. */
const LOOKS = 20_000;

/**
 * Does the parts that a kernel's owner gives away, until told to end. Blocks the thread it runs on: for workers only.
 *
 * @param ready told when the next thing is to wait for work
 */
export function serve({ module, memory, queue }: ThreadStart, ready: () => void): void {
  const control = new Int32Array(memory.buffer, queue, CONTROL_WORDS);
  // As many words as a call may take are read, whatever it takes: beyond the ring's end as well.
  const ring = new Uint32Array(memory.buffer, queue + 4 * CONTROL_WORDS, RING_WORDS + MOST_ARGUMENTS);
  try {
    const wasm = new WebAssembly.Instance(module, { env: { memory } }).exports as WasmExports;
    const calls = CALLS.map((name): Call => wasm[name].bind(wasm));
    ready();
    let tail = Atomics.load(control, TAIL);
    for (;;) {
      const head = nextHead(control, tail);
      if (Atomics.load(control, END) === 1) return;
      while (tail !== head) {
        const at = tail & (RING_WORDS - 1);
        const words = 1 + (ring[at] >>> 8);
        tail = (tail + words) | 0;
        if ((ring[at] & 0xff) === PART) {
          const part = ring[at + 1];
          const length = ring[at + 2];
          const place = claimOf(part);
          if (Atomics.compareExchange(control, place, claim(part, OPEN), claim(part, HELPERS)) === claim(part, OPEN)) {
            makeCalls(calls, ring, at + words, at + words + length);
            Atomics.store(control, place, claim(part, DONE));
          }
          tail = (tail + length) | 0;
        }
        Atomics.store(control, TAIL, tail);
        if (Atomics.load(control, OWNER_SLEEPS) === 1) Atomics.notify(control, TAIL);
      }
    }
  } catch (error) {
    Atomics.store(control, FAILED, 1);
    Atomics.notify(control, TAIL);
    throw error;
  }
}

function makeCalls(calls: readonly Call[], ring: Uint32Array, from: number, to: number): void {
  for (let at = from; at < to; at += 1 + (ring[at] >>> 8)) {
    const call = ring[at] & 0xff;
    if (call === SKIP) continue;
    calls[call](
      ring[at + 1],
      ring[at + 2],
      ring[at + 3],
      ring[at + 4],
      ring[at + 5],
      ring[at + 6],
      ring[at + 7],
      ring[at + 8],
      ring[at + 9],
    );
  }
}

/** Waits until there is something beyond a position, or the end is asked for. */
function nextHead(control: Int32Array, tail: number): number {
  for (let look = 0; look < LOOKS; look++) {
    const head = Atomics.load(control, HEAD);
    if (head !== tail) return head;
  }
  for (;;) {
    Atomics.store(control, HELPER_SLEEPS, 1);
    Atomics.wait(control, HEAD, tail);
    Atomics.store(control, HELPER_SLEEPS, 0);
    const head = Atomics.load(control, HEAD);
    if (head !== tail) return head;
  }
}
