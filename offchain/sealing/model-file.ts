/**
 * Model files (docs/formats.md, section 15): one plan of a version with its weights in the clear, as a licensee keeps them. Secret: whoever
 * has the file has the model.
 */
import * as z from "zod";

import { concatBytes, equalBytes, wordBytes } from "../digest/bytes.ts";
import { canonicalBytes, parseCanonical } from "../digest/canonical-json.ts";
import { fromHex, isBytes32 } from "../digest/hex.ts";
import { blobRoot, weightsRoot } from "../digest/merkle.ts";
import { constantLength, splitConstants } from "../fhe/engine/constants.ts";
import { untrusted } from "../fhe/ckks/untrusted.ts";
import { parsePlan } from "../fhe/plan/canonical.ts";
import type { CheckedPlan } from "../fhe/plan/typecheck.ts";
import { ModelFileError } from "./errors.ts";

const MAGIC = new TextEncoder().encode("CWMD");
const VERSION = 1;
const HEADER_AT = 16;
const MAX_HEADER_BYTES = 4096;

const bytes32 = z.string().refine(isBytes32);
const header = z.strictObject({
  version: z.literal(1),
  chainId: z.int().positive(),
  registry: z.string().regex(/^0x[0-9a-f]{40}$/),
  modelId: z.string().regex(/^[1-9][0-9]*$/),
  modelVersion: z.int().positive(),
  planIndex: z.int().nonnegative(),
  planDigest: bytes32,
  planBytes: z.int().positive(),
  weightsRoot: bytes32,
  /** What the salts of the weights tree follow from: with it the weights can be compared with the chain again. */
  packageSecret: bytes32,
  residueBytes: z.int().nonnegative(),
});

/** Where a model file is from, and what the chain says of it. */
export type ModelFileHeader = Readonly<z.infer<typeof header>>;

/** A model in the clear. */
export interface ModelFile {
  readonly header: ModelFileHeader;
  /** The plan, canonical JSON. */
  readonly plan: Uint8Array;
  /** Of all constants, in order of their index, limb by limb. */
  readonly residues: Uint32Array;
}

/** Bytes a plan's residues take. */
export function residueBytes({ plan }: CheckedPlan): number {
  return 4 * plan.constants.reduce((sum, constant) => sum + constantLength(plan, constant), 0);
}

/**
 * The bytes of a model file, piece by piece; the last one is a view of the residues, not a copy.
 *
 * @throws RangeError when the header does not fit what follows it
 */
export function modelFilePieces({ header: stated, plan, residues }: ModelFile): readonly Uint8Array[] {
  if (stated.planBytes !== plan.length || stated.residueBytes !== residues.byteLength)
    throw new RangeError("the header of a model file says how long its parts are");
  const json = canonicalBytes(header.parse(stated));
  const prefix = new Uint8Array(HEADER_AT);
  prefix.set(MAGIC);
  prefix[4] = VERSION;
  new DataView(prefix.buffer).setUint32(8, json.length, true);
  return [concatBytes(prefix, json), plan, wordBytes(residues)];
}

/**
 * Reads a model file and checks it whole: the plan against its digest, the weights against their root.
 *
 * @returns the model, with residues of its own
 * @throws ModelFileError when the bytes are none, were cut short or changed; PlanError
 */
export function parseModelFile(bytes: Uint8Array): ModelFile & { readonly checked: CheckedPlan } {
  const prefix = bytes.subarray(0, HEADER_AT);
  const expected = new Uint8Array(HEADER_AT);
  expected.set(MAGIC);
  expected[4] = VERSION;
  expected.set(prefix.subarray(8, 12), 8);
  if (!equalBytes(prefix, expected)) throw new ModelFileError("it does not begin as one");
  const length = new DataView(prefix.buffer, prefix.byteOffset).getUint32(8, true);
  const stated = readHeader(bytes.subarray(HEADER_AT, HEADER_AT + Math.min(length, MAX_HEADER_BYTES + 1)));
  const planAt = HEADER_AT + length;
  const residuesAt = planAt + stated.planBytes;
  if (bytes.length !== residuesAt + stated.residueBytes)
    throw new ModelFileError("it was cut short, or has more bytes than it says");
  const plan = new Uint8Array(bytes.subarray(planAt, residuesAt));
  if (blobRoot(plan) !== stated.planDigest) throw new ModelFileError("its plan was changed");
  const checked = parsePlan(untrusted(plan));
  if (residueBytes(checked) !== stated.residueBytes) throw new ModelFileError("its weights are not those of its plan");
  // A copy, aligned and whole, whatever kind of view the bytes are.
  const raw = new Uint8Array(bytes.subarray(residuesAt));
  if (weightsRoot(raw, fromHex(stated.packageSecret, 32)) !== stated.weightsRoot) {
    throw new ModelFileError("its weights were changed");
  }
  const residues = new Uint32Array(raw.buffer, raw.byteOffset, raw.byteLength / 4);
  splitConstants(checked.plan, residues);
  return { header: stated, plan, residues, checked };
}

function readHeader(bytes: Uint8Array): ModelFileHeader {
  try {
    return header.parse(parseCanonical(bytes, MAX_HEADER_BYTES));
  } catch {
    // No cause: it could quote the secret.
    throw new ModelFileError("its header is not that of a model file");
  }
}
