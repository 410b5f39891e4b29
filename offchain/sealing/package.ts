/** Packages (docs/formats.md, section 7): the encoded weights of one plan, sealed; and opened again at a node, in memory alone. */
import { wordBytes, type ByteStream } from "../digest/bytes.ts";
import { MerkleHasher, weightsHasher, weightsRoot } from "../digest/merkle.ts";
import { noiseRoot } from "../digest/noise.ts";
import { release } from "../digest/release.ts";
import { constantLength, splitConstants } from "../fhe/engine/constants.ts";
import { EngineError } from "../fhe/engine/errors.ts";
import type { Plan } from "../fhe/plan/plan.ts";
import { openBody, sealBody, sealedBytes, type StreamOptions } from "./body.ts";
import { PackageError } from "./errors.ts";
import { SecretBytes } from "./secret-bytes.ts";
import { checkCommitment, type PackageKeys, type VersionCommitment, type VersionKeys } from "./version-keys.ts";

/** A package on its way to a store. */
export interface SealedPackage {
  /** Bytes of the sealed body. */
  readonly bytes: number;
  /** The sealed body, to be read once, whole. */
  readonly body: AsyncIterable<Uint8Array>;
  /** What envelopes carry. @throws Error until the body was read to its end, for its root is not known before */
  keys(): PackageKeys;
}

/**
 * Seals the encoded weights of a plan under fresh keys.
 *
 * Sealing again makes another package: keys are never used for two bodies, whatever the weights.
 *
 * @param residues of all constants in NTT form, in order of their index, limb by limb
 * @throws PackageError `PACKAGE_CONSTANTS` when they are not the constants of the plan or not canonical
 */
export function sealPackage(plan: Plan, residues: Uint32Array, options: StreamOptions = {}): SealedPackage {
  checkResidues("PACKAGE_CONSTANTS", "The weights to seal do not fit the plan.", plan, residues);
  const plaintext = wordBytes(residues);
  const contentKey = SecretBytes.random32();
  const packageSecret = SecretBytes.random32();
  const blob = new MerkleHasher("blob");
  let whole = false;
  let started = false;

  async function* body(): AsyncGenerator<Uint8Array> {
    if (started) throw new Error("a package is sealed once");
    started = true;
    for await (const piece of sealBody(contentKey, [plaintext], plaintext.length, options)) {
      blob.update(piece);
      yield piece;
    }
    whole = true;
  }
  const root = weightsRoot(plaintext, packageSecret.reveal());
  return {
    bytes: sealedBytes(plaintext.length),
    body: { [Symbol.asyncIterator]: body },
    keys() {
      if (!whole) throw new Error("the package is not sealed to its end");
      return { contentKey, packageSecret, packageRoot: blob.root(), weightsRoot: root };
    },
  };
}

/**
 * Puts together what the envelopes of a version carry.
 *
 * @param packages one a plan, in the order of the version's plans
 * @returns the keys with a fresh noise secret and its root
 */
export function versionKeys(packages: readonly PackageKeys[]): VersionKeys {
  const noiseSecret = SecretBytes.random32();
  return { noiseSecret, noiseRoot: noiseRoot(noiseSecret.reveal()), packages };
}

/**
 * Opens a package and checks all of it against the chain before anything is returned.
 *
 * @param body the sealed body, from anywhere
 * @param plan the plan it belongs to, which says how many bytes it may have
 * @param keys from the node's or licensee's envelope
 * @param commitment the version on chain
 * @param planIndex which of its plans
 * @returns residues of all constants, in order of their index, limb by limb, in a resizable buffer; in memory, never on disk
 * @throws EnvelopeError when envelope and chain disagree; BodyError when the body is damaged; PackageError when the weights are not
 *   those committed to, or are not canonical residues
 */
export async function openPackage(
  body: ByteStream,
  plan: Plan,
  keys: VersionKeys,
  commitment: VersionCommitment,
  planIndex: number,
  options: StreamOptions = {},
): Promise<Uint32Array<ArrayBuffer>> {
  checkCommitment(keys, commitment);
  const one = keys.packages[planIndex];
  if (one === undefined) throw new RangeError(`the version has no plan ${planIndex}`);
  if (noiseRoot(keys.noiseSecret.reveal()) !== commitment.noiseRoot) throw mismatch("noise seeds");

  const words = plan.constants.reduce((sum, constant) => sum + constantLength(plan, constant), 0);
  // Resizable: an engine empties it while it takes the weights in.
  const residues = new Uint32Array(new ArrayBuffer(4 * words, { maxByteLength: 4 * words }));
  const plaintext = wordBytes(residues);
  const blob = new MerkleHasher("blob");
  const weights = weightsHasher(one.packageSecret.reveal());
  for await (const chunk of openBody(one.contentKey, hashed(body, blob), plaintext.length, options)) {
    plaintext.set(chunk, weights.size);
    weights.update(chunk);
    chunk.fill(0);
    release(chunk);
  }
  if (blob.root() !== one.packageRoot) throw mismatch("package");
  if (weights.root() !== one.weightsRoot) throw mismatch("weights");
  checkResidues("PACKAGE_RESIDUES", "The weights in the package do not fit the plan.", plan, residues);
  return residues;
}

function checkResidues(
  code: "PACKAGE_CONSTANTS" | "PACKAGE_RESIDUES",
  message: string,
  plan: Plan,
  residues: Uint32Array,
): void {
  try {
    splitConstants(plan, residues);
  } catch (cause) {
    if (!(cause instanceof EngineError)) throw cause;
    throw new PackageError(code, message, { cause });
  }
}

function mismatch(what: string): PackageError {
  return new PackageError("PACKAGE_COMMITMENT", `The ${what} do not have the root that stands on chain.`);
}

async function* hashed(source: ByteStream, hasher: MerkleHasher): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    hasher.update(piece);
    yield piece;
  }
}
