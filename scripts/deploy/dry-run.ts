/** What a deployment would do and cost, found out without sending anything. */
import { type Signer, Wallet } from "ethers";

import { openProvider } from "../../offchain/chain/provider.ts";
import type { DeployedContracts, Hex } from "../../offchain/chain/types.ts";
import { startLocalChain } from "../local-chain.ts";
import { defaultParameters, deployUnasked, plannedAddresses, providerOf } from "./deploy-cloakwork.ts";
import { requireEntropySuitable } from "./entropy-suitability.ts";
import type { DeploymentParameters } from "./parameters.ts";

export interface DryRun {
  readonly chainId: number;
  readonly from: Hex;
  /** In the order they would be sent. */
  readonly steps: readonly { readonly name: keyof DeployedContracts; readonly address: Hex; readonly gas: bigint }[];
  /** The sum of all steps. */
  readonly gas: bigint;
  /** Wei a unit of gas costs at most, as the chain's endpoint suggests now. */
  readonly gasPrice: bigint;
  /** Wei: `gas` at `gasPrice`. */
  readonly cost: bigint;
  /** Wei the deployer has. */
  readonly balance: bigint;
}

/**
 * Rehearses the deployment on a chain inside this process, with the parameters the real one would have, verification included; asks the real
 * chain only whether its randomness is suitable, what its gas costs, and what the account has there.
 *
 * @param signer whose address and next nonce decide the contracts' addresses; it signs nothing
 * @param parameters those of public chains, or of local ones on 31337 and 1337, when omitted
 * @throws EntropyUnsuitableError, DeployError, or what a constructor answers, decoded
 */
export async function dryRun(signer: Signer, parameters?: DeploymentParameters): Promise<DryRun> {
  const provider = providerOf(signer);
  const chainId = Number((await provider.getNetwork()).chainId);
  const wanted = parameters ?? defaultParameters(chainId);
  await requireEntropySuitable(provider, wanted.entropy.source);
  const from = (await signer.getAddress()) as Hex;
  const addresses = plannedAddresses(from, await provider.getTransactionCount(from, "pending"));
  const steps = (await rehearse(wanted)).map(({ name, gas }) => ({
    name,
    address: addresses[name],
    gas,
  }));
  const [{ maxFeePerGas, gasPrice }, balance] = await Promise.all([provider.getFeeData(), provider.getBalance(from)]);
  const gas = steps.reduce((sum, step) => sum + step.gas, 0n);
  const price = maxFeePerGas ?? gasPrice ?? 0n;
  return { chainId, from, steps, gas, gasPrice: price, cost: gas * price, balance };
}

async function rehearse(
  parameters: DeploymentParameters,
): Promise<{ readonly name: keyof DeployedContracts; readonly gas: bigint }[]> {
  await using stack = new AsyncDisposableStack();
  const chain = await startLocalChain();
  stack.defer(() => chain.stop());
  const provider = await openProvider(chain.url, chain.chainId);
  stack.defer(() => {
    provider.destroy();
  });
  const steps: { name: keyof DeployedContracts; gas: bigint }[] = [];
  await deployUnasked(new Wallet(chain.accounts[0].privateKey, provider), parameters, {
    onDeployed: (name, _address, gas) => steps.push({ name, gas }),
  });
  return steps;
}
