import { writeFile } from "node:fs/promises";
import path from "node:path";

import type { Command } from "commander";

import { planBytes, planDigest } from "../../fhe/plan/canonical.ts";
import { countArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { compileText } from "../compile-text.ts";
import { badArgument, CliError } from "../errors.ts";
import { examples, paragraph } from "../help.ts";
import { readModelFiles } from "../model-files.ts";
import { readNumbers } from "../tensor-file.ts";

interface CompileFlags {
  readonly calibration: string;
  readonly range: string;
  readonly bits?: string;
  readonly margin?: string;
  readonly out?: string;
}

export function addModelCompile(model: Command, cli: Cli): void {
  model
    .command("compile")
    .description("Compile a TensorFlow.js layers model to a plan and say what it costs; nothing is published.")
    .argument("<model.json>", "as TensorFlow.js saves it, its weights beside it")
    .requiredOption("--calibration <file>", "inputs as the model will see them: .f32 or JSON, one after the other")
    .requiredOption("--range <min,max>", "lowest and highest value any element of an input may have")
    .option("--bits <14…18>", "bits of a coefficient of the result; 16 when omitted")
    .option("--margin <factor>", "how much larger than on the calibration inputs an output may be; 1.5 when omitted")
    .option("--out <file>", "write the plan, which is public, to a file")
    .addHelpText(
      "after",
      examples(
        [
          "cloakwork model compile models/digits/model.json --calibration digits.f32 --range 0,1",
          "layers, levels, bytes, error",
        ],
        [
          "cloakwork model compile model.json --calibration x.json --range=-1,1 --bits 18",
          "a more exact, larger result",
        ],
      ) + paragraph("A model that cannot be compiled is refused with the layer, the reason, and what would help."),
    )
    .action(async (file: string, flags: CompileFlags) => {
      // Loaded here and not above: it is the larger part of the program, and other commands start without it.
      const [{ compile }, { importTfjs }] = await Promise.all([
        import("../../fhe/plan/compile.ts"),
        import("../../fhe/graph/import-tfjs.ts"),
      ]);
      const { modelJson, weights } = await readModelFiles(file);
      const { plan, report } = compile(importTfjs(modelJson, weights), {
        calibration: await readNumbers("calibration file", flags.calibration),
        inputRange: rangeArgument(flags.range),
        ...(flags.bits !== undefined && { bits: countArgument("--bits", flags.bits, 1) }),
        ...(flags.margin !== undefined && { margin: Number(flags.margin) }),
      });
      if (flags.out !== undefined) await writePlan(path.resolve(flags.out), planBytes(plan));
      const digest = planDigest(plan);
      cli.output.result(
        { digest, estimates: plan.estimates, report },
        `${compileText(plan, report)}\nDigest      ${digest}`,
      );
    });
}

function rangeArgument(text: string): { min: number; max: number } {
  const [min, max, ...rest] = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (rest.length === 0 && Number.isFinite(min) && Number.isFinite(max)) return { min, max };
  throw badArgument("--range", "two numbers such as 0,1");
}

async function writePlan(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(file, bytes);
  } catch (cause) {
    throw new CliError("FILE_NOT_WRITTEN", `${file} could not be written.`, "Name a file you can write to.", { cause });
  }
}
