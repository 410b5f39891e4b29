/** What an envelope carries: the secrets of one model version, and the roots they belong to (docs/formats.md, section 7). */
import * as z from "zod";

import { canonicalBytes, parseCanonical } from "../digest/canonical-json.ts";
import { fromHex, isBytes32, toHex, type Bytes32 } from "../digest/hex.ts";
import { EnvelopeError } from "./errors.ts";
import { SecretBytes } from "./secret-bytes.ts";

/** The secrets of the package of one plan. */
export interface PackageKeys {
  /** AES-256 key of the body, 32 bytes. Used for one body, ever. */
  readonly contentKey: SecretBytes;
  /** What the salts of the weights tree follow from, 32 bytes. */
  readonly packageSecret: SecretBytes;
  readonly packageRoot: Bytes32;
  readonly weightsRoot: Bytes32;
}

/** The secrets of a version. */
export interface VersionKeys {
  /** What the noise seeds follow from, 32 bytes. */
  readonly noiseSecret: SecretBytes;
  readonly noiseRoot: Bytes32;
  /** One a plan, in the order of the version's plans. */
  readonly packages: readonly PackageKeys[];
}

/** What the chain commits to; `ModelVersion` of offchain/chain has these fields. */
export interface VersionCommitment {
  readonly noiseRoot: string;
  readonly plans: readonly { readonly packageRoot: string; readonly weightsRoot: string }[];
}

/** As many plans as a version can have (IModelRegistry). */
const MAX_PLANS = 16;
const MAX_BYTES = 8 * 1024;

const bytes32 = z.string().refine(isBytes32);
const plaintext = z.strictObject({
  version: z.literal(1),
  noiseSecret: bytes32,
  noiseRoot: bytes32,
  packages: z
    .array(z.strictObject({ contentKey: bytes32, packageSecret: bytes32, packageRoot: bytes32, weightsRoot: bytes32 }))
    .min(1)
    .max(MAX_PLANS),
});

const hexOf = (secret: SecretBytes): Bytes32 => toHex(secret.reveal());

/** The plaintext of an envelope. To be encrypted at once and overwritten. */
export function encodeVersionKeys(keys: VersionKeys): Uint8Array<ArrayBuffer> {
  return canonicalBytes({
    version: 1,
    noiseSecret: hexOf(keys.noiseSecret),
    noiseRoot: keys.noiseRoot,
    packages: keys.packages.map(({ contentKey, packageSecret, packageRoot, weightsRoot }) => ({
      contentKey: hexOf(contentKey),
      packageSecret: hexOf(packageSecret),
      packageRoot,
      weightsRoot,
    })),
  });
}

/**
 * Reads the plaintext of an envelope.
 *
 * @throws EnvelopeError `ENVELOPE_FORMAT` when it is not what `encodeVersionKeys` writes
 */
export function decodeVersionKeys(bytes: Uint8Array): VersionKeys {
  let parsed: z.infer<typeof plaintext>;
  try {
    parsed = plaintext.parse(parseCanonical(bytes, MAX_BYTES));
  } catch {
    // No cause: it could quote a key.
    throw new EnvelopeError("ENVELOPE_FORMAT", "The envelope opens, but does not hold the keys of a model version.");
  }
  return {
    noiseSecret: secretOf(parsed.noiseSecret),
    noiseRoot: parsed.noiseRoot,
    packages: parsed.packages.map(({ contentKey, packageSecret, packageRoot, weightsRoot }) => ({
      contentKey: secretOf(contentKey),
      packageSecret: secretOf(packageSecret),
      packageRoot,
      weightsRoot,
    })),
  };
}

function secretOf(hex: Bytes32): SecretBytes {
  const bytes = fromHex(hex, 32);
  const secret = new SecretBytes(bytes);
  bytes.fill(0);
  return secret;
}

/** Overwrites the secrets in memory. */
export function wipeVersionKeys({ noiseSecret, packages }: VersionKeys): void {
  for (const secret of [noiseSecret, ...packages.flatMap((one) => [one.contentKey, one.packageSecret])]) {
    secret[Symbol.dispose]();
  }
}

/**
 * Checks that an envelope speaks of the version the chain speaks of.
 *
 * @throws EnvelopeError `ENVELOPE_COMMITMENT`, which names what differs
 */
export function checkCommitment(keys: VersionKeys, commitment: VersionCommitment): void {
  const differ = (what: string): never => {
    throw new EnvelopeError("ENVELOPE_COMMITMENT", `The envelope's ${what} is not the one on chain.`);
  };
  if (keys.noiseRoot !== commitment.noiseRoot) differ("noise root");
  if (keys.packages.length !== commitment.plans.length) differ("number of packages");
  keys.packages.forEach((one, i) => {
    if (one.packageRoot !== commitment.plans[i].packageRoot) differ(`package root of plan ${i}`);
    if (one.weightsRoot !== commitment.plans[i].weightsRoot) differ(`weights root of plan ${i}`);
  });
}
