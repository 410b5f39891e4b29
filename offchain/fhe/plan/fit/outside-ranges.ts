/** Tells when an input takes an activation beyond what its polynomial was fitted on. */
import { evaluateNodes } from "../../graph/evaluate.ts";
import type { FittedGraph } from "./fit-graph.ts";

/** How far a value was outside what its activation was fitted on. */
export interface RangeExcess {
  readonly layer: string;
  /** The channel that is farthest outside. */
  readonly channel: number;
  /** How far, in widths of the calibrated range. */
  readonly widths: number;
}

/**
 * Where an input leaves the ranges that activations were fitted on: beyond them a polynomial says little.
 *
 * @param input elements of the one input, row-major
 * @returns the layers it does in, each with its farthest channel; empty when it stays inside
 */
export function outsideRanges(
  { graph, activations }: Pick<FittedGraph, "graph" | "activations">,
  input: ArrayLike<number>,
): readonly RangeExcess[] {
  const values = evaluateNodes(graph, input);
  return activations.flatMap(({ layer, operand, ranges }) => {
    const { shape } = graph.nodes[operand];
    const channels = shape[shape.length - 1];
    let farthest: RangeExcess | undefined;
    values[operand].forEach((value, k) => {
      const { min, max } = ranges[(k % channels) % ranges.length];
      const beyond = Math.max(min - value, value - max);
      if (beyond <= 0) return;
      const widths = beyond / (max > min ? max - min : 1);
      if (farthest === undefined || widths > farthest.widths) farthest = { layer, channel: k % channels, widths };
    });
    return farthest === undefined ? [] : [farthest];
  });
}
