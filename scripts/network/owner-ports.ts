import path from "node:path";

import { Wallet } from "ethers";

import { RecordFiles } from "../../offchain/publisher/record-files.ts";
import type { PublishPorts } from "../../offchain/publisher/types.ts";
import { generateNodeKey, importNodeKey } from "../../offchain/sealing/node-key.ts";
import { HttpStore } from "../../offchain/storage/http-store.ts";
import type { Fleet } from "./fleet.ts";

/**
 * What a fleet's owner publishes with: its account, its first node's store, records in a folder, an owner key of its own.
 *
 * @param folder holds `publications`
 * @param uri where others are told to fetch from; the first node's endpoint when omitted
 */
export async function ownerPorts(
  { provider, deployment, accounts, nodes: [{ endpoint }] }: Fleet,
  folder: string,
  uri = endpoint,
): Promise<PublishPorts> {
  return {
    signer: new Wallet(accounts.owner.privateKey, provider),
    deployment,
    store: new HttpStore({ endpoints: [endpoint] }),
    uri,
    records: new RecordFiles(path.join(folder, "publications")),
    owner: await importNodeKey(await generateNodeKey()),
  };
}
