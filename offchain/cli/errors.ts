import { CloakworkError } from "../errors.ts";

/** The command line, its environment or a file it names is not as it must be. */
export class CliError extends CloakworkError {}

/** The person pressed Ctrl-C, or the process was asked to end. Nothing is broken by it. */
export class InterruptedError extends CloakworkError {
  /** @param next how to go on */
  constructor(next: string) {
    super("INTERRUPTED", "Stopped before it was done.", next);
  }
}

/** A file that a command was given or needs cannot be read. */
export function unreadable(what: string, file: string, cause: unknown): CliError {
  const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
  return new CliError(
    "FILE_UNREADABLE",
    missing ? `There is no ${what} at ${file}.` : `The ${what} at ${file} cannot be read.`,
    "Check the path and its permissions.",
    { cause },
  );
}

/** A file is there but does not hold what it should. The message never quotes it. */
export function malformed(what: string, file: string, reason: string): CliError {
  return new CliError("FILE_INVALID", `The ${what} at ${file} was refused: ${reason}.`, "Mend the file and try again.");
}

/** An option or argument is not of the form it must have. */
export function badArgument(name: string, expected: string): CliError {
  return new CliError("USAGE", `${name}: ${expected} was expected.`, "See --help for examples.");
}
