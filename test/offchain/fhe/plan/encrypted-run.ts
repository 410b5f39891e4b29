/** Runs a compiled model the whole way, on node-seal or, for hoisted-1, on the SIMD kernel: keys, encryption, evaluation, compact result, decryption. */
import { openOutputs } from "../../../../offchain/client/open-outputs.ts";
import { parseCiphertext } from "../../../../offchain/fhe/ckks/ciphertext-format.ts";
import { decrypt, encryptInput, inputRoot } from "../../../../offchain/fhe/ckks/ciphertext.ts";
import { generatePack, parsePack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import { keySetId } from "../../../../offchain/fhe/ckks/key-set.ts";
import { generateSecret } from "../../../../offchain/fhe/ckks/secret.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { loadSealModel } from "../../../../offchain/fhe/engine/seal.ts";
import { loadSimdModel } from "../../../../offchain/fhe/engine/simd.ts";
import { planDigest } from "../../../../offchain/fhe/plan/canonical.ts";
import type { CompiledModel } from "../../../../offchain/fhe/plan/compile.ts";
import { applyInputLayout, readOutput } from "../../../../offchain/fhe/plan/layout.ts";
import { typecheck } from "../../../../offchain/fhe/plan/typecheck.ts";
import { compactBytesOf, createCompactor } from "../../../../offchain/fhe/result/compactor.ts";
import { smallKeyBody } from "../../../../offchain/fhe/result/key-bodies.ts";
import { parseCompactPublicKey, parseSwitchKey } from "../../../../offchain/fhe/result/opened-keys.ts";
import { deriveSmallSecret } from "../../../../offchain/fhe/result/small-secret.ts";
import { expand, OWNER, SALT, testRandom } from "../ckks/fixtures.ts";
import { holdSeal } from "../engine/hold-seal.ts";

export interface EncryptedModel extends Disposable {
  /** Bytes of the user's key pack. */
  readonly packBytes: number;
  /** Encrypts, evaluates, decrypts. */
  run(values: ArrayLike<number>): Promise<EncryptedAnswer>;
}

export interface EncryptedAnswer {
  readonly outputs: Float64Array;
  /** What a node posts, when the plan makes compact results, and what other bytes in its place would open to. */
  readonly posted: Uint8Array | undefined;
  readonly open: ((bytes: Uint8Array) => Float64Array) | undefined;
  readonly inputBytes: number;
  readonly resultBytes: number;
  /** Evaluation alone. */
  readonly milliseconds: number;
}

/**
 * Makes keys for a compiled model and opens it on an engine of its semantics.
 *
 * @param label tells one secret from another
 */
export async function openEncrypted({ plan, constants }: CompiledModel, label = "compiled"): Promise<EncryptedModel> {
  const checked = typecheck(plan);
  const { params } = plan;
  const secret = generateSecret(params, testRandom(label));
  const keySet = keySetId(OWNER, SALT, params);
  const bytes = await generatePack(secret, keySet, plan.keys, { bodies: [smallKeyBody], expand });
  const pack = parsePack(untrusted(bytes), {
    params,
    keySetId: keySet,
    maxBytes: bytes.length,
    bodies: [smallKeyBody],
  });
  if (plan.semantics === "seal-4.1") await holdSeal();
  const load = plan.semantics === "seal-4.1" ? loadSealModel : loadSimdModel;
  const model = await load(checked, constants.residues());
  const user = await model.openKeys([pack]);
  const [declared] = plan.inputs;
  const [output] = plan.outputs;
  const instruction = plan.instructions[output.value];
  const random = testRandom(`${label}/inputs`);
  return {
    packBytes: bytes.length,
    async run(values) {
      const encrypted = encryptInput(
        secret,
        keySet,
        applyInputLayout(declared, values, params.n / 2),
        declared,
        random,
      );
      const input = parseCiphertext(untrusted(encrypted), { role: "input", params, keySetId: keySet, ...declared });
      const context = {
        chainId: 31337n,
        hub: OWNER,
        request: 1n,
        plan: planDigest(plan),
        keySet,
        inputs: [inputRoot(input)],
      };
      const seed = new Uint8Array(32).fill(7);
      const body = (kind: number): Uint8Array => pack.keys.find((key) => key.kind === kind)!.body;
      const compact =
        instruction.op === "compact"
          ? createCompactor({
              switchKey: parseSwitchKey(params, keySet, untrusted(body(3))),
              compactPublicKey: parseCompactPublicKey(keySet, untrusted(body(4))),
              context,
              seed,
            })
          : undefined;
      const started = performance.now();
      const results = await user.run([input], compact === undefined ? {} : { compact });
      const milliseconds = performance.now() - started;
      const [result] = results;
      if (result.kind === "ciphertext") {
        const slots = decrypt(secret, result.ciphertext).values();
        return {
          outputs: readOutput(output.layout, slots),
          posted: undefined,
          open: undefined,
          inputBytes: encrypted.length,
          resultBytes: NaN,
          milliseconds,
        };
      }
      const posted = compactBytesOf(results);
      const small = deriveSmallSecret(secret, keySet);
      const open = (bytes: Uint8Array): Float64Array =>
        openOutputs(checked, { secret: small, bytes, expected: context }).values.values();
      return {
        outputs: open(posted),
        posted,
        open,
        inputBytes: encrypted.length,
        resultBytes: posted.length,
        milliseconds,
      };
    },
    [Symbol.dispose]() {
      user[Symbol.dispose]();
      model[Symbol.dispose]();
    },
  };
}
