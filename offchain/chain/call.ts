import type { ContractRunner, Result } from "ethers";

import { decodeContractError } from "./contract-errors.ts";
import { contractAt } from "./contracts.ts";
import type { DeployedContracts } from "./types.ts";

/**
 * Calls a view function.
 *
 * @param runner an ethers provider or signer
 * @param contracts the deployment's addresses
 * @param name the contract
 * @param method the function's name
 * @param args its arguments
 * @returns all return values, by position and name
 * @throws CloakworkError decoded by `decodeContractError`
 */
export async function call(
  runner: ContractRunner,
  contracts: DeployedContracts,
  name: keyof DeployedContracts,
  method: string,
  args: readonly unknown[] = [],
): Promise<Result> {
  try {
    return await contractAt(runner, contracts, name)
      .getFunction(method)
      .staticCallResult(...args);
  } catch (error) {
    throw decodeContractError(error);
  }
}
