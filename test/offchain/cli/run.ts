/** Runs the command: in this process where only its words and files matter, in one of its own where signals and exit codes do. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";

import { InterruptedError } from "../../../offchain/cli/errors.ts";
import { Output } from "../../../offchain/cli/output.ts";
import { runCli } from "../../../offchain/cli/run-cli.ts";

const BIN = path.resolve(import.meta.dirname, "../../../bin/cloakwork.mjs");
const PATIENCE = 100_000;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly onLine?: (line: string, interrupt: () => void) => void;
}

/** Runs a command line in this process. */
export async function runHere(
  args: readonly string[],
  { env = {}, input = "", onLine }: RunOptions = {},
): Promise<Ran> {
  const controller = new AbortController();
  let next = "";
  const interrupt = (): void => {
    controller.abort(new InterruptedError(next));
  };
  const written = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
      for (const line of text.trimEnd().split("\n")) onLine?.(line, interrupt);
    },
  });
  const code = await runCli(args, {
    env,
    stdin: Readable.from([input]),
    output: new Output({ stdout: stream("stdout"), stderr: stream("stderr") }, args.includes("--json")),
    signal: controller.signal,
    onInterrupt: (text) => {
      next = text;
    },
    canAsk: false,
  });
  return { code, ...written };
}

/** Runs a command line as people do, with nothing of this process's environment. One that does not end is killed and fails the test. */
export async function runApart(args: readonly string[], { env = {}, onLine }: RunOptions = {}): Promise<Ran> {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: tmpdir(),
    env: { PATH: process.env["PATH"], ...env },
    // Standard input stays open, as a pipe nobody writes to.
    stdio: ["pipe", "pipe", "pipe"],
  });
  const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    let rest = "";
    child[name].setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine?.(line, () => child.kill("SIGINT"));
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(patience);
  return { code, ...written };
}

/** The error a command reported with `--json`. */
export function errorOf({ stderr }: Ran): { readonly code: string; readonly message: string; readonly next: string } {
  const { error } = JSON.parse(stderr.trim()) as { error: { code: string; message: string; next: string } };
  return error;
}

/** Standard output as JSON lines. */
export function linesOf({ stdout }: Ran): Record<string, unknown>[] {
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A folder for one test file. */
export async function temporaryHome(): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), "cloakwork-cli-"));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
