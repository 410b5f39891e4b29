/** Runs one command line, and tells what went wrong in one form. */
import { CommanderError } from "commander";

import { decodeContractError } from "../chain/contract-errors.ts";
import { CloakworkError } from "../errors.ts";
import type { Cli } from "./cli.ts";
import { CliError } from "./errors.ts";
import { withHint } from "./hints.ts";
import type { Output } from "./output.ts";
import { createProgram } from "./program.ts";

/** 1: failed. 2: the command line was wrong. 130: interrupted (128 + SIGINT). */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs a command line.
 *
 * @param argv the arguments after the command's name
 * @returns the exit code
 */
export async function runCli(argv: readonly string[], cli: Cli): Promise<number> {
  try {
    const program = await createProgram(cli, argv);
    await program.parseAsync(argv, { from: "user" });
    return EXIT.done;
  } catch (error) {
    return report(error, cli);
  }
}

function report(error: unknown, { output, signal }: Pick<Cli, "output" | "signal">): number {
  if (error instanceof CommanderError) return reportUsage(error, output);
  if (signal.aborted) {
    output.failure(signal.reason instanceof CloakworkError ? signal.reason : unexpected(error));
    return EXIT.interrupted;
  }
  const known = error instanceof CloakworkError ? error : unexpected(error);
  output.failure(withHint(known));
  return known.code === "USAGE" ? EXIT.usage : EXIT.failed;
}

function reportUsage({ exitCode, code, message }: CommanderError, output: Output): number {
  if (exitCode === 0) return EXIT.done;
  // In place of a missing command its help was shown; only who wants JSON has not seen it.
  if (code === "commander.help") {
    if (output.json) output.failure(new CliError("USAGE", "A command is missing.", "See --help for what there is."));
  } else {
    const text = sentence(message.replace(/^error: /, ""));
    output.failure(new CliError("USAGE", text, "See --help for what there is, with examples."));
  }
  return EXIT.usage;
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
