/** A wallet user for the owner's eyes: its own keys, an engine that gives a node's bytes, and the result opened as a client opens it. */
import { openOutputs } from "../client/open-outputs.ts";
import { onlyInput } from "../client/plan-ends.ts";
import { toHex, type Bytes32 } from "../digest/hex.ts";
import { encryptInput, inputRoot } from "../fhe/ckks/ciphertext.ts";
import { parseCiphertext } from "../fhe/ckks/ciphertext-format.ts";
import { generatePack, parsePack, type KeyPack } from "../fhe/ckks/key-pack.ts";
import { KEY_KINDS, keySetId, type KeyKind } from "../fhe/ckks/key-set.ts";
import { generateSecret, type SecretKey } from "../fhe/ckks/secret.ts";
import { untrusted } from "../fhe/ckks/untrusted.ts";
import { loadSimdModel, type SimdUser } from "../fhe/engine/simd.ts";
import { fastestExpansion } from "../fhe/kernel/expand-polynomial.ts";
import { planDigest } from "../fhe/plan/canonical.ts";
import { applyInputLayout } from "../fhe/plan/layout.ts";
import type { CheckedPlan } from "../fhe/plan/typecheck.ts";
import type { BatchContext } from "../fhe/result/batch-context.ts";
import { compactBytesOf, createCompactor } from "../fhe/result/compactor.ts";
import { smallKeyBody } from "../fhe/result/key-bodies.ts";
import { parseCompactPublicKey, parseSwitchKey } from "../fhe/result/opened-keys.ts";
import { deriveSmallSecret, type SmallSecret } from "../fhe/result/small-secret.ts";

const BODIES = [smallKeyBody];

/** No request on chain has this number at this address: what is measured answers nobody. */
const CONTEXT = { chainId: 0n, hub: `0x${"00".repeat(20)}`, request: 0n } as const;

/** A user that exists for the measurement alone. */
export interface MeasuringUser extends Disposable {
  infer(
    input: ArrayLike<number>,
    signal: AbortSignal | undefined,
  ): Promise<{ values: Float64Array; milliseconds: number }>;
}

/**
 * Makes keys for a plan and a model that uses them. Disposing it wipes the secrets.
 *
 * @param residues of the plan's constants
 * @param onProgress called with the part of the keys made, 0 … 1
 * @throws ClientError `PLAN_UNSUPPORTED`; EngineError; the signal's reason
 */
export async function openMeasuringUser(
  checked: CheckedPlan,
  residues: Uint32Array,
  signal: AbortSignal | undefined,
  onProgress: (part: number) => void,
): Promise<MeasuringUser> {
  const { plan } = checked;
  const owned: Disposable[] = [];
  const own = <T extends Disposable>(one: T): T => {
    owned.unshift(one);
    return one;
  };
  const dispose = () => {
    for (const one of owned.splice(0)) one[Symbol.dispose]();
  };
  try {
    const secret = own(generateSecret(plan.params));
    const keySet = keySetId(CONTEXT.hub, toHex(crypto.getRandomValues(new Uint8Array(32))), plan.params);
    const small = own(deriveSmallSecret(secret, keySet));
    const pack = await makePack(secret, keySet, checked, signal, onProgress);
    const model = own(await loadSimdModel(checked, residues));
    const keys = own(await model.openKeys([pack], signal === undefined ? {} : { signal }));
    return {
      infer: (input, runSignal) => infer({ checked, secret, small, keySet, pack, keys }, input, runSignal),
      [Symbol.dispose]: dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

async function makePack(
  secret: SecretKey,
  keySet: Bytes32,
  { plan }: CheckedPlan,
  signal: AbortSignal | undefined,
  onProgress: (part: number) => void,
): Promise<KeyPack> {
  const bytes = await generatePack(secret, keySet, plan.keys, {
    bodies: BODIES,
    expand: await fastestExpansion(),
    onProgress: (done, total) => {
      onProgress(done / total);
    },
    ...(signal && { signal }),
  });
  return parsePack(untrusted(bytes), { params: plan.params, keySetId: keySet, maxBytes: bytes.length, bodies: BODIES });
}

interface User {
  readonly checked: CheckedPlan;
  readonly secret: SecretKey;
  readonly small: SmallSecret;
  readonly keySet: Bytes32;
  readonly pack: KeyPack;
  readonly keys: SimdUser;
}

async function infer(
  { checked, secret, small, keySet, pack, keys }: User,
  values: ArrayLike<number>,
  signal: AbortSignal | undefined,
): Promise<{ values: Float64Array; milliseconds: number }> {
  const { plan } = checked;
  const { params } = plan;
  const input = onlyInput(checked);
  const { level, scale: inputScale } = input;
  const slots = applyInputLayout(input, values, params.n / 2);
  const sent = encryptInput(secret, keySet, slots, { level, scale: inputScale });
  const ciphertext = parseCiphertext(untrusted(sent), {
    role: "input",
    params,
    keySetId: keySet,
    level,
    scale: inputScale,
  });
  const expected: BatchContext = {
    ...CONTEXT,
    plan: planDigest(plan),
    keySet,
    inputs: [inputRoot(ciphertext)],
  };
  const body = (kind: KeyKind) => untrusted(pack.keys.find((key) => key.kind === kind)!.body);
  const compact = createCompactor({
    switchKey: parseSwitchKey(params, keySet, body(KEY_KINDS.switch)),
    compactPublicKey: parseCompactPublicKey(keySet, body(KEY_KINDS.compactPublic)),
    context: expected,
    seed: crypto.getRandomValues(new Uint8Array(32)),
  });
  const started = performance.now();
  const bytes = compactBytesOf(await keys.run([ciphertext], { compact, ...(signal && { signal }) }));
  const milliseconds = performance.now() - started;
  const opened = openOutputs(checked, { secret: small, bytes, expected });
  return { values: opened.values.values(), milliseconds };
}
