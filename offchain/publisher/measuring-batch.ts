/** A batch under encryption for the owner's eyes: keys made for it and wiped after it, the engine a node runs, and the result opened as a client opens it. */
import { toHex } from "../digest/hex.ts";
import { parseCiphertext } from "../fhe/ckks/ciphertext-format.ts";
import { encryptInput, type Ciphertext } from "../fhe/ckks/ciphertext.ts";
import { generatePack, parsePack } from "../fhe/ckks/key-pack.ts";
import { KEY_KINDS, keySetId } from "../fhe/ckks/key-set.ts";
import { pauser } from "../fhe/ckks/pause.ts";
import { generateSecret } from "../fhe/ckks/secret.ts";
import { untrusted } from "../fhe/ckks/untrusted.ts";
import type { EncryptedOutput } from "../fhe/engine/engine.ts";
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
  /** Of the evaluation of the whole batch, its result included. */
  readonly milliseconds: number;
}

/** Part of the progress that encryption is taken for; the evaluation is the rest. */
const ENCRYPTION_PART = 0.8;

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
  const bytes = await generatePack(secret, keySet, plan.keys, {
    bodies: BODIES,
    expand: await fastestExpansion(),
    ...work,
  });
  const pack = parsePack(untrusted(bytes), { params, keySetId: keySet, maxBytes: bytes.length, bodies: BODIES });
  const publicBody = pack.keys.find(({ kind }) => kind === KEY_KINDS.batchPublic)!.body;
  const publicKey = parseBatchPublicKey(params, keySet, untrusted(publicBody));

  const pause = pauser(signal);
  const inputs: Ciphertext[] = [];
  for (const input of plan.inputs) {
    await pause();
    const { level, scale } = input;
    const sent = encryptInput(secret, keySet, applyBatchLayout(input, samples, params.n / 2), { level, scale });
    inputs.push(parseCiphertext(untrusted(sent), { role: "input", params, keySetId: keySet, level, scale }));
    onProgress((ENCRYPTION_PART * inputs.length) / plan.inputs.length);
  }

  using model = await loadSimdModel(checked, residues);
  using keys = await model.openKeys([pack], work);
  const started = performance.now();
  const outputs = (await keys.run(inputs, work)).map(ciphertextOf);
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const result = batchResult({ params, outputs, publicKey, bits: batch.bits, context, seed });
  const milliseconds = performance.now() - started;
  const opened = openBatch({
    secret,
    bytes: untrusted(result),
    bits: batch.bits,
    scales: plan.outputs.map(({ value }) => scaleToNumber(params, types[value].scale)),
    expected: context,
    count: samples.count,
    evaluationError: 0,
  });
  onProgress(1);
  return { values: opened.samples.map((sample) => sample.values()), milliseconds };
}

function ciphertextOf(output: EncryptedOutput): BatchOutput {
  if (output.kind !== "ciphertext") throw new TypeError("a batch plan's outputs are ciphertexts");
  return output.ciphertext;
}
