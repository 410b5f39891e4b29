/** What a compiler says of a model, as text. */
import type { Plan } from "../fhe/plan/plan.ts";
import type { CompileReport } from "../fhe/plan/report.ts";
import { facts, formatBytes, table } from "./format.ts";

/** Layers, figures, and where the error comes from. */
export function compileText({ estimates, params, semantics, compiler }: Plan, report: CompileReport): string {
  const { layers, operations, constantBytes, calibration, error } = report;
  const rows = layers.map(({ name, kind, levels, rotations, plainProducts, products, milliseconds }) => [
    name,
    kind,
    `${levels[0]} → ${levels[1]}`,
    String(rotations),
    String(plainProducts),
    String(products),
    milliseconds.toFixed(0),
  ]);
  const sources = Object.entries(error).map(([name, deviation]) => `${name} ${deviation.toPrecision(2)}`);
  return [
    table([["LAYER", "KIND", "LEVELS", "ROTATIONS", "× PLAIN", "× ENCRYPTED", "MS"], ...rows]),
    "",
    facts([
      ["Plan", `${compiler}, ${semantics}, ${params.id}`],
      ["Operations", `${operations.rotations} rotations, ${operations.rescales} rescales`],
      ["Evaluation", `about ${estimates.milliseconds} ms on the reference machine`],
      ["Keys", formatBytes(estimates.keyBytes)],
      ["Input", formatBytes(estimates.inputBytes)],
      ["Result", formatBytes(estimates.resultBytes)],
      ["Package", formatBytes(constantBytes)],
      ["Error", `at most ±${estimates.errorBound} an output (one σ: ${sources.join(", ")})`],
      [
        "Outputs",
        `up to ${calibration.maxOutput.toPrecision(3)} on ${calibration.samples} calibration inputs, margin ${calibration.margin}`,
      ],
    ]),
  ].join("\n");
}
