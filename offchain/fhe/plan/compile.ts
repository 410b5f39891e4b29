/** Compiles a model to a plan: fold → parameters → layouts → lower → rescales → assemble → bounds → error → origin → report. */
import type { NamedSet } from "../ckks/named-sets.ts";
import { evaluateGraph } from "../graph/evaluate.ts";
import { elementCount, type Graph } from "../graph/graph.ts";
import { assemblePlan, type AssembledPlan } from "./assemble.ts";
import { proveBounds, type LayerBound } from "./bounds.ts";
import { chooseLayouts, type LayoutFamily, type StageLayout } from "./choose-layout.ts";
import { chooseOrigin, turned } from "./choose-origin.ts";
import { deepEnough } from "./choose-parameters.ts";
import { fromDecimal, toDecimal, toDecimalAtLeast } from "./decimal.ts";
import { encodeConstants } from "./encode-constants.ts";
import { CompileError } from "./errors.ts";
import { countOperations, estimateMilliseconds } from "./estimate.ts";
import { foldGraph, type Network } from "./fold.ts";
import { applyInputLayout } from "./layout.ts";
import { lowerNetwork } from "./lower.ts";
import { errorBound, traceOutputs, worstBudget, type NoiseBudget } from "./noise.ts";
import { outputScale } from "./output-scale.ts";
import { placeRescales } from "./place-rescales.ts";
import type { Plan } from "./plan.ts";
import type { SlotVector } from "./program.ts";
import type { CompileReport, LayerReport } from "./report.ts";
import { typecheck, type CheckedPlan } from "./typecheck.ts";

export interface CompileOptions {
  /** Inputs as the model will see them, one after the other: n × elements. Outputs and errors are bounded from what the model gives on them. */
  readonly calibration: Float32Array | Float64Array;
  /** Lowest and highest value any element of an input may have. */
  readonly inputRange: { readonly min: number; readonly max: number };
  /** `hybrid` (default): the cheapest layouts there are; `diagonal`: the plain ones, a baseline. */
  readonly layout?: LayoutFamily;
  /** Whether the plan ends in a compact result of two kilobytes (default) or in a ciphertext. */
  readonly compact?: boolean;
  /** Bits of a compact result's coefficients, 14 … 18; 16 when omitted. */
  readonly bits?: number;
  /** How much larger than on the calibration inputs an output may be; 1.5 when omitted. */
  readonly margin?: number;
  /** Class labels, one an output, or empty. */
  readonly labels?: readonly string[];
  /** Name of the model, for people; the graph's own when omitted. */
  readonly model?: string;
}

/** The secret half of a compiled model. */
export interface CompiledConstants {
  /** Slot values of each constant of the plan, in order; each repeats with its own length, a power of two. */
  readonly vectors: readonly SlotVector[];
  /**
   * The integers the package carries: all constants in NTT form, constant by constant, limb by limb (docs/formats.md, section 7). Encoded
   * anew at every call.
   */
  residues(): Uint32Array<ArrayBuffer>;
}

export interface CompiledModel {
  readonly plan: Plan;
  readonly constants: CompiledConstants;
  readonly report: CompileReport;
}

/** Version of each layout family; a change of what it produces is a new version. */
const COMPILERS: Readonly<Record<LayoutFamily, string>> = { diagonal: "diagonal/1", hybrid: "hybrid/1" };

const DEFAULT_BITS = 16;
const DEFAULT_MARGIN = 1.5;
/** Walks back that errors are followed by, one an output and calibration input; the inputs are those with the largest outputs, where squares amplify errors most. */
const NOISE_WALKS = 80;
const NOISE_SAMPLES = 8;

/**
 * Compiles a model.
 *
 * @param graph from an importer
 * @returns the public plan, its secret constants, and what the owner should know
 * @throws CompileError naming the layer: too deep, too wide, values that could wrap around, unsupported operations; or settings that make no sense
 */
export function compile(graph: Graph, options: CompileOptions): CompiledModel {
  const settings = checkOptions(graph, options);
  const network = foldGraph(graph);
  const samples = splitSamples(graph, options);
  const { order, maxOutput } = runCalibration(graph, samples);
  const bound = toDecimalAtLeast(maxOutput * settings.margin);

  const { layouts, named } = layOut(network, settings);
  const assembled = assembleFor(named, network, layouts, { ...settings, bound, graph, options });
  const checked = typecheck(assembled.plan);
  const bounds = proveBounds(checked, assembled.vectors);
  const slotInputs = order
    .slice(0, Math.max(1, Math.min(NOISE_SAMPLES, Math.floor(NOISE_WALKS / network.outputs))))
    .map((index) => applyInputLayout(checked.plan.inputs[0], samples[index], named.slots));
  const traces = traceOutputs(checked, assembled.vectors, slotInputs);
  const origin = chooseOrigin(traces, named.set.n);
  const budget = worstBudget(traces, named.set.n, origin);
  const { plan, vectors } = turned(assembled, origin);
  const final = typecheck({
    ...plan,
    estimates: {
      ...plan.estimates,
      errorBound: toDecimalAtLeast(errorBound(budget)),
      milliseconds: Math.ceil(estimateMilliseconds(checked)),
    },
  });
  return {
    plan: final.plan,
    constants: { vectors, residues: () => encodeConstants(final, vectors) },
    report: makeReport(final, {
      network,
      layouts,
      bounds,
      budget,
      samples: samples.length,
      maxOutput,
      margin: settings.margin,
    }),
  };
}

interface Settings {
  readonly family: LayoutFamily;
  readonly compactBits: number | undefined;
  readonly margin: number;
  readonly range: { readonly min: string; readonly max: string };
}

function checkOptions(graph: Graph, options: CompileOptions): Settings {
  const {
    inputRange,
    layout = "hybrid",
    compact = true,
    bits = DEFAULT_BITS,
    margin = DEFAULT_MARGIN,
    labels = [],
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
  if (!Number.isInteger(bits) || bits < 14 || bits > 18)
    refuse(`cannot give results of ${bits} bits`, "Ask for 14 to 18 bits.");
  if (labels.length !== 0 && labels.length !== outputs) {
    refuse(`has ${outputs} outputs and was given ${labels.length} labels`, "Give one label an output, or none.");
  }
  return {
    family: layout,
    compactBits: compact ? bits : undefined,
    margin,
    range: { min: decimal(inputRange.min), max: decimal(inputRange.max) },
  };
}

function decimal(value: number): string {
  try {
    return toDecimal(value);
  } catch {
    return refuse("has an input range of too many decimal places", "Round the ends of the input range outwards.");
  }
}

/** The calibration inputs one by one. */
function splitSamples(graph: Graph, { calibration, inputRange }: CompileOptions): (Float32Array | Float64Array)[] {
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
  return Array.from({ length: calibration.length / size }, (_, k) => calibration.subarray(k * size, (k + 1) * size));
}

/** Runs the model in the clear. @returns the samples by their largest output, largest first, and that of the first */
function runCalibration(
  graph: Graph,
  samples: readonly ArrayLike<number>[],
): { readonly order: number[]; readonly maxOutput: number } {
  const largest = samples.map((sample) =>
    evaluateGraph(graph, sample).reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  );
  const order = samples.map((_, index) => index).sort((a, b) => largest[b] - largest[a]);
  const maxOutput = largest[order[0]];
  if (!(maxOutput > 0 && maxOutput < 1e9)) {
    refuse(
      "gives nothing but zeros, or numbers beyond 10^9, on the calibration inputs",
      "Check the model and the calibration inputs.",
    );
  }
  return { order, maxOutput };
}

/** The cheapest parameter set in which every layer fits a layout. */
function layOut(
  network: Network,
  settings: Settings,
): { readonly named: NamedSet; readonly layouts: readonly StageLayout[] } {
  let refusal: CompileError | undefined;
  for (const named of deepEnough(network)) {
    try {
      return {
        named,
        layouts: chooseLayouts(network, {
          family: settings.family,
          params: named.set,
          compactBits: settings.compactBits,
        }),
      };
    } catch (cause) {
      if (!(cause instanceof CompileError)) throw cause;
      refusal = cause;
    }
  }
  throw refusal!;
}

interface AssemblyContext extends Settings {
  readonly bound: string;
  readonly graph: Graph;
  readonly options: CompileOptions;
}

function assembleFor(
  named: NamedSet,
  network: Network,
  layouts: readonly StageLayout[],
  { graph, options, bound, range, compactBits, family }: AssemblyContext,
): AssembledPlan {
  const { program, input, output } = lowerNetwork(network, layouts, named.slots);
  const scale = outputScale(named.set.data[0], {
    bound: fromDecimal(bound),
    period: output.period,
    outputs: output.slots.length,
  });
  return assemblePlan({
    network,
    program: placeRescales(program),
    params: named.set,
    input,
    range,
    output,
    outputScale: scale,
    bound,
    finish: graph.finish,
    labels: options.labels ?? [],
    compactBits,
    compiler: COMPILERS[family],
    model: options.model ?? graph.name,
  });
}

interface Findings {
  readonly network: Network;
  readonly layouts: readonly StageLayout[];
  readonly bounds: readonly LayerBound[];
  readonly budget: NoiseBudget;
  readonly samples: number;
  readonly maxOutput: number;
  readonly margin: number;
}

function makeReport(
  checked: CheckedPlan,
  { network, layouts, bounds, budget, samples, maxOutput, margin }: Findings,
): CompileReport {
  const { plan, types } = checked;
  let linear = 0;
  const layers = plan.layers.map(({ name, kind, from, to }, index): LayerReport => {
    const before = from === 0 ? types[0].level : types[from - 1].level;
    return {
      name,
      kind,
      levels: [before, types[to - 1].level],
      milliseconds: estimateMilliseconds(checked, from, to),
      bound: bounds[index],
      layout: network.stages[index].kind === "linear" ? layouts[linear++] : undefined,
      ...countOperations(plan, from, to),
    };
  });
  const limbs = plan.constants.reduce((sum, { level }) => sum + level, 0);
  return {
    layers,
    operations: countOperations(plan),
    parameters: plan.params.id,
    constantBytes: 4 * limbs * plan.params.n,
    calibration: { samples, maxOutput, margin },
    error: {
      encryption: Math.sqrt(budget.encryption),
      keySwitch: Math.sqrt(budget.keySwitch),
      rounding: Math.sqrt(budget.rounding),
      plaintext: Math.sqrt(budget.plaintext),
      compact: Math.sqrt(budget.compact),
    },
  };
}

function refuse(reason: string, next: string): never {
  throw new CompileError(undefined, reason, next);
}
