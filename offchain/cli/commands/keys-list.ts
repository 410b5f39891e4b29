import type { Command } from "commander";

import { backupReminder } from "../../client/backup.ts";
import { keySetOnChain } from "../../client/ensure-keys.ts";
import type { StoredKeySet } from "../../client/vault/contents.ts";
import type { Cli } from "../cli.ts";
import { connect, openVault, type Connection } from "../connect.ts";
import { formatBytes, formatTime, shorten, table } from "../format.ts";
import { examples } from "../help.ts";
import { settingsOf } from "../settings.ts";

interface Row {
  readonly id: string;
  readonly owner: string;
  readonly params: string;
  readonly state: "registered" | "revoked" | "not registered";
  readonly packs: number;
  readonly bytes: number;
  readonly releases: number;
  readonly createdAt: string;
}

export function addKeysList(keys: Command, cli: Cli): void {
  keys
    .command("list")
    .description("List the key sets of the vault with how this chain has them. Secrets are not shown.")
    .addHelpText("after", examples(["cloakwork keys list", "one line a key set, newest last"]))
    .action(async (_options: object, command: Command) => {
      const settings = settingsOf(command);
      using connection = await connect(settings);
      const vault = await openVault(cli, settings);
      const { keySets, recipientKey } = await vault.contents();
      const rows = await Promise.all(keySets.map((keySet) => rowOf(connection, keySet)));
      const reminder = await backupReminder(vault);
      const due =
        reminder.unsaved === 0
          ? []
          : [`${reminder.unsaved} of them stand in no backup: \`cloakwork keys backup <file>\` makes one.`];
      const licences =
        recipientKey === undefined
          ? []
          : [
              `The key for licences was made on ${recipientKey.createdAt.slice(0, 10)}${reminder.recipientKey ? " and stands in no backup" : ""}.`,
            ];
      cli.output.result({ keySets: rows, backup: reminder }, [textOf(rows), ...due, ...licences].join("\n"));
    });
}

async function rowOf(connection: Connection, stored: StoredKeySet): Promise<Row> {
  const { id, owner, paramsId, packs, releases, createdAt } = stored;
  const onChain = await keySetOnChain(connection, id);
  return {
    id,
    owner,
    params: paramsId,
    state: onChain === undefined ? "not registered" : onChain.revoked ? "revoked" : "registered",
    packs: packs.length,
    bytes: packs.reduce((sum, { size }) => sum + size, 0),
    releases,
    createdAt,
  };
}

function textOf(rows: readonly Row[]): string {
  if (rows.length === 0) return "There are no keys yet. The first request makes them.";
  const lines = rows.map(({ id, owner, params, state, packs, bytes, createdAt }) => [
    shorten(id),
    shorten(owner),
    params,
    state,
    `${packs}, ${formatBytes(bytes)}`,
    formatTime(Date.parse(createdAt) / 1000),
  ]);
  return table([["KEY SET", "ACCOUNT", "PARAMETERS", "STATE", "PACKS", "MADE"], ...lines]);
}
