import type { Command } from "commander";

import type { Cli } from "../cli.ts";
import { examples } from "../help.ts";
import { addModelAuthorise } from "./model-authorise.ts";
import { addModelCompile } from "./model-compile.ts";
import { addModelDownload } from "./model-download.ts";
import { addModelLicences } from "./model-licences.ts";
import { addModelLicense } from "./model-license.ts";
import { addModelPrice } from "./model-price.ts";
import { addModelPublish } from "./model-publish.ts";
import { addModelRevoke } from "./model-revoke.ts";
import { addModelRevokeLicence } from "./model-revoke-licence.ts";
import { addModelRun } from "./model-run.ts";
import { addModelStatus } from "./model-status.ts";
import { addModelTransfer } from "./model-transfer.ts";
import { addModelWithdraw } from "./model-withdraw.ts";

export function addModel(program: Command, cli: Cli): void {
  const model = program
    .command("model")
    .description(
      "For owners of models: compile, publish encrypted, let nodes serve, license, earn; for licensees: download.",
    )
    .addHelpText(
      "after",
      examples(
        [
          "cloakwork model compile model.json --calibration digits.f32 --range 0,1",
          "what it would cost and how exact it would be",
        ],
        ["cloakwork model publish digits.json --node 0x70997970…", "measure, seal, store, register, authorise"],
        ["cloakwork model status 1", "how it stands and what you earned"],
        ["cloakwork model download 1 --out digits.cwmd", "with a licence: the weights, for your machine alone"],
      ),
    );
  addModelCompile(model, cli);
  addModelPublish(model, cli);
  addModelAuthorise(model, cli);
  addModelRevoke(model, cli);
  addModelStatus(model, cli);
  addModelPrice(model, cli);
  addModelWithdraw(model, cli);
  addModelTransfer(model, cli);
  addModelLicense(model, cli);
  addModelRevokeLicence(model, cli);
  addModelLicences(model, cli);
  addModelDownload(model, cli);
  addModelRun(model, cli);
}
