import type { ContractRunner, Signer } from "ethers";

import { call } from "./call.ts";
import { INTERFACES } from "./contracts.ts";
import { eventIn } from "./receipt-events.ts";
import { nothing, send, type Sent } from "./send.ts";
import type { DeployedContracts, Hex, KeyPackRef, KeySet } from "./types.ts";

interface RawKeySet {
  readonly owner: Hex;
  readonly revoked: boolean;
  readonly paramsDigest: Hex;
  readonly compactPublicKeyRoot: Hex;
  readonly packsDigest: Hex;
  readonly uri: string;
  readonly packs: readonly { readonly blobRoot: Hex; readonly residuesRoot: Hex; readonly size: bigint }[];
}

/** What a key set is registered with. */
export interface KeySetContent {
  /** 32 random bytes. */
  readonly salt: Hex;
  readonly paramsDigest: Hex;
  /** 1 to 16 packs; `appendKeyPacks` adds more. */
  readonly packs: readonly KeyPackRef[];
  /** All zeros when there is none. */
  readonly compactPublicKeyRoot: Hex;
  readonly uri: string;
}

/**
 * A key set as it stands.
 *
 * @throws CloakworkError `KEY_REGISTRY_UNKNOWN_KEY_SET`
 */
export async function getKeySet(runner: ContractRunner, contracts: DeployedContracts, keySetId: Hex): Promise<KeySet> {
  const [keySet] = await call(runner, contracts, "keyRegistry", "keySetOf", [keySetId]);
  const raw = keySet as RawKeySet;
  return {
    keySetId,
    owner: raw.owner,
    revoked: raw.revoked,
    paramsDigest: raw.paramsDigest,
    compactPublicKeyRoot: raw.compactPublicKeyRoot,
    packsDigest: raw.packsDigest,
    uri: raw.uri,
    packs: Array.from(raw.packs, ({ blobRoot, residuesRoot, size }) => ({
      blobRoot,
      residuesRoot,
      size: Number(size),
    })),
  };
}

/** Registers a key set of the signer with its first packs. */
export async function registerKeySet(
  signer: Signer,
  contracts: DeployedContracts,
  content: KeySetContent,
): Promise<Sent<{ keySetId: Hex }>> {
  return await send(signer, contracts, {
    contract: "keyRegistry",
    method: "register",
    args: [content.salt, content.paramsDigest, content.packs, content.compactPublicKeyRoot, content.uri],
    outcome: (receipt) => {
      const { keySetId } = eventIn(receipt, contracts.keyRegistry, INTERFACES.keyRegistry, "KeySetRegistered");
      return { keySetId: keySetId as Hex };
    },
  });
}

/** Appends packs to the signer's key set. */
export async function appendKeyPacks(
  signer: Signer,
  contracts: DeployedContracts,
  keySetId: Hex,
  packs: readonly KeyPackRef[],
): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "keyRegistry",
    method: "appendPacks",
    args: [keySetId, packs],
    outcome: nothing,
  });
}

/** Refuses the key set to new requests, for good. */
export async function revokeKeySet(signer: Signer, contracts: DeployedContracts, keySetId: Hex): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "keyRegistry",
    method: "revoke",
    args: [keySetId],
    outcome: nothing,
  });
}

/** Says where the key set's packs are served from now on. */
export async function setKeySetUri(
  signer: Signer,
  contracts: DeployedContracts,
  keySetId: Hex,
  uri: string,
): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "keyRegistry",
    method: "setUri",
    args: [keySetId, uri],
    outcome: nothing,
  });
}

/** Lets another account, usually a contract, make requests with the signer's key set, or stops it. */
export async function setKeySetDelegate(
  signer: Signer,
  contracts: DeployedContracts,
  keySetId: Hex,
  requester: Hex,
  allowed: boolean,
): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "keyRegistry",
    method: "setDelegate",
    args: [keySetId, requester, allowed],
    outcome: nothing,
  });
}
