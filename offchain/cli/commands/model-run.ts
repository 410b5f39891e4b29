import { readFile } from "node:fs/promises";

import type { Command } from "commander";

import { evaluateModel } from "../../client/evaluate-model.ts";
import { parseModelFile } from "../../sealing/model-file.ts";
import type { Cli } from "../cli.ts";
import { unreadable } from "../errors.ts";
import { examples, paragraph } from "../help.ts";
import { answersText, answerText } from "../inference-text.ts";
import { readInput } from "../input-file.ts";
import { readNumbers } from "../tensor-file.ts";

export function addModelRun(model: Command, cli: Cli): void {
  model
    .command("run")
    .description("Ask a downloaded model, on this machine and in the clear: no chain, no node, no fee.")
    .argument("<file>", "what `model download` wrote")
    .requiredOption("-i, --input <file>", "the input: a JSON list of numbers, .f32, or - for standard input")
    .addHelpText(
      "after",
      examples([
        "cloakwork model run digits.cwmd --input digit.json",
        "what a node would answer, to within the plan's error",
      ]) +
        paragraph(
          "The file is checked whole before it is used. A plan for batches takes several inputs, one after the other.",
        ),
    )
    .action(async (file: string, { input }: { readonly input: string }) => {
      const values = input.endsWith(".f32") ? await readNumbers("input", input) : await readInput(input, cli);
      let bytes: Uint8Array;
      try {
        bytes = await readFile(file);
      } catch (cause) {
        throw unreadable("model", file, cause);
      }
      const { checked, residues, header } = parseModelFile(bytes);
      bytes.fill(0);
      try {
        const answers = await evaluateModel(checked, residues, values, cli.signal);
        const { modelId, modelVersion, planIndex } = header;
        cli.output.result(
          { modelId, version: modelVersion, planIndex, answers },
          answers.length > 1 ? answersText(answers) : answerText(answers[0]),
        );
      } finally {
        residues.fill(0);
        values.fill(0);
      }
    });
}
