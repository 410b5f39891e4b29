import { createRequire } from "node:module";

import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";

// The compiler comes from the lock file, so that building needs no download (docs/decisions/0001-node-24-from-the-lock.md).
const solc = {
  version: "0.8.37",
  path: createRequire(import.meta.url).resolve("solc/soljson.js"),
  settings: { viaIR: true, optimizer: { enabled: true, runs: 800 }, evmVersion: "cancun" },
};

export default defineConfig({
  plugins: [toolbox],
  solidity: { profiles: { default: solc, production: solc } },
  paths: { tests: { mocha: "test/contracts", solidity: "test/contracts" } },
  networks: {
    hardhatMainnet: { type: "edr-simulated", chainType: "l1" },
  },
});
