/** A batch under encryption for the owner's eyes: keys made for it and wiped after it, the engine a node runs, and the result opened as a client opens it. */
import { toHex } from "../digest/hex.ts";
import { encryptExpanded, type Ciphertext } from "../fhe/ckks/ciphertext.ts";
import { generatePack, parsePack } from "../fhe/ckks/key-pack.ts";
import { KEY_KINDS, keySetId } from "../fhe/ckks/key-set.ts";
import { generateSecret } from "../fhe/ckks/secret.ts";
import { untrusted } from "../fhe/ckks/untrusted.ts";
import type { EncryptedOutput, InputSequence } from "../fhe/engine/engine.ts";
import { loadSimdModel } from "../fhe/engine/simd.ts";
import { fastestExpansion } from "../fhe/kernel/expand-polynomial.ts";
import { applyBatchLayout, checkBatchSamples } from "../fhe/plan/batch-layout.ts";
import { planDigest } from "../fhe/plan/canonical.ts";
import { scaleToNumber } from "../fhe/plan/exact-scale.ts";
import type { PlanBatch } from "../fhe/plan/plan.ts";
import type { CheckedPlan } from "../fhe/plan/typecheck.ts";
import type { BatchContext } from "../fhe/result/batch-context.ts";
import { batchKeyBody, parseBatchPublicKey } from "../fhe/result/batch-public-key.ts";
import { batchResult, type BatchOutput } from "../fhe/result/batch-result.ts";
import { openBatch } from "../fhe/result/open-batch.ts";

const BODIES = [batchKeyBody];

export interface MeasuredBatch {
  /** The outputs of each sample. */
  readonly values: readonly Float64Array[];
  /** Of the evaluation of the whole batch, its result included and encryption left out. */
  readonly milliseconds: number;
}

/**
 * Evaluates one batch.
 *
 * @param residues of the plan's constants
 * @param values samples one after the other, at most a batch of them
 * @param onProgress called with the part done, 0 … 1
 * @throws InputError when the values are no samples of the plan; EngineError; the signal's reason
 */
export async function measureBatch(
  checked: CheckedPlan,
  batch: PlanBatch,
  residues: Uint32Array,
  values: ArrayLike<number>,
  { signal, onProgress }: { readonly signal?: AbortSignal | undefined; readonly onProgress: (part: number) => void },
): Promise<MeasuredBatch> {
  const { plan, types } = checked;
  const { params } = plan;
  const samples = checkBatchSamples(plan, values);
  const work = signal === undefined ? {} : { signal };
  using secret = generateSecret(params);
  // No request on chain has this number at this address: what is measured answers nobody, and names no inputs.
  const hub = `0x${"00".repeat(20)}` as const;
  const keySet = keySetId(hub, toHex(crypto.getRandomValues(new Uint8Array(32))), params);
  const context: BatchContext = { chainId: 0n, hub, request: 0n, plan: planDigest(plan), keySet, inputs: [] };
  const expand = await fastestExpansion();
  const bytes = await generatePack(secret, keySet, plan.keys, { bodies: BODIES, expand, ...work });
  const pack = parsePack(untrusted(bytes), { params, keySetId: keySet, maxBytes: bytes.length, bodies: BODIES });
  const publicBody = pack.keys.find(({ kind }) => kind === KEY_KINDS.batchPublic)!.body;
  const publicKey = parseBatchPublicKey(params, keySet, untrusted(publicBody));

  let encrypting = 0;
  // Encrypted when the evaluation first needs them: all at once they would take hundreds of megabytes.
  const inputs: InputSequence<Ciphertext> = {
    length: plan.inputs.length,
    at(index) {
      const begun = performance.now();
      const input = plan.inputs[index];
      const { level, scale } = input;
      const slots = applyBatchLayout(input, samples, params.n / 2);
      const { c0, c1 } = encryptExpanded(secret, keySet, slots, { level, scale }, { expand });
      encrypting += performance.now() - begun;
      return { params, keySetId: keySet, level, scale, c0, c1 };
    },
  };

  using model = await loadSimdModel(checked, residues);
  using keys = await model.openKeys([pack], work);
  const started = performance.now();
  const onInstruction = (done: number, total: number): void => {
    onProgress(done / total);
  };
  const outputs = (await keys.run(inputs, { ...work, onProgress: onInstruction })).map(ciphertextOf);
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const result = batchResult({ params, outputs, publicKey, bits: batch.bits, context, seed });
  const milliseconds = performance.now() - started - encrypting;
  const opened = openBatch({
    secret,
    bytes: untrusted(result),
    bits: batch.bits,
    scales: plan.outputs.map(({ value }) => scaleToNumber(params, types[value].scale)),
    expected: context,
    count: samples.count,
    evaluationError: 0,
  });
  return { values: opened.samples.map((sample) => sample.values()), milliseconds };
}

function ciphertextOf(output: EncryptedOutput): BatchOutput {
  if (output.kind !== "ciphertext") throw new TypeError("a batch plan's outputs are ciphertexts");
  return output.ciphertext;
}
