import type { ContractRunner, Signer } from "ethers";

import { call } from "./call.ts";
import { nothing, send, type Sent } from "./send.ts";
import type { DeployedContracts, Hex } from "./types.ts";

/** What an account can withdraw of a token, in its smallest unit. */
export async function getBalance(
  runner: ContractRunner,
  contracts: DeployedContracts,
  token: Hex,
  account: Hex,
): Promise<bigint> {
  const [balance] = await call(runner, contracts, "balances", "balanceOf", [token, account]);
  return balance as bigint;
}

/** Pays out of the signer's balance to any address. */
export async function withdraw(
  signer: Signer,
  contracts: DeployedContracts,
  token: Hex,
  recipient: Hex,
  amount: bigint,
): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "balances",
    method: "withdraw",
    args: [token, recipient, amount],
    outcome: nothing,
  });
}
