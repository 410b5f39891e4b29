import type { Readable } from "node:stream";

import type { Output } from "./output.ts";

/** What commands may use of the process they run in. */
export interface Cli {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly output: Output;
  /** Aborted by Ctrl-C and by a request to end. */
  readonly signal: AbortSignal;
  /** Sets what a person is told to do when the work is interrupted from here on. */
  readonly onInterrupt: (next: string) => void;
  /** True when a person can be asked: both ends are terminals and nobody wants JSON. */
  readonly canAsk: boolean;
}
