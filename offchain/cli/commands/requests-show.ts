import type { Command } from "commander";

import { getRequest } from "../../chain/requests.ts";
import type { TokenInfo } from "../../chain/tokens.ts";
import type { InferenceRequest } from "../../chain/types.ts";
import { tokenInfoOf } from "../../client/catalogue.ts";
import { rejectWords } from "../../client/reject-words.ts";
import { possibleActions } from "../../client/request-actions.ts";
import { resumeRequest } from "../../client/resume.ts";
import type { StoredRequest } from "../../client/vault/contents.ts";
import type { Cli } from "../cli.ts";
import { connect, connectClient, type Connection } from "../connect.ts";
import { findByReference } from "../find-request.ts";
import { followProgress } from "../follow-progress.ts";
import { facts, formatAmount, formatTime } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { inferenceText } from "../inference-text.ts";
import { settingsOf } from "../settings.ts";

interface ShowOptions {
  readonly wait?: boolean;
  readonly settle?: boolean;
}

export function addRequestsShow(requests: Command, cli: Cli): void {
  requests
    .command("show")
    .description("Show how a request stands; once it is answered, open the answer on this machine.")
    .argument("<request>", "its number, or the beginning of its reference (0x…)")
    .option("--wait", "wait for the answer")
    .option("--settle", "pay node and owner once the answer is open")
    .addHelpText(
      "after",
      examples(
        ["cloakwork requests show 12", "state, deadline and what you can do; the answer when there is one"],
        ["cloakwork requests show 12 --wait --settle", "go on where `infer` was interrupted"],
      ) + paragraph("After a backup was restored, the number is enough: what the vault forgot is read from the chain."),
    )
    .action(async (reference: string, options: ShowOptions, command: Command) => {
      const settings = settingsOf(command);
      using connection = await connect(settings);
      const context = await connectClient(cli, settings, connection);
      const stored = await findByReference(context, reference);
      const request = await onChain(connection, stored);
      const isAnswered = request?.state === "posted" || request?.state === "settled";
      if (request !== undefined && !isAnswered && options.wait !== true) {
        const [now, head] = await clock(connection);
        const actions = possibleActions(request, now, head);
        cli.output.result(
          { request, actions },
          requestText(request, await tokenInfoOf(connection.provider, request.token), actions),
        );
        return;
      }
      const progress = followProgress(cli.output, false);
      cli.onInterrupt(`Nothing is lost: run \`cloakwork requests show ${reference} --wait\` again.`);
      try {
        const inference = await resumeRequest(context, stored, {
          signal: cli.signal,
          settle: options.settle ?? false,
          onEvent: progress.onEvent,
        });
        await progress.end();
        cli.output.result({ type: "result", ...inference }, inferenceText(inference));
      } finally {
        await progress.end();
      }
    });
}

async function onChain(
  { provider, deployment }: Connection,
  { requestId }: StoredRequest,
): Promise<InferenceRequest | undefined> {
  return requestId === undefined ? undefined : getRequest(provider, deployment.contracts, BigInt(requestId));
}

async function clock({ provider }: Connection): Promise<readonly [seconds: number, block: number]> {
  const head = await provider.getBlock("latest");
  return [head?.timestamp ?? Math.floor(Date.now() / 1000), head?.number ?? 0];
}

function requestText(request: InferenceRequest, info: TokenInfo | undefined, actions: readonly string[]): string {
  const { requestId, modelId, version, state, deadline, duties, token } = request;
  const paid = request.modelFee + request.nodeFee * BigInt(request.replicas) + request.auditFee;
  const drawn = duties.filter((duty) => duty.state !== "none");
  return facts([
    ["Request", requestId.toString()],
    ["Model", `${modelId}, version ${version}`],
    ["State", state],
    ["Paid", formatAmount(paid, token, info)],
    [
      drawn.length > 1 ? "Nodes" : "Node",
      drawn.map((duty) => `${duty.node} (${duty.state}, until ${formatTime(duty.dueBy)})`).join("\n") || undefined,
    ],
    ["Deadline", `${formatTime(deadline)}; after that you can take your money back`],
    ["Rejected", request.rejectCode === 0 ? undefined : rejectWords(request.rejectCode)],
    [
      "You can",
      actions.length === 0 ? "wait" : actions.map((name) => `cloakwork requests ${name} ${requestId}`).join("\n"),
    ],
  ]);
}
