import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setImmediate } from "node:timers/promises";

import type { Command } from "commander";

import type { Graph } from "../../fhe/graph/graph.ts";
import type { ActivationOptions } from "../../fhe/plan/fit/choose-degrees.ts";
import type { CompiledModel } from "../../fhe/plan/compile.ts";
import type { SemanticsId } from "../../fhe/plan/plan.ts";
import { countArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { compileText } from "../compile-text.ts";
import { badArgument, CliError } from "../errors.ts";
import { examples, paragraph } from "../help.ts";
import { readModelFiles } from "../model-files.ts";
import { startProgress, type Progress } from "../progress.ts";
import type { ModelFigures } from "../report/figures.ts";
import { figuresJson } from "../report/json.ts";
import { readLabels, readNumbers } from "../tensor-file.ts";

interface CompileFlags {
  readonly batch?: true;
  readonly semantics: string;
  readonly calibration: string;
  readonly range: string;
  readonly labels?: string;
  readonly bits?: string;
  readonly margin?: string;
  readonly degree: string;
  readonly maxDrop: string;
  readonly encryptedSamples: string;
  readonly out?: string;
  readonly report?: string;
}

const STEPS = [
  { key: "compile", title: "Compile" },
  { key: "clear", title: "Check in the clear" },
  { key: "encrypted", title: "Evaluate under encryption" },
] as const;

export function addModelCompile(model: Command, cli: Cli): void {
  model
    .command("compile")
    .description("Compile a TensorFlow.js layers model to a plan and say what it costs; nothing is published.")
    .argument("<model.json>", "as TensorFlow.js saves it, its weights beside it")
    .requiredOption("--calibration <file>", "inputs as the model will see them: .f32 or JSON, one after the other")
    .requiredOption("--range <min,max>", "lowest and highest value any element of an input may have")
    .option("--batch", "a throughput plan: up to N/2 inputs of one user in one request")
    .option(
      "--semantics <id>",
      "hoisted-1, made for the SIMD engine, or seal-4.1, which node-seal evaluates too",
      "hoisted-1",
    )
    .option("--labels <file>", "a JSON list: the index of the right class of each calibration input")
    .option(
      "--bits <n>",
      "bits of a coefficient of the result: 14 to 18, 16 when omitted; of a batch 20 to 23, 23 when omitted",
    )
    .option("--margin <factor>", "how much larger than on the calibration inputs an output may be; 1.5 when omitted")
    .option("--degree <2|4|auto>", "degree of the polynomials that take the place of activations such as ReLU", "2")
    .option("--max-drop <share>", "refuse when a larger share of right answers is lost, 0 … 1", "0.005")
    .option("--encrypted-samples <n>", "how many calibration inputs to evaluate under encryption", "10")
    .option("--out <file>", "write the plan, which is public, to a file")
    .option("--report <file>", "draw it all in one HTML file, to be kept or sent")
    .addHelpText(
      "after",
      examples(
        [
          "cloakwork model compile models/digits/model.json --calibration digits.f32 --range 0,1",
          "layers, levels, bytes, error, gas",
        ],
        [
          "cloakwork model compile model.json --calibration x.json --range=-1,1 --labels y.json --report report.html",
          "accuracy plain and encrypted, and a report",
        ],
        [
          "cloakwork model compile model.json --calibration x.json --range=-1,1 --bits 18",
          "a more exact, larger result",
        ],
      ) +
        paragraph(
          "A model that cannot be compiled is refused with the layer, the reason, and what would help; so is one whose plan, in the clear or under\n" +
            "encryption, answers wrong where the model answers right more often than --max-drop allows. Without labels the model's own answers are right.",
        ),
    )
    .action(async (file: string, flags: CompileFlags) => {
      const settings = {
        batch: flags.batch === true,
        // A batch rotates nothing, so there is nothing to hoist.
        ...(flags.batch === true ? {} : { semantics: semanticsArgument(flags.semantics) }),
        inputRange: rangeArgument(flags.range),
        maxDrop: shareArgument("--max-drop", flags.maxDrop),
        encrypted: countArgument("--encrypted-samples", flags.encryptedSamples),
        activations: { degree: degreeArgument(flags.degree) },
        ...(flags.bits !== undefined && { bits: countArgument("--bits", flags.bits, 1) }),
        ...(flags.margin !== undefined && { margin: Number(flags.margin) }),
      };
      const source = await readModelFiles(file);
      const calibration = await readNumbers("calibration file", flags.calibration);
      const labels = flags.labels === undefined ? undefined : await readLabels(flags.labels);
      cli.onInterrupt("Nothing was published; run the command again.");
      const progress = startProgress(cli.output, STEPS);
      let figures: ModelFigures;
      try {
        figures = await work({ source, calibration, labels, ...settings }, cli, progress, flags);
      } finally {
        await progress.end();
      }
      if (flags.report !== undefined) await writeReport(path.resolve(flags.report), figures);
      cli.output.result(figuresJson(figures), compileText(figures));
      if (figures.refusal !== undefined) {
        throw new CliError(
          "ACCURACY_DROPPED",
          `The model was refused: ${figures.refusal}.`,
          "Ask for more --bits, or --degree 4; train for activations that are evaluated exactly (Square, Quadratic); or allow a larger --max-drop.",
        );
      }
    });
}

interface Work {
  readonly batch: boolean;
  readonly semantics?: SemanticsId;
  readonly source: Awaited<ReturnType<typeof readModelFiles>>;
  readonly calibration: Float32Array | Float64Array;
  readonly labels: readonly number[] | undefined;
  readonly inputRange: { readonly min: number; readonly max: number };
  readonly maxDrop: number;
  readonly encrypted: number;
  readonly activations: ActivationOptions;
  readonly bits?: number;
  readonly margin?: number;
}

async function work(
  { source, labels, maxDrop, encrypted, ...options }: Work,
  cli: Cli,
  progress: Progress,
  { out }: Pick<CompileFlags, "out">,
): Promise<ModelFigures> {
  // Loaded here and not above: it is the larger part of the program, and other commands start without it.
  const [
    { compile },
    { importTfjs },
    { elementCount },
    { checkPlan, planBytes },
    { splitSamples },
    { calibrate },
    { modelFigures },
  ] = await Promise.all([
    import("../../fhe/plan/compile.ts"),
    import("../../fhe/graph/import-tfjs.ts"),
    import("../../fhe/graph/graph.ts"),
    import("../../fhe/plan/canonical.ts"),
    import("../../fhe/plan/compile-options.ts"),
    import("../report/calibrate.ts"),
    import("../report/figures.ts"),
  ]);
  const tell = tellOnce(cli, progress);
  tell("compile", "active", "Reading the layers and searching for the cheapest layouts.");
  // The compiler does not yield: what it is doing is drawn first.
  await setImmediate();
  const graph: Graph = importTfjs(source.modelJson, source.weights);
  const samples = splitSamples(graph, options);
  checkLabels(labels, samples.length, elementCount(graph.nodes[graph.output].shape));
  const compiled: CompiledModel = compile(graph, {
    ...options,
    ...(labels !== undefined && { calibrationLabels: labels }),
  });
  const { plan, constants, report } = compiled;
  if (out !== undefined) await writeTo(path.resolve(out), planBytes(plan));
  tell("compile", "done", `${plan.instructions.length} instructions at ${plan.params.id}.`);
  const checked = checkPlan(plan);
  const calibration = await calibrate({
    graph,
    computed: compiled.graph,
    checked,
    residues: constants.residues(),
    samples,
    labels,
    encrypted,
    signal: cli.signal,
    onProgress: (step, part) => {
      tell(step, part < 1 ? "active" : "done", DETAILS[step], part);
    },
  });
  return modelFigures(checked, report, calibration, maxDrop);
}

const DETAILS = {
  clear: "The plan on calibration inputs, without encryption.",
  encrypted: "Keys, then calibration inputs under encryption.",
} as const;

/** Tells of each step every per cent, and not more often. */
function tellOnce(cli: Cli, progress: Progress) {
  const told = new Map<string, number>();
  return (step: (typeof STEPS)[number]["key"], state: "active" | "done", detail: string, part?: number): void => {
    const percent = part === undefined ? -1 : Math.floor(100 * part);
    if (state === "active" && part !== undefined && told.get(step) === percent) return;
    told.set(step, percent);
    cli.output.event("step", { step, state, detail, ...(part !== undefined && { progress: part }) });
    progress.update(step, state, detail, part);
  };
}

function checkLabels(labels: readonly number[] | undefined, samples: number, outputs: number): void {
  if (labels === undefined) return;
  if (labels.length !== samples) {
    throw new CliError(
      "LABELS_MISMATCH",
      `There are ${samples} calibration inputs and ${labels.length} labels.`,
      "Give one label a calibration input, in the same order.",
    );
  }
  // A single output tells two classes apart by its sign.
  const classes = Math.max(2, outputs);
  if (labels.every((label) => label < classes)) return;
  throw new CliError(
    "LABELS_MISMATCH",
    `A label is not one of the ${classes} classes, which count from 0.`,
    "Give the index of the right output for each calibration input.",
  );
}

function rangeArgument(text: string): { min: number; max: number } {
  const [min, max, ...rest] = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (rest.length === 0 && Number.isFinite(min) && Number.isFinite(max)) return { min, max };
  throw badArgument("--range", "two numbers such as 0,1");
}

function semanticsArgument(text: string): SemanticsId {
  if (text === "hoisted-1" || text === "seal-4.1") return text;
  throw badArgument("--semantics", "hoisted-1 or seal-4.1");
}

function degreeArgument(text: string): 2 | 4 | "auto" {
  if (text === "auto") return text;
  if (text === "2") return 2;
  if (text === "4") return 4;
  throw badArgument("--degree", "2, 4 or auto");
}

function shareArgument(name: string, text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= 0 && value <= 1) return value;
  throw badArgument(name, "a share from 0 to 1 such as 0.005");
}

async function writeReport(file: string, figures: ModelFigures): Promise<void> {
  const { reportPage } = await import("../report/page.ts");
  await writeTo(file, reportPage(figures, new Date()));
}

async function writeTo(file: string, content: Uint8Array | string): Promise<void> {
  try {
    await writeFile(file, content);
  } catch (cause) {
    throw new CliError("FILE_NOT_WRITTEN", `${file} could not be written.`, "Name a file you can write to.", { cause });
  }
}
