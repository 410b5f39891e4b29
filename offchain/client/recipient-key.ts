/** The key that owners of models seal licences to: one a vault, made when it is first asked for. */
import { generateNodeKey, importNodeKey, type NodeKey, type NodePublicKey } from "../sealing/node-key.ts";
import { recipientKeyMissing } from "./errors.ts";
import type { Vault } from "./vault/vault.ts";

export interface RecipientKey {
  readonly publicKey: NodePublicKey;
  /** True when it was made just now: its private half exists in this vault alone. */
  readonly created: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
}

/**
 * The public half of the vault's key, which is made when there is none.
 *
 * @throws VaultLockedError, VaultBusyError
 */
export async function ensureRecipientKey(vault: Vault): Promise<RecipientKey> {
  const fresh = { jwk: await generateNodeKey(), createdAt: new Date().toISOString() };
  const { recipientKey = fresh } = await vault.contents();
  if (recipientKey !== fresh) return { ...(await described(recipientKey)), created: false };
  // Somebody else may have made one in between: theirs is kept.
  const kept = (await vault.update((contents) => ({ recipientKey: fresh, ...contents }))).recipientKey ?? fresh;
  return { ...(await described(kept)), created: kept === fresh };
}

/**
 * The vault's key, to open licences with.
 *
 * @throws ClientError `RECIPIENT_KEY_MISSING`; VaultLockedError
 */
export async function openRecipientKey(vault: Vault): Promise<NodeKey> {
  const { recipientKey } = await vault.contents();
  if (recipientKey === undefined) throw recipientKeyMissing();
  return importNodeKey(recipientKey.jwk);
}

async function described({
  jwk,
  createdAt,
}: {
  readonly jwk: unknown;
  readonly createdAt: string;
}): Promise<Omit<RecipientKey, "created">> {
  const { publicKey } = await importNodeKey(jwk);
  return { publicKey, createdAt };
}
