import {
  AbiCoder,
  concat,
  encodeBytes32String,
  getBytes,
  keccak256,
  TypedDataEncoder,
  toBeHex,
  toUtf8Bytes,
} from "ethers";

import { sha256 } from "../digest/sha256.ts";
import { toHex, ZERO_HASH } from "../digest/hex.ts";
import type { Answer, Binding, Hex, KeyPackRef } from "./types.ts";

/** EIP-712 type of a binding: IHubTypes.Binding, member by member. */
export const BINDING_TYPE = {
  Binding: [
    { name: "requestId", type: "uint256" },
    { name: "requester", type: "address" },
    { name: "modelId", type: "uint256" },
    { name: "version", type: "uint32" },
    { name: "planIndex", type: "uint16" },
    { name: "planDigest", type: "bytes32" },
    { name: "weightsRoot", type: "bytes32" },
    { name: "noiseRoot", type: "bytes32" },
    { name: "noiseIndex", type: "uint32" },
    { name: "semantics", type: "bytes32" },
    { name: "keySetId", type: "bytes32" },
    { name: "keySetOwner", type: "address" },
    { name: "packsDigest", type: "bytes32" },
    { name: "packCount", type: "uint16" },
    { name: "inputBlobRoot", type: "bytes32" },
    { name: "inputResiduesRoot", type: "bytes32" },
    { name: "inputSize", type: "uint64" },
    { name: "replicas", type: "uint8" },
  ],
};

const RECEIPT_TYPE = {
  Receipt: [
    { name: "binding", type: "bytes32" },
    { name: "resultKind", type: "uint8" },
    { name: "resultSize", type: "uint32" },
    { name: "resultDigest", type: "bytes32" },
  ],
};

/** The EIP-712 domain everything about requests is signed under. */
export function hubDomain(chainId: number, hub: Hex) {
  return { name: "Cloakwork", version: "1", chainId, verifyingContract: hub };
}

/**
 * The binding digest of a request, computed here and not taken from the chain: a node accepts only what it computed.
 *
 * @param chainId the chain the hub is on
 * @param hub the hub's address
 */
export function bindingDigest(chainId: number, hub: Hex, binding: Binding): Hex {
  const value = { ...binding, semantics: encodeBytes32String(binding.semantics) };
  return TypedDataEncoder.hash(hubDomain(chainId, hub), BINDING_TYPE, value) as Hex;
}

/** The digest a receipt states: a request's binding and its answer. */
export function receiptDigest(chainId: number, hub: Hex, binding: Hex, result: Answer): Hex {
  return TypedDataEncoder.hash(hubDomain(chainId, hub), RECEIPT_TYPE, {
    binding,
    resultKind: result.kind,
    resultSize: result.size,
    resultDigest: result.digest,
  }) as Hex;
}

/**
 * What replicas, challengers and jurors commit to: nobody can copy it, because it names who commits.
 *
 * @param receipt `receiptDigest` of the answer
 * @param salt 32 random bytes, kept until the reveal
 * @param account who commits
 */
export function answerCommitment(receipt: Hex, salt: Hex, account: Hex): Hex {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(["bytes32", "bytes32", "address"], [receipt, salt, account]),
  ) as Hex;
}

/**
 * What a juror shows of its work: the digest of the evaluation's state after the drawn step, bound to the juror.
 *
 * @param stateDigest 32 bytes; all zeros for an answer of kind 2 or 3
 */
export function workDigest(stateDigest: Hex, juror: Hex): Hex {
  return keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "address"], [stateDigest, juror])) as Hex;
}

/**
 * The commitment to the first packs of a key set (docs/protocol.md, "Key packs"):
 * `d₀ = 0`, `dᵢ₊₁ = SHA-256("cloakwork/packs/1" ‖ dᵢ ‖ blobRoot ‖ residuesRoot ‖ size (8, big-endian))`.
 */
export function packsDigest(packs: readonly KeyPackRef[]): Hex {
  let digest: Hex = ZERO_HASH;
  for (const pack of packs) {
    const bytes = getBytes(
      concat([toUtf8Bytes("cloakwork/packs/1"), digest, pack.blobRoot, pack.residuesRoot, toBeHex(pack.size, 8)]),
    );
    digest = toHex(sha256(bytes));
  }
  return digest;
}
