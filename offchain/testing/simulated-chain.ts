import type { Provider, Signer } from "ethers";

import { ChainError } from "../chain/contract-errors.ts";

/** A provider that passes on what only simulated chains understand. */
interface SimulatedProvider extends Provider {
  readonly send: (method: string, params: readonly unknown[]) => Promise<unknown>;
}

/** Makes so many blocks. */
export async function mine(signer: Signer, blocks: number): Promise<void> {
  for (let i = 0; i < blocks; i++) await providerOf(signer).send("evm_mine", []);
}

/** Lets seconds pass, and makes a block. */
export async function increaseTime(signer: Signer, seconds: number): Promise<void> {
  await providerOf(signer).send("evm_increaseTime", [seconds]);
  await mine(signer, 1);
}

/** Time of the newest block, unix seconds. */
export async function timeOf(signer: Signer): Promise<number> {
  const block = await providerOf(signer).getBlock("latest");
  if (block === null) throw notSimulated();
  return block.timestamp;
}

function providerOf(signer: Signer): SimulatedProvider {
  const { provider } = signer;
  if (provider === null || !("send" in provider)) throw notSimulated();
  return provider as SimulatedProvider;
}

function notSimulated(): ChainError {
  return new ChainError(
    "NOT_SIMULATED",
    "The account is not connected to a simulated chain.",
    "Use an account of Hardhat's or Anvil's.",
  );
}
