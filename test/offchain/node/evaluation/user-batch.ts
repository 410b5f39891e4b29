/** One user's honest bytes for a small plan for batches. */
import { encryptBatchInput } from "../../../../offchain/fhe/ckks/encrypt-batch-input.ts";
import { generatePack, packRoot, parsePack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import type { KeyNeed } from "../../../../offchain/fhe/ckks/key-need.ts";
import { keySetId } from "../../../../offchain/fhe/ckks/key-set.ts";
import { generateSecret } from "../../../../offchain/fhe/ckks/secret.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { applyBatchLayout, checkBatchSamples } from "../../../../offchain/fhe/plan/batch-layout.ts";
import { checkPlan, planBytes, planDigest } from "../../../../offchain/fhe/plan/canonical.ts";
import { compile } from "../../../../offchain/fhe/plan/compile.ts";
import { batchKeyBody } from "../../../../offchain/fhe/result/batch-public-key.ts";
import type { EvaluatePayload, PackPayload } from "../../../../offchain/node/evaluation/messages.ts";
import { GraphWriter, randomSamples } from "../../fhe/plan/random-graph.ts";

const BODIES = [batchKeyBody];

export const COUNT = 6;
export const graph = new GraphWriter([3], 1).dense("a", 3, 4).then("s", { op: "square" }).dense("b", 4, 2).graph();
export const { plan, constants } = compile(graph, {
  calibration: randomSamples(4, 3, 77),
  inputRange: { min: -1, max: 1 },
  batch: true,
});
export const { types } = checkPlan(plan);
export const { params } = plan;
export const model = { planDigest: planDigest(plan), plan: planBytes(plan), constants: constants.residues() };
export const values = randomSamples(COUNT, 3, 8);
export const hub = `0x${"44".repeat(20)}` as const;
export const keySet = keySetId(`0x${"11".repeat(20)}`, `0x${"cc".repeat(32)}`, params);
export const secret = generateSecret(params);

/** A pack with these keys, as the registry names it. */
export async function packOf(needs: readonly KeyNeed[]): Promise<PackPayload> {
  const bytes = await generatePack(secret, keySet, needs, { bodies: BODIES });
  const pack = parsePack(untrusted(bytes), { params, keySetId: keySet, maxBytes: bytes.length, bodies: BODIES });
  return { bytes, residuesRoot: packRoot(pack, BODIES) };
}

/** The input's bytes, and what a node is asked to evaluate with all of them at hand. */
export async function userBatch(): Promise<{
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly good: EvaluatePayload;
}> {
  const samples = checkBatchSamples(plan, values);
  const slotsOf = (index: number): Float64Array => applyBatchLayout(plan.inputs[index], samples, params.n / 2);
  const { bytes, root } = await encryptBatchInput(secret, keySet, plan.inputs, slotsOf);
  const good = {
    planDigest: model.planDigest,
    keySetId: keySet,
    packsDigest: `0x${"cc".repeat(32)}`,
    packs: [await packOf(plan.keys)],
    input: { residuesRoot: root, bytes },
    chainId: 31337n,
    hub,
    request: 5n,
    seed: new Uint8Array(32).fill(9),
  } as const;
  return { bytes, good };
}
