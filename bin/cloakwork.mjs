#!/usr/bin/env node
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath, URL } from "node:url";
import { setFlagsFromString } from "node:v8";

// Node 24 runs the TypeScript below as it is; an older Node must be told so before it fails on the syntax, or on a name it does not export.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  console.error(
    `cloakwork needs Node 24 or newer, and this is ${process.version}.\n` +
      "On Linux and Windows `npm ci` brings Node 24 along: start it as `npx cloakwork`. On macOS install Node 24 first.",
  );
  process.exit(1);
}
process.removeAllListeners("warning");
if (process.argv.includes("node")) {
  if (process.argv.includes("start")) startFrugally();
  // V8 then collects its garbage earlier. For every command of a node: what one compiles and keeps (below) is of use to others under the same flags alone.
  setFlagsFromString("--optimize-for-size");
}
// A checkout runs the TypeScript as it is; the package carries what was built from it.
const source = new URL("../offchain/cli/main.ts", import.meta.url);
const built = new URL("../dist/offchain/cli/main.js", import.meta.url);
const isCheckout = existsSync(source);
if (isCheckout) {
  // Types are stripped once and not at every start, here and in worker threads: what does it takes 20 MB in each of them.
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("../node_modules/.cache/cloakwork", import.meta.url));
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
}
const { main } = await import(isCheckout ? source : built);
await main(process.argv.slice(2));

/**
 * A node runs for months and should take little memory: what its threads free is freed for all of them, pieces of 128 KiB and more go back to the system at
 * once (mallopt(3): otherwise the first large piece that is freed raises that bound, up to 32 MiB), and room for young objects stays small. All of it can be
 * said only before a process starts, so this one starts over, in its own place.
 */
function startFrugally() {
  const { NODE_OPTIONS = "" } = process.env;
  if (process.execve === undefined || process.platform === "win32" || NODE_OPTIONS.includes("--max-semi-space-size"))
    return;
  const env = {
    MALLOC_ARENA_MAX: "1",
    MALLOC_MMAP_THRESHOLD_: "131072",
    MALLOC_TRIM_THRESHOLD_: "131072",
    ...process.env,
    NODE_OPTIONS: `${NODE_OPTIONS} --max-semi-space-size=2`.trim(),
  };
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], env);
}
