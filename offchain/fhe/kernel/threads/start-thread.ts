import type { ThreadStart } from "./queue-layout.ts";

/** A thread that was started to help a kernel. */
export interface HelpingThread {
  /** Settles when it waits for commands; rejects when it could not be started. */
  readonly ready: Promise<void>;
  /** Ends it, whatever it does. */
  terminate(): void;
}

/**
 * Starts a thread that calls `serve`. Hosts differ in how: `startNodeThread` is for Node.
 *
 * @param onEnd told once when the thread is gone, whatever the cause
 */
export type StartThread = (start: ThreadStart, onEnd: () => void) => HelpingThread;
