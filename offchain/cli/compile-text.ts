/** What a compiler says of a model, as text. */
import type { FitReport } from "../fhe/plan/fit/fit-report.ts";
import { facts, formatBytes, formatShare, table } from "./format.ts";
import { printable } from "./printable.ts";
import { largestError, type Hits } from "./report/calibrate.ts";
import type { ModelFigures } from "./report/figures.ts";
import { short } from "./report/ticks.ts";

/** Layers, figures, where the error comes from, and what the calibration inputs gave. */
export function compileText(figures: ModelFigures): string {
  const { plan, report, layers, depth, keys, bytes, milliseconds, gas, calibration, errorBound } = figures;
  const { operations, error } = report;
  const rows = layers.map((layer) => [
    printable(layer.name),
    printable(layer.kind),
    String(layer.depth),
    `${layer.levels[0]} → ${layer.levels[1]}`,
    String(layer.rotations),
    String(layer.plainProducts),
    String(layer.products),
    layer.milliseconds.toFixed(0),
  ]);
  const sources = Object.entries(error).map(([name, deviation]) => `${name} ${deviation.toPrecision(2)}`);
  const measured = milliseconds.measured;
  return [
    table([["LAYER", "KIND", "DEPTH", "LEVELS", "ROTATIONS", "× PLAIN", "× ENCRYPTED", "MS"], ...rows]),
    "",
    ...(report.fit === null ? [] : [fitText(report.fit), ""]),
    facts([
      ["Plan", `${plan.compiler}, ${plan.semantics}, ${plan.params.id}, depth ${depth}`],
      ["Operations", `${operations.rotations} rotations, ${operations.rescales} rescales`],
      [
        "Evaluation",
        `about ${short(milliseconds.estimated / 1000)} s on the reference machine${measured === undefined ? "" : `, ${short(measured / 1000)} s here`}`,
      ],
      ["Keys", `${formatBytes(bytes.keys)} (${keys.length} keys)`],
      ["Input", formatBytes(bytes.input)],
      ["Result", formatBytes(bytes.result)],
      ["Package", formatBytes(bytes.package)],
      ["Gas", `${gas.total} a request, ${gas.request} of it the user's`],
      ["Error", `at most ±${errorBound} an output (one σ: ${sources.join(", ")})`],
      [
        "Outputs",
        `up to ${report.calibration.maxOutput.toPrecision(3)} on ${report.calibration.samples} calibration inputs, margin ${report.calibration.margin}`,
      ],
      ["Accuracy", accuracyText(figures)],
      [
        "Errors seen",
        calibration.errors.length === 0
          ? undefined
          : `up to ${short(largestError(calibration.errors))} under encryption`,
      ],
      ["Digest", figures.digest],
    ]),
  ].join("\n");
}

/** What took the place of activations. */
function fitText({ activations, accuracy }: FitReport): string {
  const rows = activations.map(({ layer, activation, degree, per, range, relativeError }) => [
    printable(layer),
    activation,
    String(degree),
    per,
    `${short(range.min)} … ${short(range.max)}`,
    formatShare(relativeError),
  ]);
  const { samples, agreement, maxError } = accuracy;
  const same = agreement === null ? "" : `same answer on ${formatShare(agreement)} of ${samples} calibration inputs, `;
  return [
    table([["FITTED", "ACTIVATION", "DEGREE", "PER", "RANGE", "OFF BY (OF ITS σ)"], ...rows]),
    `Polynomials for activations: ${same}outputs off by up to ${short(maxError)}.`,
  ].join("\n");
}

function accuracyText({ calibration: { plain, clear, encrypted, labelled } }: ModelFigures): string {
  const share = ({ right, of }: Hits): string => `${formatShare(right / of)} (${right} of ${of})`;
  return [
    ...(labelled ? [`${share(plain)} the model`] : []),
    `${share(clear)} the plan in the clear${labelled ? "" : ", of the model's own answers"}`,
    ...(encrypted === undefined
      ? []
      : [
          `${share(encrypted)} under encryption, where the model has ${share({ right: encrypted.plain, of: encrypted.of })}`,
        ]),
  ].join("\n");
}
