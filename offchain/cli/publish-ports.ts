import path from "node:path";

import type { Wallet } from "ethers";

import { getNode } from "../chain/nodes.ts";
import type { Hex } from "../chain/types.ts";
import { RecordFiles } from "../publisher/record-files.ts";
import type { PublishPorts } from "../publisher/types.ts";
import { HttpStore } from "../storage/http-store.ts";
import type { Cli } from "./cli.ts";
import type { Connection } from "./connect.ts";
import { CliError } from "./errors.ts";
import { ownerKey } from "./owner-key.ts";
import { passphrase } from "./passphrase.ts";
import type { Settings } from "./settings.ts";

/**
 * What publishing needs: the owner's account and key, the records in the home folder, and a store, which is the first `--endpoint` or else
 * that of the first node to authorise.
 *
 * @param known further stores, used when there is neither

 * @throws CliError `NO_STORE`, and what `passphrase` and `ownerKey` throw
 */
export async function publishPorts(
  cli: Cli,
  settings: Settings,
  connection: Connection,
  signer: Wallet,
  nodes: readonly Hex[],
  known: readonly string[] = [],
): Promise<PublishPorts> {
  const named = settings.endpoints.length > 0 ? settings.endpoints : await endpointsOf(connection, nodes);
  const endpoints = named.length > 0 ? named : known;
  if (endpoints.length === 0) {
    throw new CliError(
      "NO_STORE",
      "There is no blob store to put the model's package in.",
      "Name one with --endpoint, or a node to authorise with --node: its own store is used then.",
    );
  }
  const owner = await ownerKey(path.join(settings.home, "owner-key.jwe"), (isNew) =>
    passphrase(cli, settings, { of: "the owner's key", isNew }),
  );
  return {
    signer,
    deployment: connection.deployment,
    store: new HttpStore({ endpoints }),
    uri: endpoints[0],
    records: new RecordFiles(path.join(settings.home, "publications")),
    owner,
  };
}

async function endpointsOf({ provider, deployment }: Connection, nodes: readonly Hex[]): Promise<string[]> {
  const infos = await Promise.all(nodes.map((node) => getNode(provider, deployment.contracts, node)));
  return [...new Set(infos.map((info) => info?.endpoint ?? "").filter((endpoint) => endpoint !== ""))];
}
