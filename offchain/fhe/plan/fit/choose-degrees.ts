/** Decides the degree of every fitted activation, and whether the fitted model is still good enough. */
import type { NamedSet } from "../../ckks/named-sets.ts";
import type { Graph } from "../../graph/graph.ts";
import { deepEnough } from "../choose-parameters.ts";
import { CompileError } from "../errors.ts";
import { foldGraph } from "../fold.ts";
import { accuracyLost, exceedsDrop, type FitAccuracy } from "./accuracy.ts";
import type { FitDegree } from "./fit-activation.ts";
import { fitGraph, hasActivations, type FittedGraph } from "./fit-graph.ts";

export interface ActivationOptions {
  /**
   * 2 (default): a parabola each, one level. 4: a parabola of a parabola, two levels. `auto`: 4 where the parameter set that parabolas need has levels to spare and the error falls
   * by a quarter.
   */
  readonly degree?: FitDegree | "auto";
}

export interface FitSettings {
  readonly degree: FitDegree | "auto";
  /** Index of the right class of each sample. */
  readonly labels: ArrayLike<number> | undefined;
  /** Largest share of accuracy that may be lost on the samples, 0 … 1; undefined for any. */
  readonly maxDrop: number | undefined;
  /** Parameter sets the plan may have, cheapest first. */
  readonly sets: readonly NamedSet[];
}

/** A composed fit has to bring an activation's error below this part of a parabola's to be given a level to spare. */
const WORTH_A_LEVEL = 3 / 4;

/**
 * Fits the activations of a graph, if it has any.
 *
 * @param samples calibration inputs
 * @returns undefined when there are none
 * @throws CompileError naming the layer that cannot be fitted; or with the numbers when accuracy falls by more than `maxDrop`
 */
export function fitModel(
  graph: Graph,
  samples: readonly ArrayLike<number>[],
  { degree, labels, maxDrop, sets }: FitSettings,
): FittedGraph | undefined {
  if (!hasActivations(graph)) return undefined;
  const fit = (degreeOf: (node: number) => FitDegree): FittedGraph => fitGraph(graph, samples, { degreeOf, labels });
  const fitted = degree === "auto" ? automatic(graph, sets, fit) : fit(() => degree);
  if (maxDrop !== undefined) requireAccuracy(fitted.accuracy, maxDrop);
  return fitted;
}

function automatic(
  graph: Graph,
  sets: readonly NamedSet[],
  fit: (degreeOf: (node: number) => FitDegree) => FittedGraph,
): FittedGraph {
  const parabolas = fit(() => 2);
  const network = foldGraph(parabolas.graph);
  const [{ depth }] = deepEnough(network, sets);
  let spare = depth - network.stages.length;
  if (spare === 0) return parabolas;
  const composed = fit(() => 4);
  const nodes = graph.nodes.flatMap(({ operation }, node) => (operation.op === "activation" ? [node] : []));
  const gains = nodes
    .map((node, k) => ({ node, part: composed.activations[k].rmsError / parabolas.activations[k].rmsError }))
    .filter(({ part }) => part < WORTH_A_LEVEL)
    .sort((a, b) => a.part - b.part);
  const chosen: number[] = [];
  for (const { node } of gains) {
    // A line is no stage of its own, and what lies around it is one.
    const levels = parabolas.activations[nodes.indexOf(node)].degree === 1 ? 3 : 1;
    if (levels > spare) continue;
    spare -= levels;
    chosen.push(node);
  }
  // Where branches meet, a square that directly follows another may not do.
  for (; chosen.length > 0; chosen.pop()) {
    const mixed = fit((node) => (chosen.includes(node) ? 4 : 2));
    if (folds(mixed.graph, depth)) return mixed.accuracy.rmsError < parabolas.accuracy.rmsError ? mixed : parabolas;
  }
  return parabolas;
}

/** Whether a graph can be folded to so many stages. */
function folds(graph: Graph, depth: number): boolean {
  try {
    return foldGraph(graph).stages.length <= depth;
  } catch (cause) {
    if (cause instanceof CompileError) return false;
    throw cause;
  }
}

function requireAccuracy(accuracy: FitAccuracy, maxDrop: number): void {
  if (!exceedsDrop(accuracyLost(accuracy), maxDrop)) return;
  const { samples, labelled, agreement } = accuracy;
  const said =
    labelled === null
      ? `gives another answer on ${percent(1 - (agreement ?? 1))} of ${samples} calibration inputs once its activations are polynomials`
      : `falls from ${percent(labelled.exact)} to ${percent(labelled.fitted)} right on ${samples} calibration inputs once its activations are polynomials`;
  throw new CompileError(
    undefined,
    `${said}, and at most ${percent(maxDrop)} may be lost`,
    "Fit with degree 4, fine-tune the model with its fitted quadratics, or train it with Square layers.",
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
