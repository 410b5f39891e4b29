/** A model's user: keys, encrypted inputs, what a run needs besides, decrypted results. */
import { openOutputs } from "../../../offchain/client/open-outputs.ts";
import type { Bytes32, Hex } from "../../../offchain/digest/hex.ts";
import { parseCiphertext } from "../../../offchain/fhe/ckks/ciphertext-format.ts";
import { decrypt, encryptInput, inputRoot, type Ciphertext } from "../../../offchain/fhe/ckks/ciphertext.ts";
import { generatePack, parsePack, type KeyPack } from "../../../offchain/fhe/ckks/key-pack.ts";
import { keySetId } from "../../../offchain/fhe/ckks/key-set.ts";
import { platformRandom, type RandomSource } from "../../../offchain/fhe/ckks/sampling.ts";
import { generateSecret } from "../../../offchain/fhe/ckks/secret.ts";
import { untrusted } from "../../../offchain/fhe/ckks/untrusted.ts";
import type { Compactor, EncryptedOutput } from "../../../offchain/fhe/engine/engine.ts";
import { planDigest } from "../../../offchain/fhe/plan/canonical.ts";
import { applyInputLayout, readOutput } from "../../../offchain/fhe/plan/layout.ts";
import type { Plan } from "../../../offchain/fhe/plan/plan.ts";
import type { CheckedPlan } from "../../../offchain/fhe/plan/typecheck.ts";
import { createCompactor } from "../../../offchain/fhe/result/compactor.ts";
import { fastestExpansion } from "../../../offchain/fhe/kernel/expand-polynomial.ts";
import { smallKeyBody } from "../../../offchain/fhe/result/key-bodies.ts";
import { parseCompactPublicKey, parseSwitchKey } from "../../../offchain/fhe/result/opened-keys.ts";
import { deriveSmallSecret } from "../../../offchain/fhe/result/small-secret.ts";

const OWNER: Hex = `0x${"11".repeat(20)}`;
const SALT: Bytes32 = `0x${"22".repeat(32)}`;

/** A user of a model with one input and one output. */
export interface BenchUser {
  readonly keySet: Bytes32;
  readonly packBytes: Uint8Array<ArrayBuffer>;
  readonly pack: KeyPack;
  /** Lays out and encrypts one input of the model. */
  encrypt(values: ArrayLike<number>): Uint8Array<ArrayBuffer>;
  /** The outputs of the model in a result for the input. */
  open(input: Ciphertext, result: EncryptedOutput): Float64Array;
}

/**
 * Makes a user with a pack of all keys a plan needs.
 *
 * @param random where the secret and the errors of inputs come from
 */
export async function createUser(checked: CheckedPlan, random: RandomSource = platformRandom): Promise<BenchUser> {
  const { plan } = checked;
  const { params } = plan;
  const [declared] = plan.inputs;
  const [output] = plan.outputs;
  const secret = generateSecret(params, random);
  const keySet = keySetId(OWNER, SALT, params);
  const packBytes = await generatePack(secret, keySet, plan.keys, {
    bodies: [smallKeyBody],
    expand: await fastestExpansion(),
  });
  const smallSecret = deriveSmallSecret(secret, keySet);
  return {
    keySet,
    packBytes,
    pack: readPack(plan, keySet, packBytes),
    encrypt: (values) =>
      encryptInput(secret, keySet, applyInputLayout(declared, values, params.n / 2), declared, random),
    open(input, result) {
      if (result.kind === "ciphertext") return readOutput(output.layout, decrypt(secret, result.ciphertext).values());
      const expected = contextOf(plan, input);
      return openOutputs(checked, { secret: smallSecret, bytes: result.bytes, expected }).values.values();
    },
  };
}

/** Reads a pack of keys, the small ring's included. */
export function readPack({ params }: Plan, keySet: Bytes32, bytes: Uint8Array): KeyPack {
  return parsePack(untrusted(bytes), { params, keySetId: keySet, maxBytes: bytes.length, bodies: [smallKeyBody] });
}

/** Reads an encrypted input of a plan's only input. */
export function readInput({ params, inputs }: Plan, keySet: Bytes32, bytes: Uint8Array): Ciphertext {
  const [{ level, scale }] = inputs;
  return parseCiphertext(untrusted(bytes), { role: "input", params, keySetId: keySet, level, scale });
}

/** Masks and packs the results for one input, as a node does; nothing for a plan whose result is a ciphertext. */
export function compactorFor(
  plan: Plan,
  { keySetId: keySet, keys }: KeyPack,
  input: Ciphertext,
): { compact?: Compactor } {
  const [switchBody, publicBody] = [3, 4].map((kind) => keys.find((key) => key.kind === kind)?.body);
  if (switchBody === undefined || publicBody === undefined) return {};
  const compact = createCompactor({
    switchKey: parseSwitchKey(plan.params, keySet, untrusted(switchBody)),
    compactPublicKey: parseCompactPublicKey(keySet, untrusted(publicBody)),
    context: contextOf(plan, input),
    seed: new Uint8Array(32).fill(7),
  });
  return { compact };
}

function contextOf(plan: Plan, input: Ciphertext) {
  return {
    chainId: 31337n,
    hub: OWNER,
    request: 1n,
    plan: planDigest(plan),
    keySet: input.keySetId,
    inputs: [inputRoot(input)],
  };
}
