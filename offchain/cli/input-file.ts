/** Reads an input from a file: numbers in JSON, flat or nested as the model's shape is. */
import { readFile } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { text } from "node:stream/consumers";

import type { Cli } from "./cli.ts";
import { malformed, unreadable } from "./errors.ts";

/** No model takes more numbers than this; what is larger was named by mistake. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_DEPTH = 8;

/**
 * The numbers of an input.
 *
 * @param file path of the file; `-` for standard input, where the command's own is given
 * @returns all numbers in order, row by row
 * @throws CliError `FILE_UNREADABLE`, `FILE_INVALID`; it never quotes a value
 */
export async function readInput(file: string, cli?: Pick<Cli, "stdin" | "signal" | "output">): Promise<Float64Array> {
  const name = file === "-" ? "standard input" : file;
  let json: string;
  try {
    json = file === "-" && cli ? await standardInput(cli) : await readFile(file, "utf8");
  } catch (cause) {
    cli?.signal.throwIfAborted();
    throw unreadable("input", name, cause);
  }
  if (json.length > MAX_BYTES) throw malformed("input", name, `it has more than ${MAX_BYTES} characters`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // No cause: the parser quotes the text, and inputs are what nobody shall see.
    throw malformed("input", name, "it is not JSON");
  }
  const numbers: number[] = [];
  flatten(isWrapped(value) ? value.values : value, numbers, name, 0);
  return Float64Array.from(numbers);
}

/** What is piped in. Nobody may ever end it, so it ends with the signal too. */
function standardInput({ stdin, signal, output }: Pick<Cli, "stdin" | "signal" | "output">): Promise<string> {
  output.note("Reading the input from standard input…");
  return text(addAbortSignal(signal, stdin));
}

function isWrapped(value: unknown): value is { readonly values: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && "values" in value;
}

function flatten(value: unknown, into: number[], name: string, depth: number): void {
  if (typeof value === "number") {
    into.push(value);
    return;
  }
  if (!Array.isArray(value) || depth > MAX_DEPTH) {
    throw malformed("input", name, 'it is not a list of numbers, nor {"values": [numbers]}');
  }
  for (const item of value as readonly unknown[]) flatten(item, into, name, depth + 1);
}
