/** What a compiler tells the model's owner. */
import type { LayerBound } from "./bounds.ts";
import { constantBytes } from "./bytes.ts";
import type { StageLayout } from "./layout-path.ts";
import type { NoiseBudget } from "./noise.ts";
import { reportFit, type FitReport } from "./fit/fit-report.ts";
import type { FittedGraph } from "./fit/fit-graph.ts";
import type { Network } from "./fold.ts";
import { countOperations, estimateMilliseconds, type OperationCounts } from "./estimate.ts";
import type { CheckedPlan } from "./typecheck.ts";

/** One layer as it was lowered. */
export interface LayerReport extends OperationCounts {
  readonly name: string;
  readonly kind: string;
  /** Level its operand has, and its result. */
  readonly levels: readonly [number, number];
  readonly milliseconds: number;
  readonly bound: LayerBound;
  /** How a linear layer was laid out. */
  readonly layout: StageLayout | undefined;
}

export interface CompileReport {
  readonly layers: readonly LayerReport[];
  readonly operations: OperationCounts;
  readonly parameters: string;
  /** Bytes of the encoded weights. */
  readonly constantBytes: number;
  readonly calibration: {
    readonly samples: number;
    /** Largest absolute output of the model on them. */
    readonly maxOutput: number;
    /** The plan's bound is the largest output times this. */
    readonly margin: number;
  };
  /** What took the place of activations, and what that costs; null where there were none. */
  readonly fit: FitReport | null;
  /** Standard deviations of the error of one output, by where it comes from; the stated bound is six times their root of squares. */
  readonly error: Readonly<Record<keyof NoiseBudget, number>>;
}

/** What the passes found. */
export interface Findings {
  readonly network: Network;
  /** One a linear stage; none in a throughput plan, which lays nothing out. */
  readonly layouts: readonly StageLayout[];
  readonly bounds: readonly LayerBound[];
  readonly budget: NoiseBudget;
  readonly samples: number;
  readonly maxOutput: number;
  readonly margin: number;
  readonly fitted: FittedGraph | undefined;
}

/** Puts a report together. */
export function makeReport(
  checked: CheckedPlan,
  { network, layouts, bounds, budget, samples, maxOutput, margin, fitted }: Findings,
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
      layout: network.stages[index].kind === "linear" ? layouts.at(linear++) : undefined,
      ...countOperations(plan, from, to),
    };
  });
  return {
    layers,
    operations: countOperations(plan),
    parameters: plan.params.id,
    constantBytes: constantBytes(plan),
    calibration: { samples, maxOutput, margin },
    fit: fitted === undefined ? null : reportFit(fitted),
    error: {
      encryption: Math.sqrt(budget.encryption),
      keySwitch: Math.sqrt(budget.keySwitch),
      rounding: Math.sqrt(budget.rounding),
      plaintext: Math.sqrt(budget.plaintext),
      compact: Math.sqrt(budget.compact),
    },
  };
}
