/** The report as one HTML file that loads nothing: no scripts, no fonts, no pictures; its own policy forbids them. */
import { createHash } from "node:crypto";

import { fromDecimal } from "../../fhe/plan/decimal.ts";
import { formatBytes, formatShare } from "../format.ts";
import { bars, wilson } from "./bars.ts";
import type { Hits } from "./calibrate.ts";
import { dots } from "./dots.ts";
import type { PlanBatch } from "../../fhe/plan/plan.ts";
import type { KeyFigures, ModelFigures } from "./figures.ts";
import { histogram } from "./histogram.ts";
import { markup, trusted, type Markup } from "./markup.ts";
import { staircase } from "./staircase.ts";
import { STYLE } from "./style.ts";
import { short } from "./ticks.ts";

/** Rows of a chart; more outputs than this are left out and counted. */
const MOST_ROWS = 32;

/**
 * Writes the report.
 *
 * @param made when, for people
 * @returns the file's text
 */
export function reportPage(figures: ModelFigures, made: Date): string {
  const { plan, digest, refusal } = figures;
  const hash = createHash("sha256").update(STYLE).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${plan.model}: compiled for encrypted inference</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<main>
<header>
<h1><bdi>${plan.model}</bdi></h1>
<p class="muted">Compiled for encrypted inference on ${made.toISOString().slice(0, 10)} by ${plan.compiler}, semantics ${plan.semantics}, parameter set ${plan.params.id}: ring degree ${plan.params.n}, 128-bit security.</p>
<p class="muted">Plan <code>${digest}</code></p>
</header>
<p class="verdict${refusal === undefined ? "" : " refused"}">${verdict(figures)}</p>
${tiles(figures)}
<section>
<h2>Levels over time</h2>
<p>Every product takes a level, and an operation is the cheaper the lower it stands. Widths are estimated milliseconds of one evaluation.</p>
${staircase(figures)}
</section>
${layersSection(figures)}
${activationsSection(figures)}
<div class="pair">
${accuracySection(figures)}
${bytesSection(figures)}
</div>
${outputsSection(figures)}
${errorsSection(figures)}
${keysSection(figures)}
</main>
</body>
</html>
`.text;
}

function verdict({ refusal, calibration: { plain, clear, encrypted, labelled }, maxDrop }: ModelFigures): string {
  if (refusal !== undefined) return `Refused: ${refusal}.`;
  const right = labelled ? "right" : "the same class as the model";
  const without = `${clear.right} of ${clear.of} calibration inputs get ${right} from the plan, ${plain.right} from the model itself.`;
  if (encrypted === undefined) return `${without} Nothing was evaluated under encryption.`;
  return `${encrypted.right} of ${encrypted.of} calibration inputs get ${right} under encryption, where the model itself gives ${encrypted.plain}. ${without} At most ${formatShare(maxDrop)} may be lost.`;
}

function tiles({ bytes, milliseconds, gas, errorBound, report, depth, plan }: ModelFigures): Markup {
  const reference = plan.semantics === "seal-4.1" && plan.batch === undefined ? "node-seal" : "SIMD engine";
  const rows: [string, string, string][] = [
    ["Evaluation", ms(milliseconds.estimated), `estimated, ${reference} on one core`],
    ...(milliseconds.measured === undefined
      ? []
      : [["Evaluation here", ms(milliseconds.measured), "measured, SIMD engine"] as [string, string, string]]),
    ["Depth", String(depth), `of ${plan.params.data.length - 1} levels`],
    ["Rotations", String(report.operations.rotations), `${report.operations.hoisted} of them hoisted`],
    ["Keys", formatBytes(bytes.keys), "once a user"],
    ["Input", formatBytes(bytes.input), each(bytes.input, plan.batch)],
    [
      "Result",
      formatBytes(bytes.result),
      plan.batch ? each(bytes.result, plan.batch) : gas.inline ? "on chain" : "as a blob",
    ],
    ...(plan.batch === undefined
      ? []
      : [["Batch", plan.batch.samples.toLocaleString("en"), "inputs a request"] as [string, string, string]]),
    ["Gas", gas.total.toLocaleString("en"), `${gas.request.toLocaleString("en")} of it the user's`],
    ["Error bound", short(errorBound), "of one output, six deviations"],
  ];
  return markup`<dl class="tiles">${rows.map(
    ([name, value, note]) => markup`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`,
  )}</dl>`;
}

function layersSection({ layers }: ModelFigures): Markup {
  const head = [
    "No.",
    "Layer",
    "Operations",
    "Depth",
    "Levels",
    "Rotations",
    "× plain",
    "× encrypted",
    "Rescales",
    "ms",
  ];
  const text = new Set([1, 2]);
  const rows = layers.map((layer, index) => [
    String(index + 1),
    layer.name,
    layer.kind,
    String(layer.depth),
    `${layer.levels[0]} → ${layer.levels[1]}`,
    ...[layer.rotations, layer.plainProducts, layer.products, layer.rescales].map(String),
    short(layer.milliseconds),
  ]);
  const cost = layers.map(({ name, milliseconds }, index) => ({
    name: `${index + 1}  ${name}`,
    value: milliseconds,
    label: ms(milliseconds),
  }));
  return markup`<section>
<h2>Layers and what they cost</h2>
${scrollable("Layers", head, rows, text)}
${cost.length === 0 ? undefined : bars(cost)}
</section>`;
}

function accuracySection({ calibration: { plain, clear, encrypted, labelled } }: ModelFigures): Markup {
  const row = (name: string, { right, of }: Hits) => ({
    name,
    value: right / of,
    label: `${formatShare(right / of)} (${right} of ${of})`,
    whisker: wilson(right, of),
  });
  const rows = [
    row("Model", plain),
    row("Plan in the clear", clear),
    ...(encrypted === undefined ? [] : [row("Under encryption", encrypted)]),
  ];
  const what = labelled ? "Share of right classes" : "Share of the model's own answers kept, as no labels were given";
  return markup`<section>
<h2>Accuracy</h2>
<p>${what}; lines are 95 % intervals.</p>
${bars(rows, { most: 1 })}
</section>`;
}

function bytesSection({ bytes }: ModelFigures): Markup {
  const rows = [
    ["Keys, once a user", bytes.keys],
    ["Input", bytes.input],
    ["Result", bytes.result],
    ["Encoded weights", bytes.package],
  ] as const;
  const most = Math.max(...rows.map(([, value]) => value), 1e4);
  return markup`<section>
<h2>Bytes</h2>
<p>What is sent and stored; the axis is logarithmic.</p>
${dots(
  rows.map(([name, value]) => ({ name, value, label: formatBytes(value) })),
  { from: 1000, to: 10 ** Math.ceil(Math.log10(most)), name: (value) => formatBytes(value).replace(".0", "") },
)}
</section>`;
}

function outputsSection({ calibration, plan, report }: ModelFigures): Markup {
  const values = calibration.outputs.flatMap((output) => Array.from(output));
  const bound = fromDecimal(plan.outputs[0].bound);
  return markup`<section>
<h2>Outputs</h2>
<p>What the model gives on ${report.calibration.samples} calibration inputs. Lines mark the largest output times the margin of ${short(report.calibration.margin)}; beyond twice that a result may wrap around unnoticed.</p>
${histogram(values, { title: "Outputs of the model", reach: bound })}
</section>`;
}

function errorsSection({ calibration, plan, errorBound, report }: ModelFigures): Markup {
  const { errors } = calibration;
  const sources = Object.entries(report.error).map(([name, deviation]) => ({
    name: SOURCES[name] ?? name,
    value: deviation,
    label: short(deviation, 2),
  }));
  const labels = plan.outputs.flatMap(({ labels: own }) => own);
  const count = plan.outputs.reduce((sum, { layout }) => sum + layout.slots.length, 0);
  const rows = Array.from({ length: Math.min(count, MOST_ROWS) }, (_, k) => {
    const own = errors.map((error) => error[k]);
    const largest = own.reduce((most, error) => Math.max(most, Math.abs(error)), 0);
    const middle = Math.sqrt(own.reduce((sum, error) => sum + error * error, 0) / (own.length || 1));
    return {
      name: labels.at(k) ?? `output ${k}`,
      value: largest,
      label: `${short(largest, 2)}, r.m.s. ${short(middle, 2)}`,
    };
  });
  const budget = markup`<section>
<h2>Where the error comes from</h2>
<p>Standard deviation of one output, computed; the bound of ${short(errorBound)} is six times all of them together.</p>
${bars(sources)}
</section>`;
  if (errors.length === 0) return budget;
  const left =
    count > MOST_ROWS ? markup`<p class="note">${count - MOST_ROWS} more outputs are left out.</p>` : undefined;
  return markup`<div class="pair">
${budget}
<section>
<h2>Errors measured</h2>
<p>Decrypted less the model's own, ${errors.length} encrypted inputs; lines are the stated bound.</p>
${histogram(
  errors.flatMap((error) => Array.from(error)),
  { title: "Errors of decrypted outputs", reach: errorBound },
)}
</section>
</div>
<section>
<h2>Largest error of each output</h2>
<p>Over the encrypted inputs; lines are the stated bound.</p>
${bars(rows, { most: errorBound * 1.04, mark: errorBound })}
${left}
</section>`;
}

const SOURCES: Readonly<Record<string, string>> = {
  encryption: "Fresh encryption",
  keySwitch: "Key switches",
  rounding: "Rescales",
  plaintext: "Rounded weights",
  compact: "Result and its mask",
};

/** What an input or a result is for one of a batch's samples. */
function each(bytes: number, batch: PlanBatch | undefined): string {
  return batch === undefined
    ? "each request"
    : `${formatBytes(Math.round(bytes / batch.samples))} an input of a full batch`;
}

/** Polynomials in place of activations; their coefficients are as secret as weights and not shown. */
function activationsSection({ report: { fit } }: ModelFigures): Markup | undefined {
  if (fit === null) return undefined;
  const head = ["Layer", "Activation", "Degree", "Fitted per", "Range", "Off by, of its σ"];
  const rows = fit.activations.map(({ layer, activation, degree, per, range, relativeError }) => [
    layer,
    activation,
    String(degree),
    per,
    `${short(range.min)} … ${short(range.max)}`,
    formatShare(relativeError),
  ]);
  const { samples, agreement, maxError } = fit.accuracy;
  const same =
    agreement === null ? "" : `The same answer on ${formatShare(agreement)} of ${samples} calibration inputs; `;
  return markup`<section>
<h2>Activations</h2>
<p>Polynomials fitted on the distribution that the calibration inputs show take the place of activations. ${same}outputs off by up to ${short(maxError)}.</p>
${scrollable("Activations", head, rows, new Set([0, 1]))}
</section>`;
}

function keysSection({ keys, bytes }: ModelFigures): Markup {
  const head = ["Key", "Element", "Rotates by", "Level", "Bytes"];
  const cell = (value: number | undefined): string => (value === undefined ? "" : String(value));
  const rows = keys.map(({ name, element, step, level, bytes: size }: KeyFigures) => [
    name,
    cell(element),
    cell(step),
    cell(level),
    formatBytes(size),
  ]);
  return markup`<section>
<h2>Keys</h2>
<p>${keys.length} keys, ${formatBytes(bytes.keys)}: made by the user once and sent; a key of one element is the larger the higher the level it is used at.</p>
${scrollable("Keys", head, rows, new Set([0]))}
</section>`;
}

function scrollable(
  name: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  text: ReadonlySet<number>,
): Markup {
  const cls = (column: number): Markup => (text.has(column) ? trusted(' class="text"') : trusted(""));
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${name}"><table><thead><tr>${head.map(
    (title, column) => markup`<th scope="col"${cls(column)}>${title}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (row) => markup`<tr>${row.map((value, column) => markup`<td${cls(column)}>${value}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

function ms(value: number): string {
  return value >= 1000 ? `${short(value / 1000)} s` : `${short(value)} ms`;
}
