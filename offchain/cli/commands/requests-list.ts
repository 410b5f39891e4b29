import type { Command } from "commander";

import { getRequest } from "../../chain/requests.ts";
import type { RequestState } from "../../chain/types.ts";
import { ownRequests } from "../../client/vault-requests.ts";
import type { StoredRequest } from "../../client/vault/contents.ts";
import { CloakworkError } from "../../errors.ts";
import type { Cli } from "../cli.ts";
import { connect, openVault, type Connection } from "../connect.ts";
import { formatBytes, formatTime, table } from "../format.ts";
import { examples } from "../help.ts";
import { settingsOf } from "../settings.ts";

/** Digits of a reference that tell requests of one vault apart. */
const REFERENCE = 10;

interface Row {
  readonly requestId: string | undefined;
  readonly reference: string;
  readonly modelId: string;
  readonly version: number;
  readonly state: RequestState | "not on chain" | "unknown";
  readonly createdAt: string;
  readonly inputBytes: number;
  readonly transaction: string | undefined;
}

export function addRequestsList(requests: Command, cli: Cli): void {
  requests
    .command("list")
    .description("List the requests this vault remembers, newest first, with how they stand on chain.")
    .addHelpText(
      "after",
      examples(
        ["cloakwork requests list", "the vault is opened, as what you asked is nobody else's business"],
        ["cloakwork requests list --json | jq '.[] | select(.state == \"posted\")'", "those whose answer waits"],
      ),
    )
    .action(async (_options: object, command: Command) => {
      const settings = settingsOf(command);
      using connection = await connect(settings);
      const vault = await openVault(cli, settings);
      const stored = await ownRequests(vault, connection.deployment);
      const rows = await Promise.all(stored.map((request) => rowOf(connection, request)));
      cli.output.result(rows, textOf(rows));
    });
}

async function rowOf({ provider, deployment }: Connection, stored: StoredRequest): Promise<Row> {
  const { requestId, inputRoot, modelId, version, createdAt, inputBytes, transaction } = stored;
  const row = { requestId, reference: inputRoot, modelId, version, createdAt, inputBytes, transaction };
  if (requestId === undefined) return { ...row, state: "not on chain" };
  try {
    return { ...row, state: (await getRequest(provider, deployment.contracts, BigInt(requestId))).state };
  } catch (error) {
    if (!(error instanceof CloakworkError)) throw error;
    return { ...row, state: "unknown" };
  }
}

function textOf(rows: readonly Row[]): string {
  if (rows.length === 0) return "No request was made from this vault here. `cloakwork infer --help` says how one is.";
  const lines = rows.map(({ requestId, reference, modelId, version, state, createdAt, inputBytes }) => [
    requestId ?? reference.slice(0, REFERENCE),
    `${modelId} v${version}`,
    state,
    formatTime(Date.parse(createdAt) / 1000),
    formatBytes(inputBytes),
  ]);
  return table([["REQUEST", "MODEL", "STATE", "MADE", "SENT"], ...lines]);
}
