/** Longest stretch of computing before the event loop gets a turn, in milliseconds. */
const STRETCH = 40;

/**
 * Lets long work share its thread.
 *
 * @param signal checked at every call
 * @returns a function to call between pieces of work: throws the signal's reason when aborted, and gives the event loop a turn when
 *   the last one is some time ago
 */
export function pauser(signal?: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    signal?.throwIfAborted();
    if (performance.now() - last < STRETCH) return;
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    signal?.throwIfAborted();
    last = performance.now();
  };
}
