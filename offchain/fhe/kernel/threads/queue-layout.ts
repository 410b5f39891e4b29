/**
 * Parts of work on their way from the thread that owns a kernel to one that helps it, in the kernel's shared memory: some words both look at, the claims
 * on the last parts, and a ring of commands. A command is its word, the place of a function in `CALLS` and the number of words after it, and
 * the function's arguments. A part begins with the command `PART`, whose words are its number and how many words of commands follow.
 *
 * Who does a part is whoever claims it first: the owner takes back what the helper has not come to. Positions count words since the beginning, modulo 2³².
 */

/** Words of the ring, a power of two. */
export const RING_WORDS = 1 << 16;

/** Most words of one part; a larger one is not given away. */
export const MOST_PART_WORDS = 1 << 13;

/** Where the next part will be written, published by the owner. */
export const HEAD = 0;
/** How far the helper has come, written by it. */
export const TAIL = 16;
/** 1 while the helper sleeps, or is about to. */
export const HELPER_SLEEPS = 32;
/** 1 while the owner sleeps, or is about to. */
export const OWNER_SLEEPS = 48;
/** 1 when the helper is to end. */
export const END = 64;
/** 1 when a call failed: the helper has ended. */
export const FAILED = 65;
/** Here the claims begin. */
export const CLAIMS = 80;

/** Claims, a power of two and more than there are parts in a full ring: a part has at least four words. */
export const CLAIM_COUNT = RING_WORDS / 4;

/** Words before the ring. */
export const CONTROL_WORDS = CLAIMS + CLAIM_COUNT;

/** The command that begins a part. */
export const PART = 0xfe;

/** The command that is none: the words after it are a list for the next call to read, or unused. */
export const SKIP = 0xff;

/** Most words a call takes. */
export const MOST_ARGUMENTS = 9;

/** What can be said of a part, by the lower bits of its claim; the upper ones are its number. */
export const OPEN = 1;
export const OWNERS = 2;
export const HELPERS = 3;
export const DONE = 0;

/** Where the claim of a part is. */
export function claimOf(part: number): number {
  return CLAIMS + (part & (CLAIM_COUNT - 1));
}

/** A claim on a part. */
export function claim(part: number, state: number): number {
  return (part << 2) | state;
}

/** What a helping thread is started with. */
export interface ThreadStart {
  /** The module, compiled for shared memory. */
  readonly module: WebAssembly.Module;
  /** The kernel's memory. */
  readonly memory: WebAssembly.Memory;
  /** Address of the queue: the words above, then the ring. */
  readonly queue: number;
}
