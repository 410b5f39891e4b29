/** What a linear stage costs by the way it is split, under either semantics: rotations, products, rescales, and the keys they use. */
import { babiesOf, giantsOf, type Progression } from "./baby-giant.ts";
import type { CostModel, Operation } from "./cost-model.ts";

/** A fold adds up pieces a step apart: the value itself and its rotations by step, 2·step, … */
export interface Fold {
  /** In slots; negative for rotations to the right. */
  readonly step: number;
  readonly pieces: number;
}

/** How a stage is split. */
export interface StageShape {
  /** Of the operand, before it is multiplied. */
  readonly pools?: readonly Fold[];
  /** Products. */
  readonly products: number;
  /** Rotations of the operand. */
  readonly progressions: readonly Progression[];
  /** One after the other. */
  readonly folds: readonly Fold[];
}

/** Rotations with the highest level each is used at. */
export type KeyLevels = ReadonlyMap<number, number>;

/** The rotations of the products of a stage that begins at a level. */
export function productRotations(
  { semantics }: CostModel,
  { progressions }: Pick<StageShape, "progressions">,
  level: number,
): [step: number, level: number][] {
  const babies = babiesOf(progressions).filter((step) => step !== 0);
  // Giant steps come before the rescale only in the extended basis.
  const giantLevel = semantics === "hoisted-1" && babies.length > 0 ? level : level - 1;
  const giants = progressions.filter(({ count, baby }) => count > baby).map(({ step, baby }) => baby * step);
  return [
    ...babies.map((step): [number, number] => [step, level]),
    ...giants.map((step): [number, number] => [step, giantLevel]),
  ];
}

/** The rotations of one fold. */
export function foldRotations({ step, pieces }: Fold, level: number): [step: number, level: number][] {
  const rotations: [number, number][] = [];
  for (let k = 1; k < pieces; k++) rotations.push([k * step, level - 1]);
  return rotations;
}

/** Folds that go on where the one before ends. @param step of the first */
export function foldsFrom(step: number, pieces: readonly number[]): Fold[] {
  let next = step;
  return pieces.map((count) => {
    const fold = { step: next, pieces: count };
    next *= count;
    return fold;
  });
}

/** The rotations of all folds. */
export function allFoldRotations(folds: readonly Fold[], level: number): [step: number, level: number][] {
  return folds.flatMap((fold) => foldRotations(fold, level));
}

/** Levels of keys once some rotations are used too. */
export function withRotations(keys: KeyLevels, rotations: readonly (readonly [number, number])[]): KeyLevels {
  const merged = new Map(keys);
  for (const [step, level] of rotations) merged.set(step, Math.max(merged.get(step) ?? 0, level));
  return merged;
}

/** Bytes that some rotations add to keys there are already. */
export function addedKeyBytes(
  costs: CostModel,
  keys: KeyLevels,
  rotations: readonly (readonly [step: number, level: number])[],
): number {
  const raised = new Map<number, number>();
  let bytes = 0;
  for (const [step, level] of rotations) {
    const before = raised.get(step) ?? keys.get(step) ?? 0;
    if (level <= before) continue;
    raised.set(step, level);
    bytes += costs.keyBytes(level) - (before === 0 ? 0 : costs.keyBytes(before));
  }
  return bytes;
}

/** Milliseconds of the products of a stage and their rescales. @param results matrices of the same shape that share the baby steps */
export function productTime(
  costs: CostModel,
  { products: count, progressions }: Pick<StageShape, "products" | "progressions">,
  level: number,
  results = 1,
): number {
  const at = (operation: Operation, where = level): number => costs.milliseconds(operation, where);
  const baby = progressions.reduce((product, progression) => product * progression.baby, 1);
  const giants = progressions.reduce((product, progression) => product * giantsOf(progression), 1);
  if (costs.semantics === "seal-4.1" || baby === 1) {
    const horner = (giants - 1) * (at("keySwitch", level - 1) + at("add", level - 1));
    const products = count * (at("multiplyPlain") + at("add"));
    return (baby - 1) * at("keySwitch") + results * (products + giants * at("rescale") + horner);
  }
  // One decomposition, rotations, products and giant steps in the extended basis, one division that rescales too.
  const babies = at("decompose") + at("extend") + (baby - 1) * at("turnExt");
  const horner = (giants - 1) * (at("decomposeExt") + at("turnExt") + at("addExt"));
  return babies + results * (count * at("multiplyPlainExt") + horner + at("modDownRescale"));
}

/** Milliseconds of folds, one after the other. @param level of what they end in */
export function foldsTime(costs: CostModel, folds: readonly Fold[], level: number): number {
  return folds.reduce(
    (sum, { pieces }, k) => sum + foldTime(costs, pieces, level + 1, { first: k === 0, alone: folds.length === 1 }),
    0,
  );
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
