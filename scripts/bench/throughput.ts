import { subjectOf } from "./inference/subject.ts";
import { measureThroughput, type ThroughputFigures } from "./throughput/measure.ts";

/** Held-out inputs that fill the batch in turns. */
const INPUTS = 2000;

/**
 * Runs a full batch of one user's inputs through a throughput plan, and one input through the best plan for one, and prints the figures: a table, or one line
 * of JSON a model (`ThroughputFigures`).
 */
export async function benchThroughput(options: {
  readonly model: readonly string[];
  readonly json: boolean;
}): Promise<void> {
  for (const model of options.model) {
    const figures = await measureThroughput(await subjectOf(model, INPUTS));
    console.log(options.json ? JSON.stringify(figures) : `${table(figures)}\n`);
  }
}

function table({ model, samples, ms, ratio, bytes, accuracy, maxAbsError, errorBound, engineMb }: ThroughputFigures) {
  const megabytes = (size: number): string => `${(size / 1e6).toFixed(1)} MB`;
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  const rows: [string, string][] = [
    ["model", `${model}, ${samples} inputs of one user in one request`],
    ["evaluation", `${ms.batch} ms of one core, ${ms.result} of them for the result: ${ms.perSample} ms an input`],
    ["one input alone", `${ms.single} ms: ${ratio} times as long`],
    ["keys", megabytes(bytes.keys)],
    ["input", `${megabytes(bytes.input)}, ${bytes.inputPerSample} bytes an input; encrypted in ${ms.encrypt} ms`],
    ["result", `${bytes.result} bytes, ${bytes.resultPerSample} an input; opened in ${ms.open} ms`],
    ["plan", `${megabytes(bytes.plan)}, compiled in ${ms.compile} ms`],
    ["accuracy", `${percent(accuracy.encrypted)} encrypted, ${percent(accuracy.plain)} plain, on ${accuracy.n} inputs`],
    ["largest error", `${maxAbsError}, bound ${errorBound}`],
    ["memory", `${engineMb} MB in the engine`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(17)}${value}`).join("\n");
}
