import { setKeySetDelegate } from "../chain/keys.ts";
import type { Mined } from "../chain/send.ts";
import type { Hex } from "../chain/types.ts";
import type { ClientContext } from "./types.ts";
import { WalletSigner } from "./wallet-signer.ts";

/**
 * Lets another account, usually a contract, make requests with a key set, or stops it. Inputs are encrypted and results opened with the vault's
 * secret alone.
 *
 * @throws ContractError `KEY_REGISTRY_REVOKED`, `KEY_REGISTRY_NOT_OWNER`, `KEY_REGISTRY_UNKNOWN_KEY_SET`; ChainError
 */
export async function delegateKeys(
  { provider, deployment, wallet }: Pick<ClientContext, "provider" | "deployment" | "wallet">,
  keySetId: Hex,
  requester: Hex,
  allowed: boolean,
): Promise<Mined> {
  const signer = new WalletSigner(wallet, provider, { chainId: deployment.chainId });
  return (await setKeySetDelegate(signer, deployment.contracts, keySetId, requester, allowed)).wait();
}
