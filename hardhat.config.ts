import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";

// The compiler comes from the lock file, so that building needs no download (docs/decisions/0001-node-24-from-the-lock.md).
const solc = {
  version: "0.8.37",
  path: createRequire(import.meta.url).resolve("solc/soljson.js"),
  settings: { viaIR: true, optimizer: { enabled: true, runs: 800 }, evmVersion: "cancun" },
};

// The Solidity tests deploy the contracts from their artifacts and are compiled for themselves, quickly.
const tests = { ...solc, settings: { optimizer: { enabled: true, runs: 1 }, evmVersion: "cancun" } };
const profile = {
  compilers: [solc],
  overrides: Object.fromEntries(
    readdirSync(new URL("test/contracts/solidity", import.meta.url)).map((file) => [
      `test/contracts/solidity/${file}`,
      tests,
    ]),
  ),
};

// Set by `npm test`, which adds up what several runs count.
const counts =
  process.env.COUNTS_FILE === undefined
    ? {}
    : { reporter: fileURLToPath(new URL("scripts/testing/counts-reporter.ts", import.meta.url)) };

export default defineConfig({
  plugins: [toolbox],
  solidity: { splitTestsCompilation: true, profiles: { default: profile, production: profile } },
  paths: { tests: { mocha: "test/contracts", solidity: "test/contracts" } },
  test: {
    mocha: { timeout: 120_000, ...counts },
    // The same inputs every time: a failure is found again by running again.
    solidity: { fuzz: { runs: 256, seed: "0xc10a" }, invariant: { runs: 256, depth: 128, failOnRevert: false } },
  },
  networks: {
    hardhatMainnet: { type: "edr-simulated", chainType: "l1" },
  },
});
