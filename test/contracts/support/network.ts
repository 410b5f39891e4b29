import { network } from "hardhat";

/** The simulated chain the contract tests share; fixtures take it back to where they left it. */
export const { ethers, networkHelpers } = await network.create();
