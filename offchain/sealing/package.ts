/** Packages: the encoded weights of one plan, sealed; and opened again at a node, in memory alone. */
import { wordBytes, type ByteStream } from "../digest/bytes.ts";
import { MerkleHasher, weightsHasher } from "../digest/merkle.ts";
import { noiseRoot } from "../digest/noise.ts";
import type { Plan } from "../fhe/plan/plan.ts";
import { openBody, sealBody, sealedBytes, type StreamOptions } from "./body.ts";
import { PackageError } from "./errors.ts";
import { firstBadLimb, layoutBytes, packageLayout, type ConstantLayout } from "./package-layout.ts";
import { SecretBytes } from "./secret-bytes.ts";
import { checkCommitment, type PackageKeys, type VersionCommitment, type VersionKeys } from "./version-keys.ts";

type PlanShape = Pick<Plan, "params" | "constants">;

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
 * @param constants residues of every constant in NTT form, limb by limb
 * @throws PackageError `PACKAGE_CONSTANTS` when they are not the constants of the plan or not canonical
 */
export function sealPackage(
  plan: PlanShape,
  constants: readonly Uint32Array[],
  options: StreamOptions = {},
): SealedPackage {
  const layout = packageLayout(plan);
  checkConstants(constants, layout);
  const size = layoutBytes(layout);
  const contentKey = SecretBytes.random32();
  const packageSecret = SecretBytes.random32();
  const weights = weightsHasher(packageSecret.reveal());
  const blob = new MerkleHasher("blob");
  let whole = false;
  let started = false;

  function* plaintext(): Generator<Uint8Array> {
    for (const constant of constants) {
      const bytes = wordBytes(constant);
      weights.update(bytes);
      yield bytes;
    }
  }
  async function* body(): AsyncGenerator<Uint8Array> {
    if (started) throw new Error("a package is sealed once");
    started = true;
    for await (const piece of sealBody(contentKey, plaintext(), size, options)) {
      blob.update(piece);
      yield piece;
    }
    whole = true;
  }
  return {
    bytes: sealedBytes(size),
    body: { [Symbol.asyncIterator]: body },
    keys() {
      if (!whole) throw new Error("the package is not sealed to its end");
      return { contentKey, packageSecret, packageRoot: blob.root(), weightsRoot: weights.root() };
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
 * @param keys from this node's envelope
 * @param commitment the version on chain
 * @param planIndex which of its plans
 * @returns residues of every constant, limb by limb; in memory, never on disk
 * @throws EnvelopeError when envelope and chain disagree; BodyError when the body is damaged; PackageError when the weights are not
 *   those committed to, or are not canonical residues
 */
export async function openPackage(
  body: ByteStream,
  plan: PlanShape,
  keys: VersionKeys,
  commitment: VersionCommitment,
  planIndex: number,
  options: StreamOptions = {},
): Promise<Uint32Array[]> {
  checkCommitment(keys, commitment);
  const one = keys.packages[planIndex];
  if (one === undefined) throw new RangeError(`the version has no plan ${planIndex}`);
  if (noiseRoot(keys.noiseSecret.reveal()) !== commitment.noiseRoot) throw mismatch("noise seeds");

  const layout = packageLayout(plan);
  const constants = layout.map(({ primes, residues }) => new Uint32Array(primes.length * residues));
  const blob = new MerkleHasher("blob");
  const weights = weightsHasher(one.packageSecret.reveal());
  const fill = filler(constants);
  for await (const chunk of openBody(one.contentKey, hashed(body, blob), layoutBytes(layout), options)) {
    weights.update(chunk);
    fill(chunk);
    chunk.fill(0);
  }
  if (blob.root() !== one.packageRoot) throw mismatch("package");
  if (weights.root() !== one.weightsRoot) throw mismatch("weights");
  constants.forEach((constant, i) => {
    if (firstBadLimb(constant, layout[i]) !== undefined) {
      throw new PackageError("PACKAGE_RESIDUES", `Constant ${i} of the package holds a number that is not a residue.`);
    }
  });
  return constants;
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

/** Copies consecutive chunks into the constants, one after the other. */
function filler(constants: readonly Uint32Array[]): (chunk: Uint8Array) => void {
  let index = 0;
  let offset = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      const target = wordBytes(constants[index]);
      const take = Math.min(target.length - offset, chunk.length - at);
      target.set(chunk.subarray(at, at + take), offset);
      offset += take;
      at += take;
      if (offset === target.length) {
        index++;
        offset = 0;
      }
    }
  };
}

function checkConstants(constants: readonly Uint32Array[], layout: readonly ConstantLayout[]): void {
  if (constants.length !== layout.length) {
    throw new PackageError(
      "PACKAGE_CONSTANTS",
      `The plan has ${layout.length} constants, and ${constants.length} were given.`,
    );
  }
  layout.forEach((shape, i) => {
    const words = shape.primes.length * shape.residues;
    if (constants[i].length !== words) {
      throw new PackageError(
        "PACKAGE_CONSTANTS",
        `Constant ${i} has ${constants[i].length} residues instead of ${words}.`,
      );
    }
    if (firstBadLimb(constants[i], shape) !== undefined) {
      throw new PackageError("PACKAGE_CONSTANTS", `Constant ${i} holds a number that is not a residue of its prime.`);
    }
  });
}
