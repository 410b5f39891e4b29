/**
 * Manifests: what people read about a model version before they pay (docs/formats.md, section 7). Public; canonical JSON; its blob root
 * stands in ModelRegistry. Every text is written by strangers, so nothing in it can move a cursor or turn the direction of a line.
 */
import * as z from "zod";

import { canonicalBytes, parseCanonical } from "../digest/canonical-json.ts";
import { isBytes32 } from "../digest/hex.ts";
import { ManifestError } from "./errors.ts";

/** More is not read. */
export const MAX_MANIFEST_BYTES = 256 * 1024;

/** Control characters, and what reorders text (Unicode TR 36, section 2.5): never in one line of text. */
// eslint-disable-next-line no-control-regex -- control characters are what is meant
const UNSAFE_LINE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
// eslint-disable-next-line no-control-regex -- the same, with line feeds and tabs allowed
const UNSAFE_TEXT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

const line = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => !UNSAFE_LINE.test(text), "must be one line without control or direction characters");
const text = (most: number) =>
  z
    .string()
    .max(most)
    .refine((value) => !UNSAFE_TEXT.test(value), "must be without control or direction characters");
const digest = z.string().refine(isBytes32, "must be 0x and 64 lower-case digits");
const decimal = z
  .string()
  .max(40)
  .regex(/^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/, "must be a decimal number");
const count = z.int().nonnegative();

const accuracy = z.strictObject({
  /** Share of samples right, 0 … 1, of the model as trained. */
  plain: decimal,
  /** The same under encryption. */
  encrypted: decimal,
  /** Samples measured. */
  samples: z.int().positive(),
  /** What the samples are. */
  data: line(200),
});

const plan = z.strictObject({
  /** Blob root of the plan. */
  digest,
  /** Bytes of the plan. */
  bytes: z.int().positive(),
  packageRoot: digest,
  packageBytes: z.int().positive(),
  weightsRoot: digest,
  /** Name and digest of the parameter set. */
  params: line(64),
  paramsDigest: digest,
  semantics: line(31),
  /** How many times the fees are charged. */
  units: z.int().positive(),
  /** Of a plan for a batch: inputs that one request may hold. */
  batch: z.int().min(2).exactOptional(),
  estimates: z.strictObject({
    keyBytes: count,
    inputBytes: count,
    resultBytes: count,
    errorBound: decimal,
    milliseconds: count,
  }),
  accuracy,
});

const presentation = z.discriminatedUnion("kind", [
  /** Shape is [height, width, channels]; drawn, or read from a picture. */
  z.strictObject({ kind: z.literal("image") }),
  /** One number a field, in the order of the shape. */
  z.strictObject({
    kind: z.literal("fields"),
    fields: z
      .array(z.strictObject({ name: line(80), unit: line(20).optional(), min: decimal, max: decimal }))
      .min(1)
      .max(1024),
  }),
  /** Numbers without names. */
  z.strictObject({ kind: z.literal("vector") }),
]);

const manifest = z.strictObject({
  version: z.literal(1),
  /** Short name for commands and paths. */
  name: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, "must be lower-case letters, digits and dashes"),
  title: line(80),
  description: text(600),
  /** Markdown without HTML: what it was trained on, where it fails, what must not be done with it. */
  card: text(64 * 1024),
  license: line(64),
  noiseRoot: digest,
  plans: z.array(plan).min(1).max(16),
  input: z.strictObject({
    description: text(600),
    shape: z.array(z.int().positive()).min(1).max(4),
    range: z.strictObject({ min: decimal, max: decimal }),
    presentation,
  }),
  output: z.strictObject({
    description: text(600),
    /** One a class; empty where outputs are numbers. */
    labels: z.array(line(80)).max(4096),
    finish: z.enum(["none", "softmax", "sigmoid"]),
  }),
});

export type Manifest = z.infer<typeof manifest>;
export type ManifestPlan = z.infer<typeof plan>;
export type ManifestAccuracy = z.infer<typeof accuracy>;

/** What the chain says of a version; `ModelVersion` of offchain/chain has these fields. */
export interface VersionRecord {
  readonly noiseRoot: string;
  readonly plans: readonly {
    readonly planDigest: string;
    readonly packageRoot: string;
    readonly weightsRoot: string;
    readonly paramsDigest: string;
    readonly semantics: string;
    readonly units: number;
  }[];
}

/**
 * Writes a manifest.
 *
 * @returns canonical JSON in UTF-8
 * @throws ManifestError, which names the field
 */
export function encodeManifest(value: Manifest): Uint8Array<ArrayBuffer> {
  const bytes = canonicalBytes(validated(value));
  if (bytes.length > MAX_MANIFEST_BYTES)
    throw new ManifestError(`${bytes.length} bytes, and at most ${MAX_MANIFEST_BYTES} are read`);
  return bytes;
}

/**
 * Reads a manifest.
 *
 * @param bytes fetched by its root
 * @throws ManifestError, which names the field; CanonicalJsonError when the bytes are not canonical JSON
 */
export function decodeManifest(bytes: Uint8Array): Manifest {
  return validated(parseCanonical(bytes, MAX_MANIFEST_BYTES));
}

/**
 * Checks that a manifest describes the version on chain.
 *
 * @throws ManifestError, which names what differs
 */
export function checkManifest(value: Manifest, record: VersionRecord): void {
  const same = (what: string, a: unknown, b: unknown): void => {
    if (a !== b) throw new ManifestError(`its ${what} is not the one on chain`);
  };
  same("noise root", value.noiseRoot, record.noiseRoot);
  same("number of plans", value.plans.length, record.plans.length);
  record.plans.forEach((onChain, i) => {
    const stated = value.plans[i];
    same(`digest of plan ${i}`, stated.digest, onChain.planDigest);
    same(`package root of plan ${i}`, stated.packageRoot, onChain.packageRoot);
    same(`weights root of plan ${i}`, stated.weightsRoot, onChain.weightsRoot);
    same(`parameter set of plan ${i}`, stated.paramsDigest, onChain.paramsDigest);
    same(`semantics of plan ${i}`, stated.semantics, onChain.semantics);
    same(`units of plan ${i}`, stated.units, onChain.units);
  });
}

function validated(value: unknown): Manifest {
  const result = manifest.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue.path.length === 0 ? "the whole" : issue.path.map(String).join(".");
  // The message may quote keys a stranger chose.
  throw new ManifestError(`${path}: ${issue.message.slice(0, 200).replaceAll(new RegExp(UNSAFE_LINE, "g"), "?")}`);
}
