import { importTfjs } from "../../../offchain/fhe/graph/import-tfjs.ts";
import type { Graph } from "../../../offchain/fhe/graph/graph.ts";
import type { LayoutFamily } from "../../../offchain/fhe/plan/choose-layout.ts";
import { compile } from "../../../offchain/fhe/plan/compile.ts";
import { typecheck, type CheckedPlan } from "../../../offchain/fhe/plan/typecheck.ts";
import { IMAGE_PIXELS } from "../../digits/data.ts";
import { digitsRequest } from "../../network/digits-model.ts";

/** A compiled model with inputs it never saw. */
export interface Subject {
  readonly model: string;
  readonly graph: Graph;
  readonly checked: CheckedPlan;
  /** Residues of all constants, as a package carries them. */
  readonly constants: Uint32Array<ArrayBuffer>;
  readonly inputs: readonly Float32Array[];
  /** The class of each input. */
  readonly labels: Uint8Array;
}

/**
 * Compiles the digits model as its owner does.
 *
 * @param layout `hybrid`, or the first compiler's `diagonal`
 * @param count held-out digits to take
 */
export function digitsSubject(layout: LayoutFamily, count: number): Subject {
  const { source, compile: options, samples } = digitsRequest(count);
  const graph = importTfjs(source.modelJson, source.weights);
  const { plan, constants } = compile(graph, { ...options, layout });
  if (samples.labels === undefined) throw new TypeError("the digits have labels");
  const images = Float32Array.from(samples.inputs);
  return {
    model: "digits",
    graph,
    checked: typecheck(plan),
    constants: constants.residues(),
    inputs: Array.from({ length: count }, (_, i) => images.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS)),
    labels: Uint8Array.from(samples.labels),
  };
}
