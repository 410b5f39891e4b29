/**
 * Brings a key set on chain with everything a plan needs. Every step is recorded before the next begins, in the vault or on chain, so that
 * whatever stops the work, calling again goes on where it stopped: the secret is in the vault before a key is made from it, a pack is in
 * the vault before it is uploaded, uploaded before it is registered; and what the chain has is never registered twice.
 */
import { appendKeyPacks, getKeySet, registerKeySet } from "../chain/keys.ts";
import type { Mined, Sent } from "../chain/send.ts";
import type { Hex, KeyPackRef, KeySet } from "../chain/types.ts";
import { bytes32, ZERO_HASH } from "../digest/hex.ts";
import { CloakworkError } from "../errors.ts";
import { covers, entryOf, missingNeeds } from "../fhe/ckks/key-need.ts";
import type { Plan } from "../fhe/plan/plan.ts";
import { HttpStore } from "../storage/http-store.ts";
import { ClientError } from "./errors.ts";
import { makePack, packEntries, packNeeds, type MadePack } from "./key-packs.ts";
import { withSecret } from "./key-secrets.ts";
import type { ClientContext, KeyProgress, ReadyKeys } from "./types.ts";
import { uploadBlob } from "./upload-blob.ts";
import { addPack, createKeySet, markRegistered, ownKeySets } from "./vault-key-sets.ts";
import type { StoredKeySet, StoredPack } from "./vault/contents.ts";
import { WalletSigner } from "./wallet-signer.ts";

/** What of a plan decides on its keys. */
export type KeyedPlan = Pick<Plan, "params" | "keys">;

export interface EnsureKeysOptions {
  /** Base URLs of stores, the preferred one first; at least one must take the keys. */
  readonly endpoints: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: KeyProgress) => void) | undefined;
  /** Given every pack as it has left, for a look at what the network holds. */
  readonly onUploaded?: ((bytes: Uint8Array) => void) | undefined;
}

/** A key set of the vault and how the chain has it. */
interface Candidate {
  readonly stored: StoredKeySet;
  readonly onChain: KeySet | undefined;
  readonly created: boolean;
}

/**
 * Finds or makes the wallet's key set for a plan, makes what keys it lacks, uploads and registers them.
 *
 * @throws ClientError, BlobUnavailableError, ChainError, ContractError; the signal's reason when aborted
 */
export async function ensureKeys(
  context: ClientContext,
  plan: KeyedPlan,
  { endpoints, signal, onProgress, onUploaded }: EnsureKeysOptions,
): Promise<ReadyKeys> {
  const tell = (stage: KeyProgress["stage"], detail: string, more: Partial<KeyProgress> = {}): void => {
    onProgress?.({ stage, at: Date.now(), detail, ...more });
  };
  tell("check", "Looking at which keys are there.");
  const candidate = await findOrCreate(context, plan);
  signal?.throwIfAborted();
  const { stored, onChain } = candidate;

  const made = new Map<Hex, MadePack>();
  let packs: readonly StoredPack[] = stored.packs;
  const missing = missingNeeds(packs.flatMap(packEntries), plan.keys);
  if (missing.length > 0) {
    const pack = await withSecret(context.vault, stored.id, plan.params, (secret) =>
      makePack(secret, stored.id, missing, {
        signal,
        onProgress: (done, total) => {
          tell("make", "Making keys on this device.", { done, total });
        },
      }),
    );
    packs = await addPack(context.vault, stored.id, pack.stored);
    made.set(pack.stored.root, pack);
  }

  // A request binds all packs on chain, and the node fetches them all, so those must be held even where this plan does not use them.
  const registered = new Map(onChain?.packs.map((pack) => [bytes32(pack.blobRoot), pack]));
  const needed = packs.filter((pack) => registered.has(pack.root) || serves(pack, plan));
  await checkForeignPacks(endpoints, stored.id, registered, packs);
  const pending: MadePack[] = [];
  let holder: string | undefined;
  for (const [i, pack] of needed.entries()) {
    signal?.throwIfAborted();
    if (registered.has(pack.root) && (await isHeld(endpoints, pack))) continue;
    const again = made.get(pack.root) ?? (await remake(context, stored.id, plan, pack, signal));
    const uploaded = await uploadBlob(endpoints, again.bytes, {
      what: "the keys",
      signal,
      onProgress: (done, total) => {
        tell("upload", `Uploading keys, pack ${i + 1} of ${needed.length}.`, { done, total });
      },
    });
    onUploaded?.(again.bytes);
    holder ??= uploaded.endpoints[0];
    if (!registered.has(pack.root)) pending.push(again);
  }
  if (pending.length > 0) {
    signal?.throwIfAborted();
    tell("register", "Registering the keys on chain.");
    const { hash, gasUsed } = await register(context, candidate, pending, holder ?? "");
    tell("register", "The keys are registered.", { hash, gas: gasUsed });
  }
  await markRegistered(context.vault, stored.id, context.deployment);
  const bytes = [...made.values()].reduce((sum, pack) => sum + pack.bytes.length, 0);
  tell("done", "The keys are ready.", { done: bytes, total: bytes });
  return { keySetId: stored.id, bytes, created: candidate.created };
}

/** The newest key set of the wallet and parameter set that can still be used, or a new one. */
async function findOrCreate(context: ClientContext, plan: KeyedPlan): Promise<Candidate> {
  const { vault, wallet } = context;
  const own = await ownKeySets(vault, wallet.address, plan.params);
  for (const stored of own) {
    const onChain = await keySetOnChain(context, stored.id);
    if (onChain === undefined || isUsable(onChain, plan)) return { stored, onChain, created: false };
  }
  const known = own.map(({ id }) => id);
  const stored = await createKeySet(vault, wallet.address, plan.params, known);
  return { stored, onChain: undefined, created: true };
}

/** Revoked is final, and so is whether a set was registered with a compact public key. */
function isUsable(onChain: KeySet, { keys }: KeyedPlan): boolean {
  const compact = keys.some(({ kind }) => kind === "compactPublic");
  return !onChain.revoked && !(compact && onChain.compactPublicKeyRoot === ZERO_HASH);
}

/** @returns undefined when it is not registered */
export async function keySetOnChain(
  { provider, deployment }: Pick<ClientContext, "provider" | "deployment">,
  id: Hex,
): Promise<KeySet | undefined> {
  try {
    return await getKeySet(provider, deployment.contracts, id);
  } catch (error) {
    if (error instanceof CloakworkError && error.code === "KEY_REGISTRY_UNKNOWN_KEY_SET") return undefined;
    throw error;
  }
}

/** Whether a plan uses a key of this pack. */
function serves(pack: StoredPack, { keys }: KeyedPlan): boolean {
  const entries = packEntries(pack);
  return keys.some((need) => entries.some((entry) => covers(entry, entryOf(need))));
}

/** Whether any store still holds a pack; a store that cannot be asked does not count. */
async function isHeld(
  endpoints: readonly string[],
  { root, size }: Pick<StoredPack, "root" | "size">,
): Promise<boolean> {
  for (const endpoint of endpoints) {
    try {
      if ((await new HttpStore({ endpoints: [endpoint], attempts: 1 }).size(root)) === size) return true;
    } catch (error) {
      if (!(error instanceof CloakworkError)) throw error;
    }
  }
  return false;
}

/** Packs on chain that an older backup of the vault does not know: another copy of the vault made them, and this one cannot. */
async function checkForeignPacks(
  endpoints: readonly string[],
  id: Hex,
  registered: ReadonlyMap<Hex, KeyPackRef>,
  packs: readonly StoredPack[],
): Promise<void> {
  for (const [root, { size }] of registered) {
    if (packs.some((pack) => pack.root === root) || (await isHeld(endpoints, { root, size }))) continue;
    throw notReproduced(id);
  }
}

async function remake(
  { vault }: ClientContext,
  id: Hex,
  { params }: KeyedPlan,
  pack: StoredPack,
  signal: AbortSignal | undefined,
): Promise<MadePack> {
  const again = await withSecret(vault, id, params, (secret) => makePack(secret, id, packNeeds(pack), { signal }));
  if (again.stored.root === pack.root) return again;
  throw notReproduced(id);
}

function notReproduced(id: Hex): ClientError {
  return new ClientError(
    "KEYS_NOT_REPRODUCED",
    `Keys of key set ${id} are in no store any more and could not be made again as they were.`,
    "Revoke this key set; a new one is made with the next request.",
  );
}

/** @param uri base URL of a store that holds the packs */
async function register(
  { provider, deployment, wallet }: ClientContext,
  { stored, onChain }: Candidate,
  pending: readonly MadePack[],
  uri: string,
): Promise<Mined> {
  const { contracts, chainId } = deployment;
  const signer = new WalletSigner(wallet, provider, { chainId });
  const packs = pending.map(({ stored: { root, residuesRoot, size } }) => ({ blobRoot: root, residuesRoot, size }));
  const compact = pending.find(({ compactPublicKeyRoot }) => compactPublicKeyRoot !== undefined);
  const sent: Sent =
    onChain === undefined
      ? await registerKeySet(signer, contracts, {
          salt: stored.salt,
          paramsDigest: stored.paramsDigest,
          packs,
          compactPublicKeyRoot: compact?.compactPublicKeyRoot ?? ZERO_HASH,
          uri,
        })
      : await appendKeyPacks(signer, contracts, stored.id, packs);
  return sent.wait();
}
