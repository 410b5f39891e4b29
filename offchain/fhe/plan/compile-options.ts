/** What a model's owner asks of the compiler, and whether it makes sense. */
import { elementCount, type Graph } from "../graph/graph.ts";
import { BATCH_BITS } from "./batch-shape.ts";
import type { LayoutFamily } from "./layout-path.ts";
import { setsOf } from "./choose-parameters.ts";
import { toDecimal } from "./decimal.ts";
import { CompileError } from "./errors.ts";
import type { ActivationOptions, FitSettings } from "./fit/choose-degrees.ts";
import type { SemanticsId } from "./plan.ts";
import { PLAN_LIMITS } from "./schema.ts";

export interface CompileOptions {
  /** Inputs as the model will see them, one after the other: n × elements. Outputs and errors are bounded from what the model gives on them. */
  readonly calibration: Float32Array | Float64Array;
  /** Lowest and highest value any element of an input may have. */
  readonly inputRange: { readonly min: number; readonly max: number };
  /**
   * What instructions mean, and so which engines evaluate the plan: `seal-4.1` (default), on node-seal and on the SIMD kernel with the same bytes; `hoisted-1`, on the SIMD kernel alone, in about two thirds of the time.
   */
  readonly semantics?: SemanticsId;
  /** `hybrid` (default): the cheapest layouts there are; `diagonal`: the plain ones, a baseline. */
  readonly layout?: LayoutFamily;
  /** Whether the plan ends in a compact result of two kilobytes (default) or in a ciphertext. */
  readonly compact?: boolean;
  /** Whether the plan takes a batch of one user's inputs at once, one sample a slot, and ends in a batch result; `layout` and `compact` then mean nothing. */
  readonly batch?: boolean;
  /** Bits of a compact result's coefficients, 14 … 18; 16 when omitted. Of a batch result's, 20 … 23; 23 when omitted. */
  readonly bits?: number;
  /** How much larger than on the calibration inputs an output may be; 1.5 when omitted. */
  readonly margin?: number;
  /** How activations that are no polynomials are replaced. */
  readonly activations?: ActivationOptions;
  /** Index of the right class of each calibration input, by which accuracy is judged; without, by the answers of the model as it was trained. */
  readonly calibrationLabels?: ArrayLike<number>;
  /** Largest share of accuracy, 0 … 1, that fitted activations may cost on the calibration inputs; any when omitted. */
  readonly maxDrop?: number;
  /** Class labels, one an output, or none. */
  readonly labels?: readonly string[];
  /** Name of the model, for people; the graph's own when omitted. */
  readonly model?: string;
}

const DEFAULT_BITS = 16;
const DEFAULT_MARGIN = 1.5;

/** Options checked, defaults in place. */
export interface Settings {
  readonly semantics: SemanticsId;
  readonly family: LayoutFamily;
  readonly model: string;
  readonly labels: readonly string[];
  readonly compactBits: number | undefined;
  /** Bits of the batch result it ends in, or undefined for a plan of one sample. */
  readonly batchBits: number | undefined;
  readonly margin: number;
  readonly range: { readonly min: string; readonly max: string };
  readonly fit: FitSettings;
}

/**
 * Checks the options for a model.
 *
 * @throws CompileError when one makes no sense
 */
export function checkOptions(graph: Graph, options: CompileOptions): Settings {
  const {
    inputRange,
    semantics = "seal-4.1",
    layout = "hybrid",
    compact = true,
    batch = false,
    bits = batch ? BATCH_BITS.usual : DEFAULT_BITS,
    margin = DEFAULT_MARGIN,
    labels = [],
    model = graph.name,
    activations: { degree = 2 } = {},
    calibrationLabels,
    maxDrop,
  } = options;
  const outputs = elementCount(graph.nodes[graph.output].shape);
  if (!(Number.isFinite(inputRange.min) && Number.isFinite(inputRange.max) && inputRange.min <= inputRange.max)) {
    refuse(
      "has an input range that is not one finite number up to another",
      "Give the lowest and the highest value of any element.",
    );
  }
  if (!(margin >= 1 && margin <= 1000))
    refuse(`cannot be compiled with a margin of ${margin}`, "Give a factor of 1 to 1,000; 1.5 is usual.");
  const [least, most] = batch ? [BATCH_BITS.least, BATCH_BITS.most] : [14, 18];
  if (!Number.isInteger(bits) || bits < least || bits > most)
    refuse(`cannot give results of ${bits} bits`, `Ask for ${least} to ${most} bits.`);
  if (labels.length !== 0 && labels.length !== outputs) {
    refuse(`has ${outputs} outputs and was given ${labels.length} labels`, "Give one label an output, or none.");
  }
  if (degree !== 2 && degree !== 4 && degree !== "auto")
    refuse(`cannot have activations of degree ${String(degree)}`, "Ask for degree 2 or 4, or for auto.");
  if (maxDrop !== undefined && !(maxDrop >= 0 && maxDrop <= 1))
    refuse(`cannot lose ${maxDrop} of its accuracy`, "Give the largest share that may be lost, 0 to 1.");
  if ([model, ...labels].some((text) => text.length < 1 || text.length > PLAN_LIMITS.text)) {
    refuse(
      `has a name or a label that is empty or longer than ${PLAN_LIMITS.text} characters`,
      "Give it and its classes short names.",
    );
  }
  if (semantics === "hoisted-1" && layout === "diagonal") {
    refuse("cannot be compiled to hoisted-1 by the plain layouts", "Take the hybrid layouts, or semantics seal-4.1.");
  }
  return {
    semantics,
    family: layout,
    model,
    labels,
    compactBits: compact && !batch ? bits : undefined,
    batchBits: batch ? bits : undefined,
    margin,
    range: { min: decimal(inputRange.min), max: decimal(inputRange.max) },
    fit: { degree, labels: calibrationLabels, maxDrop, sets: setsOf(semantics) },
  };
}

function decimal(value: number): string {
  try {
    return toDecimal(value);
  } catch {
    return refuse("has an input range of too many decimal places", "Round the ends of the input range outwards.");
  }
}

/**
 * The calibration inputs one by one.
 *
 * @throws CompileError when they are not whole inputs within the declared range
 */
export function splitSamples(
  graph: Graph,
  { calibration, calibrationLabels, inputRange }: CompileOptions,
): (Float32Array | Float64Array)[] {
  const size = elementCount(graph.nodes[0].shape);
  if (calibration.length === 0 || calibration.length % size !== 0) {
    refuse(
      `takes ${size} numbers, and the calibration inputs are ${calibration.length}`,
      "Give one or more whole inputs, one after the other.",
    );
  }
  if (!calibration.every((value) => value >= inputRange.min && value <= inputRange.max)) {
    refuse(
      "has calibration inputs outside its declared input range, or not finite",
      "Declare the range that inputs really have.",
    );
  }
  const count = calibration.length / size;
  if (calibrationLabels !== undefined && calibrationLabels.length !== count) {
    refuse(
      `has ${count} calibration inputs and ${calibrationLabels.length} labels for them`,
      "Give one label a calibration input, or none.",
    );
  }
  return Array.from({ length: count }, (_, k) => calibration.subarray(k * size, (k + 1) * size));
}

function refuse(reason: string, next: string): never {
  throw new CompileError(undefined, reason, next);
}
