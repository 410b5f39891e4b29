import {
  claim,
  claimOf,
  CONTROL_WORDS,
  HELPERS,
  OPEN,
  OWNERS,
  type ThreadStart,
} from "../../../../../offchain/fhe/kernel/threads/queue-layout.ts";

/** Begins the first part it finds that the owner has not taken back. @returns the words of the queue */
export function beginPart({ memory, queue }: ThreadStart): Int32Array {
  const control = new Int32Array(memory.buffer, queue, CONTROL_WORDS);
  for (let part = 0; ;) {
    const open = claim(part, OPEN);
    const found = Atomics.compareExchange(control, claimOf(part), open, claim(part, HELPERS));
    if (found === open) return control;
    if (found === claim(part, OWNERS)) part++;
  }
}
