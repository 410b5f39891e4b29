/** The `cloakwork` command: runs one command line, tells what went wrong in one form, and ends with a code that says how it went. */
import { CommanderError } from "commander";

import { decodeContractError } from "../chain/contract-errors.ts";
import { CloakworkError } from "../errors.ts";
import type { Cli } from "./cli.ts";
import { CliError, InterruptedError } from "./errors.ts";
import { withHint } from "./hints.ts";
import { Output } from "./output.ts";
import { createProgram } from "./program.ts";

/** Exit codes: 1 failed, 2 the command line was wrong, 130 interrupted (128 + SIGINT). */
const FAILED = 1;
const USAGE = 2;
const INTERRUPTED = 130;

/**
 * Runs a command line.
 *
 * @param argv the arguments after the command's name
 * @returns when all is done; the exit code is in `process.exitCode`
 */
export async function main(argv: readonly string[]): Promise<void> {
  // Known before the line is parsed, as errors of parsing have to be told too.
  const json = argv.includes("--json");
  const output = new Output(process, json);
  const controller = new AbortController();
  let next = "Run the same command again; nothing was left half done.";
  const interrupt = (): void => {
    const reason = new InterruptedError(next);
    if (controller.signal.aborted) {
      output.failure(reason);
      process.exit(INTERRUPTED);
    }
    output.note("Stopping… Ctrl-C again ends at once.");
    controller.abort(reason);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
  });
  const cli: Cli = {
    env: process.env,
    output,
    signal: controller.signal,
    onInterrupt: (text) => {
      next = text;
    },
    canAsk: !json && process.stdin.isTTY && process.stderr.isTTY,
  };
  try {
    await createProgram(cli).parseAsync(argv, { from: "user" });
  } catch (error) {
    process.exitCode = report(error, output, controller.signal);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

/** @returns the exit code */
function report(error: unknown, output: Output, signal: AbortSignal): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (signal.aborted) {
    output.failure(signal.reason as InterruptedError);
    return INTERRUPTED;
  }
  if (error instanceof CommanderError && error.code === "commander.help") {
    if (output.json) output.failure(new CliError("USAGE", "A command is missing.", "See --help for what there is."));
    return USAGE;
  }
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, "");
    output.failure(new CliError("USAGE", sentence(message), "See --help for what there is, with examples."));
    return USAGE;
  }
  const known = error instanceof CloakworkError ? error : unexpected(error);
  output.failure(withHint(known));
  return known.code === "USAGE" ? USAGE : FAILED;
}

function unexpected(error: unknown): CloakworkError {
  const decoded = decodeContractError(error);
  if (decoded.code !== "CHAIN_UNKNOWN") return decoded;
  const reason = error instanceof Error ? error.message : String(error);
  return new CliError("UNEXPECTED", `Something went wrong that should not: ${reason}`, "Report it with this message.", {
    cause: error,
  });
}

function sentence(text: string): string {
  const [first] = text.split("\n");
  return `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.?$/, ".")}`;
}
