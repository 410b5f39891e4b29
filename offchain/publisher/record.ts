/**
 * What the owner's machine remembers of a publication: how far it came, and the version's keys, sealed to the owner's own key. Without it no
 * further node can be authorised for the version.
 */
import { z } from "zod";

import { isBytes32, type Bytes32, type Hex } from "../digest/hex.ts";
import { PublishError } from "./errors.ts";

const bytes32 = z.string().refine(isBytes32);
const decimal = z.string().regex(/^[0-9]+(?:\.[0-9]+)?$/);
const hex = z.custom<Hex>((value) => typeof value === "string" && /^0x[0-9a-fA-F]*$/.test(value));
const count = z.int().nonnegative();

/** What was measured of one plan. */
const measured = z.strictObject({ samples: count, plain: decimal, encrypted: decimal, data: z.string() });

/** The package of one plan. */
const sealedPackage = z.strictObject({ packageRoot: bytes32, packageBytes: count, weightsRoot: bytes32 });

const schema = z.strictObject({
  version: z.literal(1),
  /** What is published where; names the record. */
  fingerprint: bytes32,
  /** Of the first plan, and of those after it. */
  measured: measured.optional(),
  measuredMore: z.array(measured).optional(),
  sealed: sealedPackage
    .extend({
      noiseRoot: bytes32,
      /** A JWE to the owner's key. */
      envelope: z.string(),
      /** Of the plans after the first. */
      more: z.array(sealedPackage).optional(),
    })
    .optional(),
  registration: z
    .strictObject({
      manifestRoot: bytes32,
      /** Block before the transaction was sent. */
      fromBlock: count,
      /** Of the transaction, once sent. */
      hash: hex.optional(),
      modelId: z
        .string()
        .regex(/^[0-9]+$/)
        .optional(),
      version: count.optional(),
    })
    .optional(),
  /** Envelopes made, with the key each was sealed to. */
  grants: z.array(z.strictObject({ node: hex, point: hex, envelopeRoot: bytes32 })),
  /** Envelopes made for licensees, with the key each was sealed to. */
  licences: z.array(z.strictObject({ licensee: hex, point: hex, envelopeRoot: bytes32 })).optional(),
});

export type PublicationRecord = z.infer<typeof schema>;
export type SealedPackage = z.infer<typeof sealedPackage>;
export type Measured = z.infer<typeof measured>;

/** Keeps records; whoever implements it writes each whole or not at all. */
export interface PublicationRecords {
  read(fingerprint: Bytes32): Promise<PublicationRecord | undefined>;
  write(record: PublicationRecord): Promise<void>;
  list(): Promise<readonly PublicationRecord[]>;
}

/** A record of nothing done yet. */
export function newRecord(fingerprint: Bytes32): PublicationRecord {
  return { version: 1, fingerprint, grants: [] };
}

/** A record as text. */
export function encodeRecord(record: PublicationRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/**
 * Reads a record.
 *
 * @param where it came from, for the error
 * @throws PublishError `PUBLISH_RECORD`
 */
export function decodeRecord(text: string, where: string): PublicationRecord {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new PublishError("PUBLISH_RECORD", `The record of a publication at ${where} is damaged.`);
  }
}
