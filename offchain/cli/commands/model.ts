import type { Command } from "commander";

import type { Cli } from "../cli.ts";
import { examples } from "../help.ts";
import { addModelAuthorise } from "./model-authorise.ts";
import { addModelCompile } from "./model-compile.ts";
import { addModelPublish } from "./model-publish.ts";
import { addModelStatus } from "./model-status.ts";

export function addModel(program: Command, cli: Cli): void {
  const model = program
    .command("model")
    .description("For owners of models: compile, publish encrypted, let nodes serve, earn.")
    .addHelpText(
      "after",
      examples(
        [
          "cloakwork model compile model.json --calibration digits.f32 --range 0,1",
          "what it would cost and how exact it would be",
        ],
        ["cloakwork model publish digits.json --node 0x70997970…", "measure, seal, store, register, authorise"],
        ["cloakwork model status 1", "how it stands and what you earned"],
      ),
    );
  addModelCompile(model, cli);
  addModelPublish(model, cli);
  addModelAuthorise(model, cli);
  addModelStatus(model, cli);
}
