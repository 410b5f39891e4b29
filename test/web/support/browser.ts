/** A real Chromium from the npm registry alone, so that the tests run on a machine with nothing but Node. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import packaged, { inflate } from "@sparticuz/chromium";
import { chromium, type Browser } from "playwright-core";

// No GPU, no traffic of its own: the browser talks to the page under test and to nothing else.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const manifest = createRequire(import.meta.url).resolve("@sparticuz/chromium");
const archives = path.resolve(path.dirname(manifest), "../bin");
const home = path.resolve(import.meta.dirname, "../../../node_modules/.cache/cloakwork-chromium");

/** Unpacks the browser once, beside the package, whole or not at all. */
async function unpack(): Promise<string> {
  const executable = path.join(home, "chromium");
  if (existsSync(executable)) return executable;
  const partial = `${home}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  // The package unpacks to the folder for temporary files and takes whatever lies there for complete.
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = partial;
  try {
    await packaged.executablePath();
    await inflate(path.join(archives, "al2023.tar.br"));
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
  try {
    renameSync(partial, home);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(executable)) throw error;
  }
  return executable;
}

function starts(executable: string, env: NodeJS.ProcessEnv): boolean {
  try {
    execFileSync(executable, ["--version"], { env, stdio: "ignore", timeout: 30_000 });
    return true;
  } catch {
    return false;
  }
}

/** Starts the browser; the caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = await unpack();
  const own: NodeJS.ProcessEnv = { ...process.env };
  if (!existsSync("/etc/fonts")) own["FONTCONFIG_PATH"] = path.join(home, "fonts");
  // Where the machine lacks nss and its like, the package's copies serve.
  const env = starts(executablePath, own) ? own : { ...own, LD_LIBRARY_PATH: path.join(home, "al2023", "lib") };
  return chromium.launch({ executablePath, args: FLAGS, env: env });
}
