/** What a linear stage costs by the way it is split, under either semantics: rotations, products, rescales, and the keys they use. */
import { packed30Bytes } from "../ring/pack30.ts";
import { digitGroups } from "../ckks/residues.ts";
import type { CostModel, Operation } from "./cost-model.ts";

/** How a stage is split. */
export interface StageShape {
  /** Products. */
  readonly count: number;
  /** Rotations shared by all giant steps, the one by nothing included. */
  readonly baby: number;
  readonly stride: number;
  /** Step of the first fold; each later one goes on where it ends. */
  readonly foldStep: number;
  /** Pieces each fold adds up. */
  readonly folds: readonly number[];
}

/** Rotations with the highest level each is used at. */
export type KeyLevels = ReadonlyMap<number, number>;

/** The rotations of the products of a stage that begins at a level. */
export function productRotations(
  { semantics }: CostModel,
  { count, baby, stride }: StageShape,
  level: number,
): [step: number, level: number][] {
  const steps: [number, number][] = [];
  for (let j = 1; j < baby; j++) steps.push([j * stride, level]);
  // Giant steps come before the rescale only in the extended basis.
  if (count > baby) steps.push([baby * stride, semantics === "hoisted-1" && baby > 1 ? level : level - 1]);
  return steps;
}

/** The rotations of one fold. */
export function foldRotations(step: number, pieces: number, level: number): [step: number, level: number][] {
  return Array.from({ length: pieces - 1 }, (_, k) => [(k + 1) * step, level - 1]);
}

/** The rotations of all folds, one after the other. */
export function allFoldRotations({ foldStep, folds }: StageShape, level: number): [step: number, level: number][] {
  let step = foldStep;
  return folds.flatMap((pieces) => {
    const rotations = foldRotations(step, pieces, level);
    step *= pieces;
    return rotations;
  });
}

/** Levels of keys once some rotations are used too. */
export function withRotations(keys: KeyLevels, rotations: readonly (readonly [number, number])[]): KeyLevels {
  const merged = new Map(keys);
  for (const [step, level] of rotations) merged.set(step, Math.max(merged.get(step) ?? 0, level));
  return merged;
}

/** Bytes of keys. */
export function rotationKeyBytes({ params }: CostModel, keys: KeyLevels): number {
  const polynomial = packed30Bytes(params.n);
  return [...keys.values()].reduce(
    (sum, level) => sum + digitGroups(params, level).length * (level + params.special.length) * polynomial,
    0,
  );
}

/** Milliseconds of the products of a stage and their rescales. */
export function productTime(costs: CostModel, { count, baby }: StageShape, level: number): number {
  const at = (operation: Operation, where = level): number => costs.milliseconds(operation, where);
  const giants = count / baby;
  if (costs.semantics === "seal-4.1" || baby === 1) {
    const horner = (giants - 1) * (at("keySwitch", level - 1) + at("add", level - 1));
    const products = count * (at("multiplyPlain") + at("add"));
    return (baby - 1) * at("keySwitch") + products + giants * at("rescale") + horner;
  }
  // One decomposition, rotations, products and giant steps in the extended basis, one division that rescales too.
  const babies = at("decompose") + at("extend") + (baby - 1) * at("turnExt");
  const horner = (giants - 1) * (at("decomposeExt") + at("turnExt") + at("addExt"));
  return babies + count * at("multiplyPlainExt") + horner + at("modDownRescale");
}

/** Milliseconds of one fold. @param alone whether it is a stage's only one @param first whether it is the first of them */
export function foldTime(
  costs: CostModel,
  pieces: number,
  level: number,
  { first, alone }: { readonly first: boolean; readonly alone: boolean },
): number {
  const at = (operation: Operation): number => costs.milliseconds(operation, level - 1);
  if (costs.semantics === "seal-4.1" || (alone && pieces === 2)) return (pieces - 1) * (at("keySwitch") + at("add"));
  const turns = (pieces - 1) * (at("turnExt") + at("addExt"));
  // The first fold begins in the data primes, and pays for the division that ends the last.
  return turns + (first ? at("decompose") + at("extend") + at("modDown") : at("decomposeExt"));
}
