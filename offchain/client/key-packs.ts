/** Packs of evaluation keys as a client makes them. Making the same pack again gives the same bytes, so none needs to be kept. */
import { wordBytes } from "../digest/bytes.ts";
import type { Bytes32 } from "../digest/hex.ts";
import { blobRoot, residuesRoot } from "../digest/merkle.ts";
import { entryOf, type KeyEntry, type KeyNeed } from "../fhe/ckks/key-need.ts";
import { generatePack, packRoot, parsePack } from "../fhe/ckks/key-pack.ts";
import { KEY_KINDS } from "../fhe/ckks/key-set.ts";
import type { SecretKey } from "../fhe/ckks/secret.ts";
import { untrusted } from "../fhe/ckks/untrusted.ts";
import { fastestExpansion } from "../fhe/kernel/expand-polynomial.ts";
import { batchKeyBody } from "../fhe/result/batch-public-key.ts";
import { smallKeyBody } from "../fhe/result/key-bodies.ts";
import { compactPublicKeyResidues } from "../fhe/result/opened-keys.ts";
import { keyFromName, keyName } from "./key-names.ts";
import type { StoredPack } from "./vault/contents.ts";

const BODIES = [smallKeyBody, batchKeyBody];

/** A pack with its bytes. */
export interface MadePack {
  readonly stored: StoredPack;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Root (kind 2) of the compact public key in it, if there is one. */
  readonly compactPublicKeyRoot: Bytes32 | undefined;
}

export interface MakeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes made and the bytes in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Makes the keys for some needs as one pack, with the roots a registry wants.
 *
 * @param keySet the key set the secret belongs to
 * @throws KeyPackError when a need does not fit the parameter set; the signal's reason when aborted
 */
export async function makePack(
  secret: SecretKey,
  keySet: Bytes32,
  needs: readonly KeyNeed[],
  { signal, onProgress }: MakeOptions = {},
): Promise<MadePack> {
  const expand = await fastestExpansion();
  const bytes = await generatePack(secret, keySet, needs, {
    bodies: BODIES,
    expand,
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  const pack = parsePack(untrusted(bytes), {
    params: secret.params,
    keySetId: keySet,
    maxBytes: bytes.length,
    bodies: BODIES,
  });
  const compact = pack.keys.find(({ kind }) => kind === KEY_KINDS.compactPublic);
  return {
    stored: {
      root: blobRoot(bytes),
      residuesRoot: packRoot(pack, BODIES, expand),
      size: bytes.length,
      keys: needs.map((need) => keyName(entryOf(need))),
    },
    bytes,
    compactPublicKeyRoot: compact && residuesRoot(wordBytes(compactPublicKeyResidues(keySet, untrusted(compact.body)))),
  };
}

/** The keys a stored pack holds. */
export function packEntries({ keys }: Pick<StoredPack, "keys">): KeyEntry[] {
  return keys.map(keyFromName).filter((entry) => entry !== undefined);
}

/** The needs a stored pack was made for, to make it again. */
export function packNeeds(pack: Pick<StoredPack, "keys">): KeyNeed[] {
  return packEntries(pack).map((entry): KeyNeed => {
    switch (entry.kind) {
      case KEY_KINDS.galois:
        return { kind: "galois", element: entry.element, gadget: 1, level: entry.level };
      case KEY_KINDS.relin:
        return { kind: "relin", gadget: 1, level: entry.level };
      case KEY_KINDS.switch:
        return { kind: "switch", ring: entry.element, gadget: 2 };
      case KEY_KINDS.compactPublic:
        return { kind: "compactPublic", ring: entry.element };
      case KEY_KINDS.batchPublic:
        return { kind: "batchPublic", ring: entry.element };
    }
  });
}
