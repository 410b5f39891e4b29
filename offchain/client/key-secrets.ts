/** Secrets between the vault and the work that needs them: taken out for one piece of work, overwritten after it. */
import { base64url } from "jose";

import { toHex, type Bytes32, type Hex } from "../digest/hex.ts";
import { keySetId } from "../fhe/ckks/key-set.ts";
import { paramsDigest, type ParameterSet } from "../fhe/ckks/parameters.ts";
import { exportSecret, generateSecret, importSecret, type SecretKey } from "../fhe/ckks/secret.ts";
import { keySetMissing } from "./errors.ts";
import type { StoredKeySet } from "./vault/contents.ts";
import type { Vault } from "./vault/vault.ts";

/** Makes a key set: a fresh secret under a fresh salt, with no keys yet. */
export function newKeySet(owner: Hex, params: ParameterSet): StoredKeySet {
  const account = owner.toLowerCase() as Hex;
  const salt = toHex(crypto.getRandomValues(new Uint8Array(32)));
  const secret = generateSecret(params);
  try {
    const bytes = exportSecret(secret);
    const secrets = base64url.encode(bytes);
    bytes.fill(0);
    return {
      id: keySetId(account, salt, params),
      owner: account,
      salt,
      paramsDigest: paramsDigest(params),
      paramsId: params.id,
      secrets,
      packs: [],
      registered: [],
      releases: 0,
      createdAt: new Date().toISOString(),
    };
  } finally {
    secret[Symbol.dispose]();
  }
}

/**
 * Does one piece of work with the secret key of a key set.
 *
 * @param work must not keep the key
 * @throws ClientError `KEY_SET_NOT_IN_VAULT`, SecretKeyError, VaultLockedError, and what the work throws
 */
export async function withSecret<T>(
  vault: Vault,
  id: Bytes32,
  params: ParameterSet,
  work: (secret: SecretKey) => Promise<T> | T,
): Promise<T> {
  const stored = (await vault.contents()).keySets.find((keySet) => keySet.id === id);
  if (stored === undefined) throw keySetMissing(id);
  const bytes = base64url.decode(stored.secrets);
  let secret: SecretKey;
  try {
    secret = importSecret(bytes, params);
  } finally {
    bytes.fill(0);
  }
  try {
    return await work(secret);
  } finally {
    secret[Symbol.dispose]();
  }
}
