/** Compiles a network to a throughput plan: a batch of one user's inputs at once, one sample a slot. */
import type { KeyNeed } from "../ckks/key-need.ts";
import { N16384_D13_S1, N8192_D6_S1 } from "../ckks/named-sets.ts";
import type { ParameterSet } from "../ckks/parameters.ts";
import { inputBytes, keyBytes, resultBytes } from "./bytes.ts";
import type { LayerBound } from "./bounds.ts";
import { checkPlan } from "./canonical.ts";
import { deepEnough } from "./choose-parameters.ts";
import { fromDecimal, toDecimalAtLeast } from "./decimal.ts";
import { estimateMilliseconds } from "./estimate.ts";
import { scaleToNumber } from "./exact-scale.ts";
import type { Network } from "./fold.ts";
import { errorBound, type NoiseBudget } from "./noise.ts";
import type { Plan } from "./plan.ts";
import type { SlotVector } from "./program.ts";
import { proveThroughputBounds } from "./throughput-bounds.ts";
import { lowerThroughput, type ThroughputProgram } from "./throughput-lower.ts";
import { throughputBudget } from "./throughput-noise.ts";
import { typecheck, type CheckedPlan } from "./typecheck.ts";

/** Version of what it produces. */
const COMPILER = "throughput/1";

/** Part of the first prime that the bounded coefficients may reach to either side; they wrap around at a half. */
const FILL = 1 / 4;
const LARGEST = 1 / 8;

export interface ThroughputRequest {
  readonly network: Network;
  readonly range: Plan["inputs"][number]["range"];
  /** Largest absolute value an output may take. */
  readonly bound: string;
  /** Class labels, one an output, or none. */
  readonly labels: readonly string[];
  readonly model: string;
  /** Bits of a published coefficient. */
  readonly bits: number;
  /** Calibration inputs that errors are followed through. */
  readonly samples: readonly ArrayLike<number>[];
}

export interface ThroughputPlan {
  readonly checked: CheckedPlan;
  /** One number a constant. */
  readonly vectors: readonly SlotVector[];
  readonly bounds: readonly LayerBound[];
  readonly budget: NoiseBudget;
}

/**
 * Compiles.
 *
 * @throws CompileError naming the layer: too deep, values that could wrap around, or a plan beyond the limits
 */
export function compileThroughput(request: ThroughputRequest): ThroughputPlan {
  const { network, range, bits, samples } = request;
  // One special prime: semantics seal-4.1, where nothing rotates and hoisting has nothing to share.
  const [{ set: params }] = deepEnough(network, [N8192_D6_S1, N16384_D13_S1]);
  const program = lowerThroughput(network, { params, outputScale: scaleFor(params.data[0], request) });
  const draft = typecheck(withSizes(assemble(request, params, program)));
  const { plan, types, constantScales } = draft;
  const ends = plan.layers.map(({ to }) => types[to - 1]);
  const scaleOf = (stage: number): number =>
    stage < 0 ? plan.inputs[0].scale : scaleToNumber(params, ends[stage].scale);
  const input = { min: fromDecimal(range.min), max: fromDecimal(range.max) };
  const bounds = proveThroughputBounds(network, params, input, scaleOf);
  const weightScaleOf = (stage: number): number => constantScales[firstConstant(plan, stage)];
  const degreeOf = (stage: number): 1 | 2 => ends[stage].degree;
  const budget = throughputBudget({ network, params, scaleOf, weightScaleOf, degreeOf, bits }, samples);
  const checked = checkPlan({
    ...plan,
    estimates: {
      ...plan.estimates,
      errorBound: toDecimalAtLeast(errorBound(budget)),
      milliseconds: Math.ceil(estimateMilliseconds(draft)),
    },
  });
  return { checked, vectors: program.values, bounds, budget };
}

/**
 * The scale of outputs: bounded coefficients fill half the first prime. Two outputs share a piece of the result as real and imaginary parts, so that a coefficient may be √2 times a value; one alone does
 * not need that room.
 */
function scaleFor(prime: number, { network: { outputs }, bound }: ThroughputRequest): number {
  const most = fromDecimal(bound) * (outputs > 1 ? Math.SQRT2 : 1);
  return Math.min(prime * LARGEST, (prime * FILL) / most);
}

/** A combination's first constant, which is at the scale of all weights of its stage. */
function firstConstant({ instructions, layers }: Plan, stage: number): number {
  const { from, to } = layers[stage];
  const found = instructions.slice(from, to).find((it) => it.op === "combine");
  return found?.op === "combine" ? found.constants[0] : 0;
}

function assemble(
  { network, range, bound, labels, model, bits }: ThroughputRequest,
  params: ParameterSet,
  { instructions, constants, inputs, outputs, layers, relinearised }: ThroughputProgram,
): Plan {
  const level = network.stages.length + 1;
  const keys: KeyNeed[] = [
    ...(relinearised > 0 ? [{ kind: "relin", gadget: 1, level: relinearised } as const] : []),
    { kind: "batchPublic", ring: params.n },
  ];
  return {
    version: 1,
    semantics: "seal-4.1",
    compiler: COMPILER,
    model,
    params,
    inputs: inputs.map((element) => ({
      name: `element ${element}`,
      layout: { kind: "gather", shape: network.inputShape, period: 1, indices: [element] },
      level,
      scale: params.data[level - 1],
      range,
    })),
    constants,
    instructions,
    outputs: outputs.map((value, k) => ({
      name: `output ${k}`,
      value,
      layout: { period: 1, slots: [0] },
      bound,
      finish: network.finish,
      labels: labels.length === 0 ? [] : [labels[k]],
    })),
    batch: { samples: params.n / 2, bits },
    keys,
    layers,
    estimates: { keyBytes: 0, inputBytes: 0, resultBytes: 0, errorBound: "1", milliseconds: 0 },
  };
}

/** With the bytes of keys, inputs and result. */
function withSizes(plan: Plan): Plan {
  // A batch result's size does not depend on the types of what it holds.
  const sizes = { keyBytes: keyBytes(plan), inputBytes: inputBytes(plan), resultBytes: resultBytes(plan, []) };
  return { ...plan, estimates: { ...plan.estimates, ...sizes } };
}
