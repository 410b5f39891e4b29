/** A plan by hand that uses most instructions, with what it takes to run it on ciphertexts. */
import { parseCiphertext } from "../../../../offchain/fhe/ckks/ciphertext-format.ts";
import { encryptInput, type Ciphertext } from "../../../../offchain/fhe/ckks/ciphertext.ts";
import { encode, encodeScalar } from "../../../../offchain/fhe/ckks/encoder.ts";
import type { KeyNeed } from "../../../../offchain/fhe/ckks/key-need.ts";
import { generatePack, parsePack, type KeyPack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { galoisElement } from "../../../../offchain/fhe/ring/automorphism.ts";
import { expand, keySet, params, secret, testValues } from "../ckks/fixtures.ts";
import { handPlan, joinResidues } from "./hand-plan.ts";

export const scale = 2 ** 30;
export const slots = params.n / 2;

/** A parsed fresh encryption. */
export function input(values: Float64Array, level: number): Ciphertext {
  const bytes = encryptInput(secret, keySet, values, { level, scale });
  return parseCiphertext(untrusted(bytes), { role: "input", params, keySetId: keySet, level, scale });
}

export async function pack(needs: readonly KeyNeed[]): Promise<KeyPack> {
  return parsePack(untrusted(await generatePack(secret, keySet, needs, { expand })), {
    params,
    keySetId: keySet,
    maxBytes: 100_000_000,
  });
}

export function galois(step: number, level: number): Extract<KeyNeed, { kind: "galois" }> {
  return { kind: "galois", element: galoisElement(step, params.n), gadget: 1, level };
}

export const weights = testValues("weights", 1);
export const shift = testValues("shift", 1);
export const finalScale = 2 ** 23;

/** Output 0: ((3x rotated by 5 + shift) ∘ weights)², conjugated. Output 1: −0.5·x rotated by −1. Both brought to level 1 and scale 2^23. */
export const mixed = handPlan({
  inputs: [{ level: 5, scale }],
  constants: [
    { kind: "scalar", basis: "Q", level: 5, scale },
    { kind: "plain", basis: "Q", level: 4, scale: { like: 2 } },
    { kind: "plain", basis: "Q", level: 4, scale },
    { kind: "scalar", basis: "Q", level: 5, scale },
    { kind: "scalar", basis: "Q", level: 2, scale: finalScale },
  ],
  instructions: [
    { op: "input", input: 0 },
    { op: "mulScalar", a: 0, constant: 0 },
    { op: "rescale", a: 1, times: 1 },
    { op: "rotate", a: 2, step: 5 },
    { op: "addPlain", a: 3, constant: 1 },
    { op: "mulPlain", a: 4, constant: 2 },
    { op: "rescale", a: 5, times: 1 },
    { op: "square", a: 6 },
    { op: "relinearise", a: 7 },
    { op: "rescale", a: 8, times: 1 },
    { op: "conjugate", a: 9 },
    { op: "mulScalar", a: 10, constant: 4 },
    { op: "rescale", a: 11, times: 1 },
    { op: "mulScalar", a: 0, constant: 3 },
    { op: "rescale", a: 13, times: 1 },
    { op: "rotate", a: 14, step: slots - 1 },
    { op: "modSwitch", a: 15, times: 2 },
    { op: "mulScalar", a: 16, constant: 4 },
    { op: "rescale", a: 17, times: 1 },
    { op: "negate", a: 18 },
  ],
  keys: [
    ...[
      galois(5, 4),
      galois(slots - 1, 4),
      { kind: "galois" as const, element: 2 * params.n - 1, gadget: 1 as const, level: 2 },
    ].sort((a, b) => a.element - b.element),
    { kind: "relin", gadget: 1, level: 3 },
  ],
  outputs: [12, 19],
});
export const mixedConstants = joinResidues(
  encodeScalar(params, 3, { scale, level: 5 }),
  encode(params, shift, { scale: scale ** 2 / params.data[4], level: 4 }),
  encode(params, weights, { scale, level: 4 }),
  encodeScalar(params, 0.5, { scale, level: 5 }),
  encodeScalar(params, 1, { scale: finalScale, level: 2 }),
);
