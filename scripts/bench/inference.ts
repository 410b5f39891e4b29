import { measureInference, type InferenceFigures } from "./inference/measure.ts";
import { subjectOf } from "./inference/subject.ts";

/**
 * Runs sample models under encryption and prints their figures: a table each, or one line of JSON each (`InferenceFigures`).
 *
 * @param options `samples`: how many inputs the models never saw the accuracy is taken on
 */
export async function benchInference(options: {
  readonly model: readonly string[];
  readonly samples: number;
  readonly json: boolean;
}): Promise<void> {
  for (const model of options.model) {
    const figures = await measureInference(await subjectOf(model, options.samples));
    console.log(options.json ? JSON.stringify(figures) : `${table(figures)}\n`);
  }
}

function table(figures: InferenceFigures): string {
  const {
    model,
    rotations,
    ms,
    openKeysMs,
    estimatedMs,
    ratio,
    samePlan,
    firstCompiler,
    bytes,
    accuracy,
    maxAbsError,
    peakRssMb,
  } = figures;
  const kilobytes = (size: number): string => `${(size / 1000).toFixed(1)} kB`;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const rows: [string, string][] = [
    ["model", model],
    ["rotations", `${rotations.total}, of them hoisted ${rotations.hoisted}`],
    ["evaluation, simd", `${ms.simd} ms of one core, compact result included`],
    ["as the compiler says", `${estimatedMs} ms, without the compact result`],
    [
      `by ${ms.simdThreads.threads} threads`,
      `${ms.simdThreads.ms} ms on the wall, ${ms.simdThreads.one} ms by one in turns with them`,
    ],
    ["evaluation, node-seal", `${ms.seal} ms with its own best plan: ${ratio} times as long`],
    ["that plan on both", `simd ${samePlan.simd} ms, node-seal ${samePlan.seal} ms: ${samePlan.ratio} times as long`],
    ["first compiler's plan", `node-seal ${firstCompiler.seal} ms: ${firstCompiler.ratio} times as long`],
    ["keys", `${kilobytes(bytes.keys)}, made in ${ms.keygen} ms`],
    [
      "keys at a node",
      `read, checked and expanded in ${openKeysMs.later} ms of one core, ${openKeysMs.first} ms the first time`,
    ],
    ["input", `${kilobytes(bytes.input)}, encrypted in ${ms.encrypt} ms`],
    ["result", `${bytes.result} bytes, opened in ${ms.decrypt} ms`],
    ["accuracy", `${percent(accuracy.encrypted)} encrypted, ${percent(accuracy.plain)} plain, on ${accuracy.n} inputs`],
    ["largest error", `${maxAbsError}`],
    ["peak memory", `${peakRssMb} MB, evaluating on simd with one user's keys`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(23)}${value}`).join("\n");
}
