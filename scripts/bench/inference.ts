/**
 * Runs the sample models under encryption and prints their figures: a table, or with `--json` one line of JSON a model (`InferenceFigures`).
 *
 * `--n 500` takes that many held-out inputs for the accuracy, 20 if not given; `--layout diagonal` measures the first compiler's plan.
 */
import { parseArgs } from "node:util";

import { measureInference, type InferenceFigures } from "./inference/measure.ts";
import { digitsSubject } from "./inference/subject.ts";

const MOST_INPUTS = 2000;

const { values } = parseArgs({
  options: {
    n: { type: "string", default: "20" },
    layout: { type: "string", default: "hybrid" },
    json: { type: "boolean", default: false },
  },
});
const count = Number(values.n);
if (!Number.isInteger(count) || count < 1 || count > MOST_INPUTS) stop(`--n is 1 to ${MOST_INPUTS}, not ${values.n}.`);
const layout = values.layout === "hybrid" || values.layout === "diagonal" ? values.layout : undefined;
if (layout === undefined) stop(`--layout is hybrid or diagonal, not ${values.layout}.`);

const figures = await measureInference(digitsSubject(layout, count));
console.log(values.json ? JSON.stringify(figures) : table(figures));

function table({ model, compiler, rotations, ms, ratio, bytes, accuracy, maxAbsError, peakRssMb }: InferenceFigures) {
  const kilobytes = (size: number): string => `${(size / 1000).toFixed(1)} kB`;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const rows: [string, string][] = [
    ["model", `${model}, compiled by ${compiler}`],
    ["rotations", `${rotations.total}, of them hoisted ${rotations.hoisted}`],
    ["evaluation, simd", `${ms.simd} ms of one core, ${ms.compact} of them for the compact result`],
    ["evaluation, node-seal", `${ms.seal} ms: ${ratio} times as long`],
    ["keys", `${kilobytes(bytes.keys)}, made in ${ms.keygen} ms, opened in ${ms.openKeys} ms`],
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
