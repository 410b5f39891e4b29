import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { ABI_ID } from "../../../offchain/chain/abi.ts";
import { DeploymentError, parseDeployment } from "../../../offchain/chain/addresses.ts";
import { deploymentPath, readDeployment, writeDeployment } from "../../../offchain/chain/node/deployment-file.ts";
import type { Deployment, Hex } from "../../../offchain/chain/types.ts";

const address = (digit: string): Hex => `0x${digit.repeat(40)}`;

const deployment: Deployment = {
  version: 1,
  chainId: 31337,
  abi: ABI_ID,
  fromBlock: 3,
  contracts: {
    balances: address("1"),
    entropy: address("2"),
    modelRegistry: address("3"),
    modelAccess: address("4"),
    nodeRegistry: address("5"),
    keyRegistry: address("6"),
    hubExtension: address("8"),
    hub: address("7"),
    disputes: address("9"),
    callbacks: address("0"),
  },
};

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof DeploymentError) return error.code;
    throw error;
  }
  return "nothing was thrown";
}

describe("parseDeployment", () => {
  it("takes what was written", () => {
    expect(parseDeployment(structuredClone(deployment), 31337)).to.deep.equal(deployment);
  });

  it("refuses another chain, other contracts, and anything that is not a deployment", () => {
    expect(codeOf(() => parseDeployment(deployment, 1))).to.equal("DEPLOYMENT_WRONG_CHAIN");
    expect(codeOf(() => parseDeployment({ ...deployment, abi: "0x0000000000000000" }, 31337))).to.equal(
      "DEPLOYMENT_OUTDATED",
    );
    for (const bad of [
      null,
      "text",
      { ...deployment, version: 2 },
      { ...deployment, fromBlock: -1 },
      { ...deployment, more: 1 },
      { ...deployment, contracts: { ...deployment.contracts, hub: "0x12" } },
      { ...deployment, contracts: { hub: address("7") } },
    ]) {
      expect(codeOf(() => parseDeployment(bad, 31337))).to.equal("DEPLOYMENT_INVALID");
    }
  });

  it("names the field that is wrong", () => {
    const bad = { ...deployment, contracts: { ...deployment.contracts, hub: "0x12" } };
    expect(() => parseDeployment(bad, 31337)).to.throw("contracts.hub");
  });
});

describe("the deployment file", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "cloakwork-deployment-"))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("is read as it was written, and leaves nothing else behind", () => {
    const below = join(folder, "a", "b");
    expect(writeDeployment(below, deployment)).to.equal(deploymentPath(below, 31337));
    expect(readDeployment(below, 31337)).to.deep.equal(deployment);
    expect(readdirSync(below)).to.deep.equal(["31337.json"]);
  });

  it("says so when it is missing or broken", () => {
    expect(codeOf(() => readDeployment(folder, 31337))).to.equal("DEPLOYMENT_MISSING");
    writeFileSync(deploymentPath(folder, 31337), "{");
    expect(codeOf(() => readDeployment(folder, 31337))).to.equal("DEPLOYMENT_MISSING");
  });
});
