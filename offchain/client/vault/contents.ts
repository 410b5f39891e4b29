/** What a vault holds once it is open. Checked whole after every decryption: a vault written by a newer version is refused, not guessed at. */
import * as z from "zod";

import type { Hex } from "../../digest/hex.ts";

const hex = (bytes: number) => {
  const form = new RegExp(`^0x[0-9a-f]{${bytes * 2}}$`);
  return z.custom<Hex>((value) => typeof value === "string" && form.test(value), `0x and ${bytes * 2} digits expected`);
};
const address = hex(20);
const bytes32 = hex(32);

/** A pack of evaluation keys as it was uploaded. */
export const storedPack = z.strictObject({
  root: bytes32,
  residuesRoot: bytes32,
  size: z.int().nonnegative(),
  /** Names of the key needs it answers, `kind:element:level`. */
  keys: z.array(z.string()),
});

export const storedKeySet = z.strictObject({
  id: bytes32,
  owner: address,
  salt: bytes32,
  paramsDigest: bytes32,
  paramsId: z.string(),
  /** The secrets as `exportSecrets` gives them, base64url. The only place where they exist outside memory. */
  secrets: z.base64url(),
  packs: z.array(storedPack),
  /** Where it stands in a KeyRegistry: `chainId:registry`. */
  registered: z.array(z.string()),
  /** Decrypted values released to others so far, counted against a budget. */
  releases: z.int().nonnegative(),
  createdAt: z.iso.datetime(),
});

export const storedRequest = z.strictObject({
  chainId: z.int().positive(),
  hub: address,
  /** Decimal; absent until the transaction that asks for it is known to be mined. */
  requestId: z.string().regex(/^\d+$/).optional(),
  transaction: bytes32.optional(),
  modelId: z.string().regex(/^\d+$/),
  version: z.int().nonnegative(),
  planDigest: bytes32,
  keySetId: bytes32,
  inputRoot: bytes32,
  inputBytes: z.int().nonnegative(),
  /** Inputs of a batch. Absent for one input, and where it is not known any more: the chain does not know it. */
  samples: z.int().positive().optional(),
  /** The chain's newest block when it was sent: where to look for it when nothing else is known. */
  fromBlock: z.int().nonnegative().optional(),
  createdAt: z.iso.datetime(),
});

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** The P-256 key licences are sealed to, as a JWK. The only place where its private half exists outside memory. */
export const storedRecipientKey = z.strictObject({
  jwk: z.strictObject({
    kty: z.literal("EC"),
    crv: z.literal("P-256"),
    x: coordinate,
    y: coordinate,
    d: coordinate,
  }),
  createdAt: z.iso.datetime(),
});

export const vaultContents = z.strictObject({
  version: z.literal(1),
  keySets: z.array(storedKeySet),
  requests: z.array(storedRequest),
  /** Made when it is first asked for. */
  recipientKey: storedRecipientKey.optional(),
  /** When the last backup was taken. */
  lastBackup: z.iso.datetime().optional(),
});

export type StoredPack = z.infer<typeof storedPack>;
export type StoredKeySet = z.infer<typeof storedKeySet>;
export type StoredRecipientKey = z.infer<typeof storedRecipientKey>;
export type StoredRequest = z.infer<typeof storedRequest>;
export type VaultContents = z.infer<typeof vaultContents>;

export const EMPTY_VAULT: VaultContents = { version: 1, keySets: [], requests: [] };
