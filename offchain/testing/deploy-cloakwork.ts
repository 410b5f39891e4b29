/** A fixture for Hardhat: `const market = await networkHelpers.loadFixture(deployCloakwork)`. */
import type { Signer } from "ethers";

import { CloakworkError } from "../errors.ts";
import { deployMarket, type TestMarket } from "./deploy-market.ts";

/** What is used of a connection of Hardhat's to a simulated chain, with its plugin for ethers. */
export interface HardhatConnection {
  readonly ethers: { readonly getSigners: () => Promise<readonly Signer[]> };
}

/** Enough for a request of three replicas. */
const NODES = 3;

/**
 * All contracts on the simulated chain, with a model, a key set and three nodes. Takes the first six accounts: deployer, owner of the model, user,
 * nodes. The others are free for the test.
 *
 * @throws CloakworkError `TOO_FEW_ACCOUNTS`, or what the chain answers, decoded
 */
export async function deployCloakwork({ ethers }: HardhatConnection): Promise<TestMarket> {
  const [deployer, owner, user, ...others] = await ethers.getSigners();
  if (others.length < NODES) {
    throw new CloakworkError(
      "TOO_FEW_ACCOUNTS",
      `The fixture takes ${NODES + 3} accounts, and the chain has fewer.`,
      "Configure the simulated network with more accounts.",
    );
  }
  return await deployMarket({ deployer, owner, user, nodes: others.slice(0, NODES) });
}
