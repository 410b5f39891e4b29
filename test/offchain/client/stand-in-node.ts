/** Does a node's part on chain and the real cutting down of the result, but one request at a time and as it is told. */
import type { Signer } from "ethers";

import { bindingDigest } from "../../../offchain/chain/bindings.ts";
import { acceptDuty, assignRequest, postResult } from "../../../offchain/chain/duties.ts";
import { getKeySet } from "../../../offchain/chain/keys.ts";
import { findRequestEvent } from "../../../offchain/chain/request-events.ts";
import type { Hex } from "../../../offchain/chain/types.ts";
import { bytes32, toHex } from "../../../offchain/digest/hex.ts";
import { blobRoot } from "../../../offchain/digest/merkle.ts";
import { inputRoot } from "../../../offchain/fhe/ckks/ciphertext.ts";
import { parseCiphertext } from "../../../offchain/fhe/ckks/ciphertext-format.ts";
import { packRoot, parsePack, type PackedKey } from "../../../offchain/fhe/ckks/key-pack.ts";
import { KEY_KINDS } from "../../../offchain/fhe/ckks/key-set.ts";
import { untrusted } from "../../../offchain/fhe/ckks/untrusted.ts";
import { createCompactor } from "../../../offchain/fhe/result/compactor.ts";
import { smallKeyBody } from "../../../offchain/fhe/result/key-bodies.ts";
import { parseCompactPublicKey, parseSwitchKey } from "../../../offchain/fhe/result/opened-keys.ts";
import { expand } from "../fhe/ckks/fixtures.ts";
import type { EchoPlan } from "./echo-plan.ts";
import type { World } from "./world.ts";

const BODIES = [smallKeyBody];

export type NodePart = "assign" | "accept" | "post";

/**
 * Does a node's parts of a request.
 *
 * @param echo the plan; its one input is at level 1 and is cut down as it is
 * @param change of the result's bytes before they are posted
 */
export async function serveRequest(
  { provider, deployment, node, blobs }: World,
  echo: EchoPlan,
  requestId: bigint,
  parts: readonly NodePart[] = ["assign", "accept", "post"],
  change: (bytes: Uint8Array) => Uint8Array = (same) => same,
): Promise<void> {
  const { contracts, chainId, fromBlock } = deployment;
  if (parts.includes("assign")) await assign(node, deployment.contracts, requestId);
  const event = await findRequestEvent(provider, contracts.hub, requestId, fromBlock, "requested");
  if (event === undefined) throw new Error("there is no such request");
  const { binding } = event;
  if (parts.includes("accept")) {
    await (await acceptDuty(node, contracts, requestId, bindingDigest(chainId, contracts.hub, binding))).wait();
  }
  if (!parts.includes("post")) return;

  const { params, inputs } = echo.plan;
  const keySetId = bytes32(binding.keySetId);
  const { packs } = await getKeySet(provider, contracts, keySetId);
  const keys: PackedKey[] = [];
  for (const { blobRoot: root, residuesRoot, size } of packs) {
    const bytes = await blobs.store.get(bytes32(root), { maxBytes: size });
    const pack = parsePack(untrusted(bytes), { params, keySetId, maxBytes: size, bodies: BODIES });
    if (packRoot(pack, BODIES, expand) !== bytes32(residuesRoot)) throw new Error("a pack has another residues root");
    keys.push(...pack.keys);
  }
  const body = (kind: number) => untrusted(keys.find((key) => key.kind === kind)!.body);
  const raw = await blobs.store.get(bytes32(binding.inputBlobRoot), { maxBytes: binding.inputSize });
  const [{ level, scale }] = inputs;
  const input = parseCiphertext(untrusted(raw), { role: "input", params, keySetId, level, scale });
  const root = inputRoot(input);
  if (root !== bytes32(binding.inputResiduesRoot)) throw new Error("the input has another residues root");
  const compact = createCompactor({
    switchKey: parseSwitchKey(params, keySetId, body(KEY_KINDS.switch)),
    compactPublicKey: parseCompactPublicKey(keySetId, body(KEY_KINDS.compactPublic)),
    context: {
      chainId: BigInt(chainId),
      hub: contracts.hub.toLowerCase() as Hex,
      request: requestId,
      plan: echo.digest,
      keySet: keySetId,
      inputs: [root],
    },
    seed: new Uint8Array(32).fill(7),
  });
  const bytes = change(
    await compact({ params, c0: input.c0, c1: input.c1, ring: 1024, bits: 16, period: 16, output: 0 }),
  );
  const result = { kind: 0, size: bytes.length, digest: blobRoot(bytes), data: toHex(bytes) } as const;
  await (await postResult(node, contracts, requestId, result)).wait();
}

/** The draw is decided a block after the request. */
async function assign(node: Signer, contracts: World["deployment"]["contracts"], requestId: bigint): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await (await assignRequest(node, contracts, requestId)).wait();
      return;
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
