import { getKeySet, setKeySetUri } from "../chain/keys.ts";
import type { Mined } from "../chain/send.ts";
import type { Hex } from "../chain/types.ts";
import { bytes32 } from "../digest/hex.ts";
import { endpointUrl } from "../storage/endpoint.ts";
import { HttpStore } from "../storage/http-store.ts";
import { usableEndpoints } from "../storage/stated-endpoints.ts";
import { ClientError } from "./errors.ts";
import type { ClientContext } from "./types.ts";
import { WalletSigner } from "./wallet-signer.ts";

/** Where a key set's packs are served. */
export interface KeysUri {
  /** As it stands on chain. */
  readonly uri: string;
  /** What changed it; undefined when it stood there already. */
  readonly mined: Mined | undefined;
}

/**
 * Says on chain where a key set's packs are served from now on, once they all are.
 *
 * @param url base URL of a store: http or https, and in no private network unless the chain is local
 * @throws StorageError `ENDPOINT_INVALID`; ClientError `ENDPOINT_PRIVATE`, `KEYS_NOT_THERE`; BlobUnavailableError when the store does not
 * answer; ContractError `KEY_REGISTRY_NOT_OWNER`, `KEY_REGISTRY_UNKNOWN_KEY_SET`; ChainError; the signal's reason when aborted
 */
export async function setKeysUri(
  { provider, deployment, wallet }: Pick<ClientContext, "provider" | "deployment" | "wallet">,
  keySetId: Hex,
  url: string,
  signal?: AbortSignal,
): Promise<KeysUri> {
  const { chainId, contracts } = deployment;
  const uri = endpointUrl(url);
  if (usableEndpoints([uri], chainId).length === 0) {
    throw new ClientError(
      "ENDPOINT_PRIVATE",
      `Nodes do not ask ${uri}, which is an address of one machine or of a private network.`,
      "Name an address that others reach.",
    );
  }
  const { packs, uri: before } = await getKeySet(provider, contracts, keySetId);
  const store = new HttpStore({ endpoints: [uri], attempts: 2 });
  const missing: Hex[] = [];
  for (const { blobRoot, size } of packs) {
    signal?.throwIfAborted();
    const root = bytes32(blobRoot);
    if ((await store.size(root)) !== size) missing.push(root);
  }
  if (missing.length > 0) {
    throw new ClientError(
      "KEYS_NOT_THERE",
      `${uri} serves ${packs.length - missing.length} of the ${packs.length} packs of key set ${keySetId}.`,
      `Put the others there first, such as ${uri}/blobs/${missing[0]}.`,
    );
  }
  if (before === uri) return { uri, mined: undefined };
  const signer = new WalletSigner(wallet, provider, { chainId });
  return { uri, mined: await (await setKeySetUri(signer, contracts, keySetId, uri)).wait() };
}
