import type { Command } from "commander";

import { releaseResult } from "../../client/release-result.ts";
import { countArgument } from "../arguments.ts";
import type { Cli } from "../cli.ts";
import { connect, connectClient } from "../connect.ts";
import { findByReference } from "../find-request.ts";
import { table } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { settingsOf } from "../settings.ts";

export function addRequestsRelease(requests: Command, cli: Cli): void {
  requests
    .command("release")
    .description("Give values of an answer that may be shown to others: with fresh noise, and rounded.")
    .argument("<request>", "its number")
    .option("--sample <index>", "which input of a batch, from 0")
    .addHelpText(
      "after",
      examples(["cloakwork requests release 12", "values to publish, sign or send"]) +
        paragraph(
          "Decrypted values hold traces of your secret key, and many of them give it away. What `infer` and `requests show` print is for you;\n" +
            "what others see should be released. Each key set can release 4,096 values, which the vault counts.",
        ),
    )
    .action(async (reference: string, { sample }: { readonly sample?: string }, command: Command) => {
      const settings = settingsOf(command);
      using connection = await connect(settings);
      const context = await connectClient(cli, settings, connection);
      const stored = await findByReference(context, reference);
      const released = await releaseResult(context, stored, {
        signal: cli.signal,
        ...(sample !== undefined && { sample: countArgument("--sample", sample) }),
      });
      const { values, step, labels } = released;
      const rows = values.map((value, k) => [labels[k] ?? String(k), String(value)]);
      cli.output.result(released, `Rounded to ${step}:\n${table([["OUTPUT", "VALUE"], ...rows])}`);
    });
}
