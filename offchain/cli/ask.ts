/** Asks a person at the terminal. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

import type { Cli } from "./cli.ts";

/**
 * Asks one line.
 *
 * @param hidden nothing of what is typed is shown
 * @throws the signal's reason; Ctrl-C in the prompt is passed on as the process's own SIGINT
 */
export async function askLine({ signal }: Pick<Cli, "signal">, question: string, hidden = false): Promise<string> {
  signal.throwIfAborted();
  process.stderr.write(question);
  const silent = new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output: hidden ? silent : process.stderr, terminal: true });
  try {
    const answer = await new Promise<string>((resolve) => {
      const stop = (): void => {
        resolve("");
      };
      signal.addEventListener("abort", stop, { once: true });
      lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
      lines.once("close", () => {
        signal.removeEventListener("abort", stop);
        resolve("");
      });
      lines.once("line", resolve);
    });
    signal.throwIfAborted();
    return answer;
  } finally {
    lines.close();
    if (hidden) process.stderr.write("\n");
  }
}

/** Asks for a yes. Anything else is a no. */
export async function askYes(cli: Pick<Cli, "signal">, question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await askLine(cli, `${question} [y/N] `)).trim());
}
