import { encode, encodeScalar } from "../ckks/encoder.ts";
import { primesOf } from "../ckks/residues.ts";
import { repeated } from "./layout.ts";
import type { SlotVector } from "./program.ts";
import type { CheckedPlan } from "./typecheck.ts";

/**
 * Encodes the constants of a plan to integers: once, at the publisher. Evaluation sees these integers alone.
 *
 * @param vectors slot values of the plan's constants, in order; each repeats with its own length, a power of two
 * @returns the residues of all constants in NTT form, constant by constant, limb by limb (docs/formats.md, section 7)
 * @throws EncodingError when a coefficient reaches half its modulus
 */
export function encodeConstants(
  { plan, constantScales }: CheckedPlan,
  vectors: readonly SlotVector[],
): Uint32Array<ArrayBuffer> {
  const { params, constants } = plan;
  const lengths = constants.map(
    ({ kind, level, basis }) => primesOf(params, level, basis).length * (kind === "plain" ? params.n : 1),
  );
  const residues = new Uint32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  constants.forEach(({ kind, level, basis }, index) => {
    const encoding = { scale: constantScales[index], level, basis };
    const encoded =
      kind === "plain"
        ? encode(params, repeated(vectors[index], params.n / 2), encoding)
        : encodeScalar(params, vectors[index][0], encoding);
    residues.set(encoded, at);
    at += lengths[index];
  });
  return residues;
}
