/** A batch's user: keys, encrypted elements, the opened result. */
import type { Bytes32, Hex } from "../../../offchain/digest/hex.ts";
import { parseCiphertext } from "../../../offchain/fhe/ckks/ciphertext-format.ts";
import { encryptInput, type Ciphertext } from "../../../offchain/fhe/ckks/ciphertext.ts";
import { generatePack, parsePack, type KeyPack } from "../../../offchain/fhe/ckks/key-pack.ts";
import { KEY_KINDS, keySetId } from "../../../offchain/fhe/ckks/key-set.ts";
import { generateSecret } from "../../../offchain/fhe/ckks/secret.ts";
import { untrusted } from "../../../offchain/fhe/ckks/untrusted.ts";
import { applyBatchLayout, checkBatchSamples } from "../../../offchain/fhe/plan/batch-layout.ts";
import { planDigest } from "../../../offchain/fhe/plan/canonical.ts";
import { scaleToNumber } from "../../../offchain/fhe/plan/exact-scale.ts";
import type { Plan } from "../../../offchain/fhe/plan/plan.ts";
import type { CheckedPlan } from "../../../offchain/fhe/plan/typecheck.ts";
import type { BatchContext } from "../../../offchain/fhe/result/batch-context.ts";
import {
  batchKeyBody,
  parseBatchPublicKey,
  type BatchPublicKey,
} from "../../../offchain/fhe/result/batch-public-key.ts";
import { openBatch } from "../../../offchain/fhe/result/open-batch.ts";

const OWNER: Hex = `0x${"11".repeat(20)}`;
const SALT: Bytes32 = `0x${"22".repeat(32)}`;

/** A user of a batch plan. */
export interface BatchUser {
  readonly packBytes: number;
  readonly pack: KeyPack;
  readonly publicKey: BatchPublicKey;
  /** What its one request is; roots of inputs are left out, as nothing here checks them. */
  readonly context: BatchContext;
  /** Encrypts every element of some samples. @returns the inputs of the plan as a node parses them, and the bytes sent */
  encrypt(values: Float32Array): { readonly inputs: Ciphertext[]; readonly bytes: number };
  /** The outputs of each sample. */
  open(result: Uint8Array, count: number): Float64Array[];
}

/** Makes a user with all keys a plan needs. */
export async function createBatchUser(checked: CheckedPlan): Promise<BatchUser> {
  const { plan, types } = checked;
  const { params } = plan;
  const secret = generateSecret(params);
  const keySet = keySetId(OWNER, SALT, params);
  const bodies = [batchKeyBody];
  const bytes = await generatePack(secret, keySet, plan.keys, { bodies });
  const pack = parsePack(untrusted(bytes), { params, keySetId: keySet, maxBytes: bytes.length, bodies });
  const body = pack.keys.find(({ kind }) => kind === KEY_KINDS.batchPublic)?.body;
  if (body === undefined) throw new TypeError("a batch plan lists the batch public key");
  const context = contextOf(plan, keySet);
  return {
    packBytes: bytes.length,
    pack,
    publicKey: parseBatchPublicKey(params, keySet, untrusted(body)),
    context,
    encrypt(values) {
      const samples = checkBatchSamples(plan, values);
      let sent = 0;
      const inputs = plan.inputs.map((input) => {
        const { level, scale } = input;
        const encrypted = encryptInput(secret, keySet, applyBatchLayout(input, samples, params.n / 2), {
          level,
          scale,
        });
        sent += encrypted.length;
        return parseCiphertext(untrusted(encrypted), { role: "input", params, keySetId: keySet, level, scale });
      });
      return { inputs, bytes: sent };
    },
    open(result, count) {
      const { samples } = openBatch({
        secret,
        bytes: untrusted(result),
        bits: bitsOf(plan),
        scales: plan.outputs.map(({ value }) => scaleToNumber(params, types[value].scale)),
        expected: context,
        count,
        evaluationError: 0,
      });
      return samples.map((sample) => sample.values());
    },
  };
}

/** Bits of the plan's batch result. */
export function bitsOf({ batch }: Plan): number {
  if (batch === undefined) throw new TypeError("the plan is of one sample");
  return batch.bits;
}

function contextOf(plan: Plan, keySet: Bytes32): BatchContext {
  return { chainId: 31337n, hub: OWNER, request: 1n, plan: planDigest(plan), keySet, inputs: [] };
}
