/**
 * Proves that no intermediate value of a throughput plan wraps around: interval arithmetic element by element, from the declared input range and the real weights. Slots are samples of one user, who may
 * send the same one in all of them, so a coefficient is bounded by the largest value times its scale (`bounds.ts` has the formula); before a rescale value and modulus are larger by the same prime.
 * Partial sums and the last stage are linear modulo the modulus and exempt, as there.
 */
import type { ParameterSet } from "../ckks/parameters.ts";
import type { LayerBound } from "./bounds.ts";
import { CompileError } from "./errors.ts";
import type { Network } from "./fold.ts";
import { rowMap } from "./throughput-rows.ts";

interface Range {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Part of half the modulus that rounding and encryption errors, which the intervals leave out, can never fill. */
const ROOM_FOR_ERRORS = 2 ** -10;

/**
 * Proves the bounds.
 *
 * @param scaleOf scale of the values after a stage; −1 is the input
 * @returns one bound a stage
 * @throws CompileError naming the layer when a value could wrap around
 */
export function proveThroughputBounds(
  network: Network,
  { data }: Pick<ParameterSet, "data">,
  input: { readonly min: number; readonly max: number },
  scaleOf: (stage: number) => number,
): LayerBound[] {
  const { stages, inputGather } = network;
  const placed = (bound: number): Float64Array =>
    Float64Array.from(inputGather, (element) => (element < 0 ? 0 : bound));
  let range: Range = { low: placed(input.min), high: placed(input.max) };
  const headroom = (
    layer: string | undefined,
    level: number,
    scale: number,
  ): { largest: number; headroomBits: number } => {
    const largest = range.high.reduce((most, high, k) => Math.max(most, Math.abs(high), Math.abs(range.low[k])), 0);
    const half = data.slice(0, level).reduce((product, prime) => product * prime, 0.5) * (1 - ROOM_FOR_ERRORS);
    const headroomBits = Math.log2(half / (scale * largest));
    if (!(headroomBits > 0)) refuse(layer, -headroomBits);
    return { largest, headroomBits };
  };
  headroom(stages[0].layers.at(0), stages.length + 1, scaleOf(-1));
  return stages.map((stage, index) => {
    const layer = stage.layers.join(" + ");
    const level = stages.length - index;
    if (stage.kind === "square") {
      if (stage.shift !== undefined) {
        range = moved(range, stage.shift);
        headroom(stage.layers.at(0), level + 1, scaleOf(index - 1));
      }
      range = squared(range);
      if (stage.offset !== undefined) {
        headroom(stage.layers.at(0), level, scaleOf(index));
        range = moved(range, stage.offset);
      }
    } else range = mapped(stage.map, range);
    if (index === stages.length - 1) return { layer, largest: 0, headroomBits: Infinity };
    return { layer, ...headroom(stage.layers.at(0), level, scaleOf(index)) };
  });
}

function moved({ low, high }: Range, by: Float64Array): Range {
  return { low: low.map((value, k) => value + by[k]), high: high.map((value, k) => value + by[k]) };
}

function squared({ low, high }: Range): Range {
  const squares = low.map((x, k) => (x <= 0 && high[k] >= 0 ? 0 : Math.min(x * x, high[k] * high[k])));
  return { low: squares, high: high.map((x, k) => Math.max(x * x, low[k] * low[k])) };
}

function mapped(map: Parameters<typeof rowMap>[0], { low, high }: Range): Range {
  const { rows, weights, termsOf, biasOf } = rowMap(map);
  const out = { low: new Float64Array(rows), high: new Float64Array(rows) };
  for (let row = 0; row < rows; row++) {
    let [from, to] = [biasOf(row), biasOf(row)];
    for (const { column, weight } of termsOf(row)) {
      const factor = weights[weight];
      from += factor * (factor < 0 ? high : low)[column];
      to += factor * (factor < 0 ? low : high)[column];
    }
    [out.low[row], out.high[row]] = [from, to];
  }
  return out;
}

function refuse(layer: string | undefined, bits: number): never {
  throw new CompileError(
    layer,
    `could wrap around: within the declared input range its values can exceed the modulus by ${bits.toFixed(1)} bits`,
    "Declare a narrower input range, or train with weight decay or batch normalisation before its squares, which keep values small.",
  );
}
