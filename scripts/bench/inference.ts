/**
 * Runs the sample models under encryption and prints their figures: a table each, or with `--json` one line of JSON each (`InferenceFigures`).
 *
 * `--samples 500` takes that many inputs the model never saw for the accuracy, 20 if not given; `--model digits` measures that model alone.
 */
import { parseArgs } from "node:util";

import { measureInference, type InferenceFigures } from "./inference/measure.ts";
import { SUBJECTS, subjectOf } from "./inference/subject.ts";

const MOST_INPUTS = 2000;

const { values } = parseArgs({
  options: {
    samples: { type: "string", default: "20" },
    model: { type: "string", multiple: true, default: [...SUBJECTS] },
    json: { type: "boolean", default: false },
  },
});
const count = Number(values.samples);
if (!Number.isInteger(count) || count < 1 || count > MOST_INPUTS)
  stop(`--samples is 1 to ${MOST_INPUTS}, not ${values.samples}.`);
const unknown = values.model.find((model) => !SUBJECTS.includes(model));
if (unknown !== undefined) stop(`--model is one of ${SUBJECTS.join(", ")}, not ${unknown}.`);

for (const model of values.model) {
  const figures = await measureInference(subjectOf(model, count));
  console.log(values.json ? JSON.stringify(figures) : `${table(figures)}\n`);
}

function table(figures: InferenceFigures): string {
  const { model, rotations, ms, ratio, samePlan, firstCompiler, bytes, accuracy, maxAbsError, peakRssMb } = figures;
  const kilobytes = (size: number): string => `${(size / 1000).toFixed(1)} kB`;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const rows: [string, string][] = [
    ["model", model],
    ["rotations", `${rotations.total}, of them hoisted ${rotations.hoisted}`],
    ["evaluation, simd", `${ms.simd} ms of one core, compact result included`],
    [
      `by ${ms.simdThreads.threads} threads`,
      `${ms.simdThreads.ms} ms on the wall, ${ms.simdThreads.one} ms by one in turns with them`,
    ],
    ["evaluation, node-seal", `${ms.seal} ms with its own best plan: ${ratio} times as long`],
    ["that plan on both", `simd ${samePlan.simd} ms, node-seal ${samePlan.seal} ms: ${samePlan.ratio} times as long`],
    ["first compiler's plan", `node-seal ${firstCompiler.seal} ms: ${firstCompiler.ratio} times as long`],
    ["keys", `${kilobytes(bytes.keys)}, made in ${ms.keygen} ms`],
    ["input", `${kilobytes(bytes.input)}, encrypted in ${ms.encrypt} ms`],
    ["result", `${bytes.result} bytes, opened in ${ms.decrypt} ms`],
    ["accuracy", `${percent(accuracy.encrypted)} encrypted, ${percent(accuracy.plain)} plain, on ${accuracy.n} inputs`],
    ["largest error", `${maxAbsError}`],
    ["peak memory", `${peakRssMb} MB, evaluating on simd with one user's keys`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(23)}${value}`).join("\n");
}

function stop(reason: string): never {
  console.error(reason);
  process.exit(1);
}
