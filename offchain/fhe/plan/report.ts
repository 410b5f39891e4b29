/** What a compiler tells the model's owner. */
import type { LayerBound } from "./bounds.ts";
import type { StageLayout } from "./choose-layout.ts";
import type { NoiseBudget } from "./noise.ts";
import type { OperationCounts } from "./estimate.ts";

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
  /** Standard deviations of the error of one output, by where it comes from; the stated bound is six times their root of squares. */
  readonly error: Readonly<Record<keyof NoiseBudget, number>>;
}
