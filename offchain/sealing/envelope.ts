/**
 * Envelopes: the keys of a model version, sealed to nodes (docs/formats.md, section 7). JWE in general JSON serialisation (RFC 7516,
 * section 7.2.1), ECDH-ES+A256KW on P-256 (RFC 7518, section 4.6), content under A256GCM.
 */
import { GeneralEncrypt, generalDecrypt, type GeneralJWE } from "jose";
import * as z from "zod";

import { canonicalBytes } from "../digest/canonical-json.ts";
import { EnvelopeError } from "./errors.ts";
import type { NodeKey, NodePublicKey } from "./node-key.ts";
import { decodeVersionKeys, encodeVersionKeys, type VersionKeys } from "./version-keys.ts";

const ALG = "ECDH-ES+A256KW";
const ENC = "A256GCM";

/** Nodes one envelope can be sealed to. */
export const MAX_RECIPIENTS = 64;

/** More is not read: 64 recipients and 16 plans stay below. */
export const MAX_ENVELOPE_BYTES = 64 * 1024;

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);
const envelope = z.strictObject({
  protected: base64url,
  iv: base64url,
  ciphertext: base64url,
  tag: base64url,
  recipients: z
    .array(
      z.strictObject({
        encrypted_key: base64url,
        header: z.looseObject({ kid: z.string().max(64) }),
      }),
    )
    .min(1)
    .max(MAX_RECIPIENTS),
});

/**
 * Seals the keys of a version to nodes.
 *
 * @param recipients at least one, at most 64
 * @returns JSON in UTF-8; its blob root goes to ModelAccess
 * @throws RangeError when there are none or too many recipients
 */
export async function sealEnvelope(
  keys: VersionKeys,
  recipients: readonly NodePublicKey[],
): Promise<Uint8Array<ArrayBuffer>> {
  if (recipients.length < 1 || recipients.length > MAX_RECIPIENTS) {
    throw new RangeError(`an envelope has 1 to ${MAX_RECIPIENTS} recipients`);
  }
  const plaintext = encodeVersionKeys(keys);
  const jwe = new GeneralEncrypt(plaintext).setProtectedHeader({ alg: ALG, enc: ENC });
  for (const { key, kid } of recipients) jwe.addRecipient(key).setUnprotectedHeader({ kid });
  const sealed = await jwe.encrypt();
  plaintext.fill(0);
  return canonicalBytes(sealed);
}

/**
 * Opens an envelope.
 *
 * @param bytes the envelope, from anywhere
 * @param nodeKey one of its recipients
 * @returns the keys, still to be compared with the chain by `checkCommitment`
 * @throws EnvelopeError `ENVELOPE_FORMAT`, `ENVELOPE_OTHER_RECIPIENT` or `ENVELOPE_NOT_AUTHENTIC`
 */
export async function openEnvelope(bytes: Uint8Array, nodeKey: NodeKey): Promise<VersionKeys> {
  const { recipients, ...shared } = parse(bytes);
  const mine = recipients.find(({ header }) => header.kid === nodeKey.publicKey.kid);
  if (mine === undefined) {
    throw new EnvelopeError(
      "ENVELOPE_OTHER_RECIPIENT",
      `The envelope is sealed to ${recipients.length} other key${recipients.length === 1 ? "" : "s"}, not to this one.`,
    );
  }
  let plaintext: Uint8Array;
  try {
    const jwe: GeneralJWE = { ...shared, recipients: [mine] };
    const opened = await generalDecrypt(jwe, nodeKey.privateKey, {
      keyManagementAlgorithms: [ALG],
      contentEncryptionAlgorithms: [ENC],
    });
    plaintext = opened.plaintext;
  } catch {
    throw new EnvelopeError(
      "ENVELOPE_NOT_AUTHENTIC",
      "The envelope names this key but does not open with it: it was changed, or made for another key.",
    );
  }
  try {
    return decodeVersionKeys(plaintext);
  } finally {
    plaintext.fill(0);
  }
}

function parse(bytes: Uint8Array): z.infer<typeof envelope> {
  if (bytes.length > MAX_ENVELOPE_BYTES) {
    throw new EnvelopeError(
      "ENVELOPE_FORMAT",
      `An envelope has at most ${MAX_ENVELOPE_BYTES} bytes, not ${bytes.length}.`,
    );
  }
  try {
    return envelope.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch {
    throw new EnvelopeError("ENVELOPE_FORMAT", "The bytes are not an envelope.");
  }
}
