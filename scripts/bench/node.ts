import { measureNode, type NodeFigures } from "./node/measure.ts";

/**
 * Measures the memory of a node, `cloakwork node start` in a process of its own, and prints it: a table, or one line of JSON a model (`NodeFigures`). Linux
 * only, which tells how much memory a process holds.
 */
export async function benchNode(options: {
  readonly model: readonly string[];
  readonly requests: number;
  readonly batch: number;
  readonly json: boolean;
}): Promise<void> {
  const { requests, batch } = options;
  for (const model of options.model) {
    const figures = await measureNode({ model, requests, batch });
    console.log(options.json ? JSON.stringify(figures) : `${table(figures)}\n`);
  }
}

function table({ model, residentMb: { started, serving, answered, batch }, peakMb }: NodeFigures): string {
  const rows: readonly (readonly [string, string])[] = [
    ["model", model],
    ["started", `${started} MB resident, without a model`],
    ["serving", `${serving} MB, nobody has asked`],
    ["answered", `${answered.join(", ")} MB after each request of one user`],
    ...(batch === undefined ? [] : [["batch", `${batch} MB after a batch`] as const]),
    ["peak", `${peakMb.serving} MB until it served, ${peakMb.all} MB in all`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(12)}${value}`).join("\n");
}
