/** The `cloakwork` command: one command line in this process, ended by Ctrl-C without breaking anything. */
import { InterruptedError } from "./errors.ts";
import { Output } from "./output.ts";
import { EXIT, runCli } from "./run-cli.ts";

/**
 * Runs a command line.
 *
 * @param argv the arguments after the command's name
 * @returns when all is done; the exit code is in `process.exitCode`
 */
export async function main(argv: readonly string[]): Promise<void> {
  // Known before the line is parsed, as errors of parsing have to be told too.
  const output = new Output(process, argv.includes("--json"));
  const controller = new AbortController();
  let next = "Run the same command again; nothing was left half done.";
  const interrupt = (): void => {
    const reason = new InterruptedError(next);
    if (controller.signal.aborted) {
      output.failure(reason);
      process.exit(EXIT.interrupted);
    }
    output.note("Stopping… Ctrl-C again ends at once.");
    controller.abort(reason);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.done);
  });
  process.exitCode = await runCli(argv, {
    env: process.env,
    stdin: process.stdin,
    output,
    signal: controller.signal,
    onInterrupt: (text) => {
      next = text;
    },
    canAsk: !output.json && process.stdin.isTTY && process.stderr.isTTY,
  });
  process.off("SIGINT", interrupt);
  process.off("SIGTERM", interrupt);
}
