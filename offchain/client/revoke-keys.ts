import { revokeKeySet } from "../chain/keys.ts";
import type { Mined } from "../chain/send.ts";
import type { Hex } from "../chain/types.ts";
import type { ClientContext } from "./types.ts";
import { WalletSigner } from "./wallet-signer.ts";

/**
 * Refuses a key set to new requests, for good. Requests under way are answered, and the vault keeps opening their results.
 *
 * @throws ContractError `KEY_REGISTRY_REVOKED`, `KEY_REGISTRY_NOT_OWNER`, `KEY_REGISTRY_UNKNOWN_KEY_SET`; ChainError
 */
export async function revokeKeys(
  { provider, deployment, wallet }: Pick<ClientContext, "provider" | "deployment" | "wallet">,
  keySetId: Hex,
): Promise<Mined> {
  const signer = new WalletSigner(wallet, provider, { chainId: deployment.chainId });
  return (await revokeKeySet(signer, deployment.contracts, keySetId)).wait();
}
