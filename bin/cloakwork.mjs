#!/usr/bin/env node
import { existsSync } from "node:fs";
import { URL } from "node:url";

// Node 24 runs the TypeScript below as it is; an older Node must be told so before it fails on the syntax.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  console.error(
    `cloakwork needs Node 24 or newer, and this is ${process.version}.\n` +
      "On Linux and Windows `npm ci` brings Node 24 along: start it as `npx cloakwork`. On macOS install Node 24 first.",
  );
  process.exit(1);
}
process.removeAllListeners("warning");
// A checkout runs the TypeScript as it is; the package carries what was built from it.
const source = new URL("../offchain/cli/main.ts", import.meta.url);
const built = new URL("../dist/offchain/cli/main.js", import.meta.url);
const { main } = await import(existsSync(source) ? source : built);
await main(process.argv.slice(2));
