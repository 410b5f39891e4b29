/** Compiles a model to a plan: fit activations → fold → parameters → layouts → lower → rescales → hoisting → assemble → bounds → error → origin → report. */
import type { NamedSet } from "../ckks/named-sets.ts";
import { evaluateGraph } from "../graph/evaluate.ts";
import type { Graph } from "../graph/graph.ts";
import { assemblePlan, type AssembledPlan } from "./assemble.ts";
import { proveBounds } from "./bounds.ts";
import { chooseLayouts, type ChosenLayouts } from "./choose-layout.ts";
import { chooseOrigin, turned } from "./choose-origin.ts";
import { checkPlan } from "./canonical.ts";
import { checkOptions, splitSamples, type CompileOptions, type Settings } from "./compile-options.ts";
import { deepEnough, setsOf } from "./choose-parameters.ts";
import { costModel } from "./cost-model.ts";
import { fromDecimal, toDecimalAtLeast } from "./decimal.ts";
import { encodeConstants } from "./encode-constants.ts";
import { CompileError } from "./errors.ts";
import { estimateMilliseconds } from "./estimate.ts";
import { fitModel } from "./fit/choose-degrees.ts";
import type { ActivationFit } from "./fit/fit-graph.ts";
import { foldGraph, type Network } from "./fold.ts";
import { applyInputLayout } from "./layout.ts";
import { rowsOfHead } from "./heads.ts";
import { hoist } from "./hoist.ts";
import type { LayoutFamily } from "./layout-path.ts";
import { lowerNetwork } from "./lower.ts";
import { errorBound, spreadOf, tracedNumbers, traceOutputs, worstBudget } from "./noise.ts";
import { outputScale } from "./output-scale.ts";
import { powerOfTwoFrom } from "./packing.ts";
import { placeRescales } from "./place-rescales.ts";
import type { Plan, SemanticsId } from "./plan.ts";
import type { SlotVector } from "./program.ts";
import { makeReport, type CompileReport, type Findings } from "./report.ts";
import { compileThroughput } from "./throughput.ts";
import { splitNetwork, wholeNetwork, type SplitNetwork } from "./split.ts";
import { typecheck, type CheckedPlan } from "./typecheck.ts";

export type { CompileOptions };

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
  /** What the plan computes: the model with its activations fitted; the model itself where it has none. */
  readonly graph: Graph;
  /** Its activations as they were fitted, for `outsideRanges`; none where the model has none. */
  readonly activations: readonly ActivationFit[];
  readonly constants: CompiledConstants;
  readonly report: CompileReport;
}

/** Plans of networks that begin on a grid. */
const GRID_COMPILER = "grid/1";

/** Version of each layout family; a change of what it produces is a new version. */
const COMPILERS: Readonly<Record<SemanticsId, Readonly<Record<LayoutFamily, string>>>> = {
  "seal-4.1": { diagonal: "diagonal/1", hybrid: "hybrid/1" },
  "hoisted-1": { diagonal: "diagonal/1", hybrid: "hybrid/2" },
};

/** Calibration inputs errors are followed through: those with the largest outputs, where squares amplify errors most. */
const NOISE_SAMPLES = 8;
/** Fewer for large plans: instructions × slots that are walked over at most. */
const NOISE_WORK = 1e9;

/**
 * Compiles a model.
 *
 * @param model from an importer
 * @returns the public plan, its secret constants, and what the owner should know
 * @throws CompileError naming the layer: too deep, too wide, values that could wrap around, unsupported operations; accuracy lost to fitted activations; or options that make no sense
 */
export function compile(model: Graph, options: CompileOptions): CompiledModel {
  const settings = checkOptions(model, options);
  const samples = splitSamples(model, options);
  const fitted = fitModel(model, samples, settings.fit);
  const graph = fitted?.graph ?? model;
  const network = foldGraph(graph);
  const { order, maxOutput } = runCalibration(graph, samples);
  const bound = toDecimalAtLeast(maxOutput * settings.margin);

  const findings = { network, samples: samples.length, maxOutput, margin: settings.margin, fitted };
  const { batchBits } = settings;
  if (batchBits !== undefined) {
    const { checked, vectors, bounds, budget } = compileThroughput({
      ...settings,
      network,
      bound,
      bits: batchBits,
      samples: order.slice(0, NOISE_SAMPLES).map((index) => samples[index]),
    });
    return compiled(checked, graph, vectors, { ...findings, layouts: [], bounds, budget });
  }
  const laidOut = layOut(network, settings);
  const assembled = assembleFor(network, laidOut, { ...settings, bound });
  const checked = typecheck(assembled.plan);
  const bounds = proveBounds(checked, assembled.vectors);
  const slotInputs = order
    .slice(0, noiseSamples(checked))
    .map((index) => applyInputLayout(checked.plan.inputs[0], samples[index], laidOut.named.slots));
  const traces = traceOutputs(checked, assembled.vectors, slotInputs);
  const spread = spreadOf(checked.plan);
  const origin = chooseOrigin(traces, spread);
  const budget = worstBudget(traces, spread, origin);
  const { plan, vectors } = turned(assembled, origin);
  const final = checkPlan({
    ...plan,
    estimates: {
      ...plan.estimates,
      errorBound: toDecimalAtLeast(errorBound(budget)),
      milliseconds: Math.ceil(estimateMilliseconds(checked)),
    },
  });
  return compiled(final, graph, vectors, { ...findings, layouts: laidOut.layouts, bounds, budget });
}

function compiled(
  checked: CheckedPlan,
  graph: Graph,
  vectors: readonly SlotVector[],
  findings: Findings,
): CompiledModel {
  return {
    plan: checked.plan,
    graph,
    activations: findings.fitted?.activations ?? [],
    constants: { vectors, residues: () => encodeConstants(checked, vectors) },
    report: makeReport(checked, findings),
  };
}

function noiseSamples({ plan }: CheckedPlan): number {
  const work = (tracedNumbers(plan).length * plan.instructions.length * plan.params.n) / 2;
  return Math.max(1, Math.min(NOISE_SAMPLES, Math.floor(NOISE_WORK / work)));
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

interface LaidOut extends ChosenLayouts {
  readonly named: NamedSet;
  readonly split: SplitNetwork;
}

/**
 * The smallest parameter set in which every layer fits a layout, or a smaller one with values in parts where that is cheaper, or fits alone.
 *
 * @throws CompileError naming the layer that fits no layout of the largest set
 */
function layOut(network: Network, settings: Settings): LaidOut {
  const found: LaidOut[] = [];
  let refusal: CompileError | undefined;
  for (const named of deepEnough(network, setsOf(settings.semantics))) {
    const whole = laidOutIn(named, wholeNetwork(network), settings);
    if (!(whole instanceof CompileError)) {
      found.push(whole);
      break;
    }
    refusal = whole;
    // What lies on a grid may take more slots than it has numbers.
    for (const share of [1, 2, 4]) {
      const split = splitNetwork(network, named.slots / share);
      const inParts = split && laidOutIn(named, split, settings);
      if (inParts !== undefined && !(inParts instanceof CompileError)) found.push(inParts);
    }
  }
  const [cheapest] = found.sort((a, b) => a.cost - b.cost);
  if (cheapest === undefined) throw refusal!;
  return cheapest;
}

function laidOutIn(named: NamedSet, split: SplitNetwork, settings: Settings): LaidOut | CompileError {
  const { family, compactBits, semantics } = settings;
  try {
    const chosen = chooseLayouts(split, { family, costs: costModel(semantics, named.set), compactBits });
    return { named, split, ...chosen };
  } catch (cause) {
    if (cause instanceof CompileError) return cause;
    throw cause;
  }
}

interface AssemblyContext extends Settings {
  readonly bound: string;
}

function assembleFor(
  network: Network,
  { named, split, layouts }: LaidOut,
  { bound, range, compactBits, semantics, family, model, labels }: AssemblyContext,
): AssembledPlan {
  const { data } = named.set;
  const values = rowsOfHead(network.outputs, compactBits);
  const scaleFor = (period: number): number =>
    outputScale(data[0], { bound: fromDecimal(bound), period, outputs: values });
  const weightScales = { inner: Math.min(...data), last: scaleFor(powerOfTwoFrom(values)) / 2 };
  const { program, input, outputs } = lowerNetwork(split, layouts, {
    slots: named.slots,
    weightScales,
    hoists: semantics === "hoisted-1",
    compactBits,
  });
  const levelled = placeRescales(program);
  return assemblePlan({
    network,
    program: semantics === "seal-4.1" ? levelled : hoist(levelled),
    params: named.set,
    input,
    range,
    outputs,
    outputScale: scaleFor(outputs[0].period),
    bound,
    finish: network.finish,
    labels,
    compactBits,
    semantics,
    compiler: layouts.some(({ form }) => form === "grid") ? GRID_COMPILER : COMPILERS[semantics][family],
    model,
  });
}

function refuse(reason: string, next: string): never {
  throw new CompileError(undefined, reason, next);
}
