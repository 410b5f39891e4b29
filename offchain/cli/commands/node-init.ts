import { mkdir, writeFile } from "node:fs/promises";

import type { Command } from "commander";

import { loadNodeConfig } from "../../node/config.ts";
import { createIdentity } from "../../node/identity.ts";
import { keyFromEnvironment } from "../account.ts";
import type { Cli } from "../cli.ts";
import { CliError } from "../errors.ts";
import { facts } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import {
  addNodeOptions,
  configFile,
  dataFolder,
  identityFile,
  PASSPHRASE_VARIABLES,
  type NodeFlags,
} from "../node-files.ts";
import { passphrase } from "../passphrase.ts";
import { settingsOf } from "../settings.ts";

export function addNodeInit(node: Command, cli: Cli): void {
  addNodeOptions(node.command("init"))
    .description("Make a node's data folder: its keys, under a passphrase, and its settings.")
    .addHelpText(
      "after",
      examples(
        [
          "cloakwork node init --public-url https://node.example.org --port 8440",
          "a new account, to be given ether for its stake",
        ],
        ["CLOAKWORK_PRIVATE_KEY=0x… cloakwork node init --rpc https://rpc.example.org", "with an account you have"],
      ) +
        paragraph(
          "Settings go to node.json in the data folder; every one of them can also be set by CLOAKWORK_NODE_<NAME>.",
        ),
    )
    .action(async (flags: NodeFlags, command: Command) => {
      const settings = settingsOf(command);
      const folder = dataFolder(settings, flags);
      const { host, port, publicUrl } = flags;
      const chosen = { rpc: settings.rpc, host, port: port === undefined ? undefined : Number(port), publicUrl };
      // Checked whole before anything is made.
      loadNodeConfig({ ...chosen, data: folder });
      const key = keyFromEnvironment(cli);
      const secret = await passphrase(cli, settings, {
        of: "the node's keys",
        variables: PASSPHRASE_VARIABLES,
        isNew: true,
      });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const { account, encryption } = await createIdentity(identityFile(folder), secret, key);
      await writeSettings(configFile(folder), chosen);
      // What a node is made of is compiled now and kept (bin/cloakwork.mjs): its first start then takes no more memory than later ones.
      await Promise.all([import("../../node/daemon.ts"), import("../../node/evaluation/worker.ts")]);
      cli.output.result(
        { data: folder, account: account.address, encryptionKey: encryption.publicKey.point },
        `${facts([
          ["Data", folder],
          ["Account", account.address],
        ])}\n\nSend the account ether for its stake and gas, then \`cloakwork node start\`. Back the data folder up: its keys are nowhere else.`,
      );
    });
}

async function writeSettings(file: string, settings: object): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(settings, null, 2)}\n`, { flag: "wx", mode: 0o600 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return;
    throw new CliError("FILE_NOT_WRITTEN", `${file} could not be written.`, "Check the folder's permissions.", {
      cause,
    });
  }
}
