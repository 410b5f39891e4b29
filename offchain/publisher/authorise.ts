/** Lets nodes serve a version: the version's keys sealed to each node's key on chain, the envelope stored, its root put on chain. */
import type { Provider } from "ethers";

import { authoriseNode, getGrant } from "../chain/access.ts";
import { getNode } from "../chain/nodes.ts";
import type { Deployment, Hex } from "../chain/types.ts";
import { bytes32 } from "../digest/hex.ts";
import { sealEnvelope } from "../sealing/envelope.ts";
import { nodePublicKey, type NodePublicKey } from "../sealing/node-key.ts";
import type { VersionKeys } from "../sealing/version-keys.ts";
import { PublishError } from "./errors.ts";
import { requireProvider } from "./ports.ts";
import type { PublicationRecord } from "./record.ts";
import type { Authorised, PublishEvent, PublishOptions, PublishPorts } from "./types.ts";
import { withVersionKeys, type VersionName } from "./version-secrets.ts";

/**
 * Authorises nodes for a version that was published from here. A node that is authorised already, with the key it has now, is left as it
 * is; one that changed its key gets a new envelope.
 *
 * @returns one a node, in order
 * @throws PublishError `PUBLISH_NOT_FOUND`, `PUBLISH_NODE`; EnvelopeError when the record was sealed to another owner's key or is not of
 *   this version; NodeKeyError; StorageError; CloakworkError decoded by `decodeContractError`
 */
export async function authoriseNodes(
  ports: PublishPorts,
  name: VersionName,
  nodes: readonly Hex[],
  options: PublishOptions = {},
): Promise<readonly Authorised[]> {
  const provider = requireProvider(ports);
  return await withVersionKeys(ports, name, async (keys, record) => {
    let current = record;
    const authorised: Authorised[] = [];
    for (const node of nodes) {
      options.signal?.throwIfAborted();
      const grant = await authoriseOne({ ports, provider, name, keys, record: current, options }, node);
      if (grant.record !== current) await ports.records.write(grant.record);
      current = grant.record;
      authorised.push(grant.authorised);
    }
    return authorised;
  });
}

interface Context {
  readonly ports: PublishPorts;
  readonly provider: Provider;
  readonly name: VersionName;
  readonly keys: VersionKeys;
  readonly record: PublicationRecord;
  readonly options: PublishOptions;
}

async function authoriseOne(
  { ports, provider, name: { modelId, version }, keys, record, options }: Context,
  node: Hex,
): Promise<{ readonly authorised: Authorised; readonly record: PublicationRecord }> {
  const { signer, deployment, store, uri } = ports;
  const { contracts } = deployment;
  const tell = (state: PublishEvent["state"], detail: string, more: Partial<PublishEvent> = {}) =>
    options.onEvent?.({ step: "authorise", state, at: Date.now(), detail, node, ...more });
  const { point, kid, key } = await requireNode(provider, deployment, node);

  const standing = await getGrant(provider, contracts, modelId, version, node);
  const made = record.grants.find((grant) => sameAddress(grant.node, node) && grant.point === point);
  if (made !== undefined && standing?.envelopeRoot === made.envelopeRoot && (await store.has(made.envelopeRoot))) {
    tell("kept", "The node is authorised already.");
    return { authorised: { node, envelopeRoot: made.envelopeRoot, created: false }, record };
  }
  tell("active", "Sealing the version's keys to the node.");
  const envelope = await sealEnvelope(keys, [{ point, kid, key }]);
  const { root } = await store.put(envelope, options.signal === undefined ? {} : { signal: options.signal });
  const sent = await authoriseNode(signer, contracts, modelId, version, node, { envelopeRoot: root, envelopeUri: uri });
  tell("active", "Waiting for the transaction.", { hash: sent.hash });
  const { gasUsed } = await sent.wait();
  tell("done", "The node may serve the version.", { hash: sent.hash, gas: gasUsed, bytes: envelope.length });
  const others = record.grants.filter((grant) => !sameAddress(grant.node, node));
  return {
    authorised: { node, envelopeRoot: bytes32(root), created: true },
    record: { ...record, grants: [...others, { node, point, envelopeRoot: root }] },
  };
}

/**
 * The key of a registered node.
 *
 * @throws PublishError `PUBLISH_NODE`; NodeKeyError
 */
export async function requireNode(provider: Provider, { contracts }: Deployment, node: Hex): Promise<NodePublicKey> {
  const info = await getNode(provider, contracts, node);
  if (info === undefined) throw new PublishError("PUBLISH_NODE", `${node} is not a registered node.`);
  return nodePublicKey(info.encryptionKey);
}

const sameAddress = (a: Hex, b: Hex): boolean => a.toLowerCase() === b.toLowerCase();
