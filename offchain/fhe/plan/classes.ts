/**
 * The last product before a compact result: what is cut down averages the slots of each class i, i + k, i + 2k, …, and that average is the last sum of the product,
 * for nothing. So every product need only land in a slot of its row's class, wherever the elements sit:
 *
 *     acc[s] = Σ_{r<k} factor · W[s mod k, element at slot s + r] · x[s + r]
 *
 * Slots s of class i with r < k pass every slot once. The average over a class of n/k slots is (period/k)⁻¹ of the sum over one period, so the weights carry that factor:
 * the declared scale stays away from the modulus (SEAL refuses scales near it).
 */
import type { MatrixMap } from "./affine-map.ts";
import { lowerBabyGiant, lowerSum, type Part } from "./baby-giant.ts";
import { elementsBySlot, type Packing } from "./packing.ts";
import type { ProgramBuilder, StepId } from "./program.ts";
import { weightAt } from "./sparse-matrix.ts";

/**
 * Lowers a product whose row i is the average over the slots ≡ i mod k.
 *
 * @param parts packed as `packing` says
 * @param classes k, a power of two, at least the number of rows
 * @param baby a power of two that divides the number of rotations, min(k, period)
 * @returns undefined when all weights are negligible
 */
export function lowerClasses(
  builder: ProgramBuilder,
  parts: readonly Part<MatrixMap>[],
  { packing, classes, baby }: { readonly packing: Packing; readonly classes: number; readonly baby: number },
): StepId | undefined {
  const { period } = packing;
  const elements = elementsBySlot(packing);
  const span = Math.max(period, classes);
  const factor = span / classes;
  const progressions = [{ step: 1, count: Math.min(classes, period), baby }];
  const sum = lowerSum(builder, parts, ({ x, map }) => {
    const terms = (r: number): Float64Array =>
      Float64Array.from({ length: span }, (_, slot) => {
        const row = slot % classes;
        const element = elements[(slot + r) % period];
        return row < map.rows && element >= 0 ? factor * weightAt(map, row, element) : 0;
      });
    return lowerBabyGiant(builder, x, { progressions, terms });
  });
  if (sum === undefined) return undefined;
  const bias = new Float64Array(classes);
  bias.set(parts[0].map.bias);
  return builder.addVector(sum, bias);
}
