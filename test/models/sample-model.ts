/** What every sample model is held to: files that are its card's, a sample input, a plan that answers as the model does. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { readInput } from "../../offchain/cli/input-file.ts";
import { loadClearModel } from "../../offchain/fhe/engine/clear.ts";
import type { Graph } from "../../offchain/fhe/graph/graph.ts";
import { importTfjs } from "../../offchain/fhe/graph/import-tfjs.ts";
import { checkPlan } from "../../offchain/fhe/plan/canonical.ts";
import type { CompiledModel } from "../../offchain/fhe/plan/compile.ts";
import { applyInputLayout, readOutput } from "../../offchain/fhe/plan/layout.ts";

/** Folder of a sample model. */
export function folderOf(name: string): string {
  return path.resolve(import.meta.dirname, "../../models", name);
}

/** The model as it is committed. */
export function readGraph(name: string): Graph {
  const json: unknown = JSON.parse(readFileSync(path.join(folderOf(name), "model.json"), "utf8"));
  return importTfjs(json, new Uint8Array(readFileSync(path.join(folderOf(name), "weights.bin"))));
}

/** What the plan gives for inputs on the clear engine, with its weights as the package carries them. */
export async function runInClear(
  { plan, constants }: CompiledModel,
  inputs: readonly ArrayLike<number>[],
): Promise<Float64Array[]> {
  const checked = checkPlan(plan);
  using model = loadClearModel(checked, { residues: constants.residues() });
  using user = await model.openKeys(undefined);
  const outputs: Float64Array[] = [];
  for (const input of inputs) {
    const [slots] = await user.run([applyInputLayout(plan.inputs[0], input, plan.params.n / 2)]);
    outputs.push(readOutput(plan.outputs[0].layout, slots));
  }
  return outputs;
}

/** The files a card lists are there, with the sizes and digests it says, and small. */
export function expectFiles(
  name: string,
  files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>,
): void {
  expect(Object.keys(files)).to.deep.equal(["model.json", "weights.bin"]);
  for (const [file, { bytes, sha256 }] of Object.entries(files)) {
    const content = readFileSync(path.join(folderOf(name), file));
    expect(content.length, file).to.equal(bytes);
    expect(content.length, file).to.be.below(1_000_000);
    expect(createHash("sha256").update(content).digest("hex"), file).to.equal(sha256);
  }
}

/** The sample input is what the command line takes, and it is this input with this label. */
export async function expectSample(name: string, input: Float32Array, label: number): Promise<void> {
  const file = path.join(folderOf(name), "sample.json");
  const values = await readInput(file);
  expect(values.length).to.equal(input.length);
  input.forEach((value, k) => expect(values[k]).to.be.closeTo(value, 1e-6));
  const { label: written } = JSON.parse(readFileSync(file, "utf8")) as { label: number };
  expect(written).to.equal(label);
}

/** The README states these figures. */
export function expectReadme(name: string, figures: readonly string[]): void {
  // Tables are padded with spaces.
  const readme = readFileSync(path.join(folderOf(name), "README.md"), "utf8").replace(/ +/g, " ");
  for (const figure of figures) expect(readme).to.include(figure);
}

/** A score as a README writes it. */
export function asWritten({ accuracy, correct, n }: { accuracy: number; correct: number; n: number }): string[] {
  const grouped = (value: number): string => value.toLocaleString("en-US");
  return [`${(100 * accuracy).toFixed(2)} %`, `${grouped(correct)} of ${grouped(n)}`];
}
