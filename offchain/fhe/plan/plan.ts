/**
 * The homomorphic plan: a public, canonical, weight-free program over typed SSA values.
 *
 * Instruction i defines value i. Types (degree, basis, level, scale) are derived by `typecheck` and are not part of the canonical bytes;
 * nor is any float: scales are integers or derived, ranges and errors are decimal strings.
 */
import type { KeyNeed } from "../ckks/key-need.ts";
import type { ParameterSet } from "../ckks/parameters.ts";

export type { KeyNeed };

/** Names the exact integer meaning of every instruction; each has a specification in docs/spec and test vectors. */
export type SemanticsId = "seal-4.1" | "hoisted-1";

/** A decimal number in canonical bytes, e.g. `"-0.25"`. No exponent, no leading `+`. */
export type Decimal = string;

/** Index of an instruction, which is the index of the value it defines. */
export type ValueId = number;

/** Index into `Plan.constants`. */
export type ConstantId = number;

/** The public linear map a client applies in the clear: slot i takes element `indices[i mod period]` of the flattened input, or 0 for −1. */
export interface InputLayout {
  readonly kind: "gather";
  /** Shape of the model's input without the batch axis, row-major. */
  readonly shape: readonly number[];
  /** A power of two that divides the number of slots; the slots repeat with it. */
  readonly period: number;
  /** One index into the flattened input a slot of the period; −1 is zero. */
  readonly indices: readonly number[];
}

export interface PlanInput {
  readonly name: string;
  readonly layout: InputLayout;
  readonly level: number;
  /** Encoding scale, an exact integer. */
  readonly scale: number;
  /** The declared range of every element; bounds are proved from it, and a client refuses values outside. */
  readonly range: { readonly min: Decimal; readonly max: Decimal };
}

/** Where the outputs are: output k is in slot `slots[k]`, and the slots repeat with `period`. */
export interface OutputLayout {
  readonly period: number;
  readonly slots: readonly number[];
}

/** What the client does with the decrypted values, in the clear. */
export type Finish = "none" | "softmax" | "sigmoid";

export interface PlanOutput {
  readonly name: string;
  readonly value: ValueId;
  readonly layout: OutputLayout;
  /** Largest absolute value an output may take without wrapping around: the calibrated maximum times the stated margin. */
  readonly bound: Decimal;
  readonly finish: Finish;
  /** Class labels, one an output, or empty. */
  readonly labels: readonly string[];
}

/** A secret plaintext. The package carries its residues; the plan only says how it was encoded. */
export interface PlanConstant {
  /** `plain`: a polynomial; `scalar`: the same value in every slot, one residue a limb. */
  readonly kind: "plain" | "scalar";
  /** `Q`: data primes 0 … level−1; `QP`: special primes too. */
  readonly basis: "Q" | "QP";
  readonly level: number;
  /** An exact integer, or `like`: the (derived) scale of that value, as an addend must have. */
  readonly scale: number | { readonly like: ValueId };
}

export type Instruction =
  | { readonly op: "input"; readonly input: number }
  | { readonly op: "add" | "sub" | "mul"; readonly a: ValueId; readonly b: ValueId }
  | { readonly op: "negate" | "square" | "relinearise" | "conjugate"; readonly a: ValueId }
  | {
      readonly op: "addPlain" | "mulPlain" | "mulScalar" | "mulPlainExt";
      readonly a: ValueId;
      readonly constant: ConstantId;
    }
  /** Σ values[k] · constants[k], of scalars: the same as products and sums, in one. */
  | { readonly op: "combine"; readonly values: readonly ValueId[]; readonly constants: readonly ConstantId[] }
  | { readonly op: "rescale" | "modSwitch"; readonly a: ValueId; readonly times: number }
  | { readonly op: "rotate"; readonly a: ValueId; readonly step: number }
  /** From degree 2 to degree 1 as `relinearise`, left in basis QP. */
  | { readonly op: "relineariseExt"; readonly a: ValueId }
  /** Digits of a value in basis Q or QP, for `rotateHoisted` alone. */
  | { readonly op: "decompose"; readonly a: ValueId }
  /** `a` is a decomposed value. `ext`: leave the result in basis QP, for a later `modDown`; digits of a value in basis QP allow nothing else. Step 0 is the value itself, in basis QP. */
  | { readonly op: "rotateHoisted"; readonly a: ValueId; readonly step: number; readonly ext: boolean }
  | { readonly op: "addExt"; readonly a: ValueId; readonly b: ValueId }
  /** From basis QP to Q, divided by the last `times` data primes in the same division. */
  | { readonly op: "modDown"; readonly a: ValueId; readonly times: number }
  /** Cuts a level-1 value down to the small ring, masks it and packs it: docs/spec/compact-1.md. Always the last use of `a`. */
  | {
      readonly op: "compact";
      readonly a: ValueId;
      readonly ring: number;
      readonly bits: number;
      readonly period: number;
    };

/** A plan for many samples of one user at once: what is a repetition of slots elsewhere is another sample here. */
export interface PlanBatch {
  /** Samples of a full request: slots over the period of inputs and outputs. */
  readonly samples: number;
  /** Bits a published coefficient of c1 keeps: docs/spec/batch-1.md. */
  readonly bits: number;
}

/** What people are told before anyone pays. Bytes are exact; the error is a bound; milliseconds were measured on the compiler's reference machine or are 0. */
export interface Estimates {
  readonly keyBytes: number;
  readonly inputBytes: number;
  readonly resultBytes: number;
  /** Bound on |decrypted − model output| for one output, from the noise analysis, at 6 standard deviations. */
  readonly errorBound: Decimal;
  readonly milliseconds: number;
}

/** One layer of the model as it was lowered: what a person compares. */
export interface PlanLayer {
  readonly name: string;
  readonly kind: string;
  /** First and one past the last instruction of the layer. */
  readonly from: number;
  readonly to: number;
}

export interface Plan {
  readonly version: 1;
  readonly semantics: SemanticsId;
  /** Which compiler made it, e.g. `diagonal/1`. */
  readonly compiler: string;
  /** Name of the model, for people. */
  readonly model: string;
  readonly params: ParameterSet;
  readonly inputs: readonly PlanInput[];
  readonly constants: readonly PlanConstant[];
  readonly instructions: readonly Instruction[];
  readonly outputs: readonly PlanOutput[];
  /** There when its slots hold many samples, and its outputs leave as one batch result. */
  readonly batch?: PlanBatch;
  /** The keys it uses, sorted by (kind, element); the client makes and uploads only what its key set lacks. */
  readonly keys: readonly KeyNeed[];
  readonly layers: readonly PlanLayer[];
  readonly estimates: Estimates;
}
