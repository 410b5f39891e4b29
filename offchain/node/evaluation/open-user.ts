/** One user's keys in an evaluating worker: checked against the registry's roots, opened for the engine and for what makes results. */
import { bytes32, type Bytes32 } from "../../digest/hex.ts";
import type { Ciphertext } from "../../fhe/ckks/ciphertext.ts";
import { packRoot, parsePack, type KeyPack, type PackedKey } from "../../fhe/ckks/key-pack.ts";
import { KEY_KINDS, type ExpandPolynomial } from "../../fhe/ckks/key-set.ts";
import { untrusted } from "../../fhe/ckks/untrusted.ts";
import type { EncryptedModel, EncryptedUser, InputSequence } from "../../fhe/engine/engine.ts";
import type { PlanBatch } from "../../fhe/plan/plan.ts";
import type { BatchContext } from "../../fhe/result/batch-context.ts";
import { batchKeyBody, parseBatchPublicKey } from "../../fhe/result/batch-public-key.ts";
import { batchResult } from "../../fhe/result/batch-result.ts";
import { compactBytesOf, createCompactor } from "../../fhe/result/compactor.ts";
import { smallKeyBody } from "../../fhe/result/key-bodies.ts";
import { parseCompactPublicKey, parseSwitchKey } from "../../fhe/result/opened-keys.ts";
import type { PackPayload } from "./messages.ts";
import { Refusal } from "./refusal.ts";

/** A key set may hold keys for results of both forms. */
const BODIES = [smallKeyBody, batchKeyBody];

/** What a result answers, and the seed of its mask. */
export interface Asked {
  readonly context: BatchContext;
  /** The request's noise seed, 32 bytes. */
  readonly seed: Uint8Array;
}

/** A user's keys, ready. */
export interface OpenUser extends Disposable {
  readonly keys: EncryptedUser;
  /** Evaluates the plan and makes its masked result. */
  result(inputs: InputSequence<Ciphertext>, asked: Asked): Promise<Uint8Array>;
}

/**
 * Opens a user's keys for a model.
 *
 * @param payloads in the order of the registry; not kept
 * @throws Refusal, KeyPackError, BatchResultError: the bytes are at fault
 */
export async function openUser(
  model: EncryptedModel,
  keySetId: Bytes32,
  payloads: readonly PackPayload[],
  expand: ExpandPolynomial,
): Promise<OpenUser> {
  const { params, batch } = model.plan;
  const packs = payloads.map(({ bytes, residuesRoot }): KeyPack => {
    const pack = parsePack(untrusted(bytes), { params, keySetId, maxBytes: bytes.length, bodies: BODIES });
    if (packRoot(pack, BODIES, expand) !== bytes32(residuesRoot)) {
      throw new Refusal("PACK_ROOT", "A key pack does not expand to the root the registry names.");
    }
    return pack;
  });
  const makeResult = batch === undefined ? compactResults(model, keySetId, packs) : batchResults(model, batch, packs);
  const keys = await model.openKeys(packs);
  return {
    keys,
    result: (inputs, asked) => makeResult(keys, inputs, asked),
    [Symbol.dispose]() {
      keys[Symbol.dispose]();
    },
  };
}

type MakeResult = (keys: EncryptedUser, inputs: InputSequence<Ciphertext>, asked: Asked) => Promise<Uint8Array>;

/** The compact results of the plan's outputs, one after the other. */
function compactResults(
  { plan: { params } }: EncryptedModel,
  keySetId: Bytes32,
  packs: readonly KeyPack[],
): MakeResult {
  const [switchBody, publicBody] = [bodyOf(packs, KEY_KINDS.switch), bodyOf(packs, KEY_KINDS.compactPublic)];
  const switchKey = parseSwitchKey(params, keySetId, untrusted(switchBody));
  const compactPublicKey = parseCompactPublicKey(keySetId, untrusted(publicBody));
  return async (keys, inputs, { context, seed }) => {
    const compact = createCompactor({ switchKey, compactPublicKey, context, seed });
    const outputs = await keys.run(inputs, { compact });
    return compactBytesOf(outputs);
  };
}

/** One batch result, of all outputs. */
function batchResults(
  { plan: { params } }: EncryptedModel,
  { bits }: PlanBatch,
  packs: readonly KeyPack[],
): MakeResult {
  // A copy: the pack around it is not kept.
  const body = bodyOf(packs, KEY_KINDS.batchPublic).slice();
  return async (keys, inputs, { context, seed }) => {
    // Expanded when it is needed: as polynomials it has twice its bytes and more.
    const publicKey = parseBatchPublicKey(params, context.keySet, untrusted(body));
    const outputs = (await keys.run(inputs)).map((output) => {
      if (output.kind !== "ciphertext") throw new TypeError("a batch plan's outputs are ciphertexts");
      return output.ciphertext;
    });
    return batchResult({ params, outputs, publicKey, bits, context, seed });
  };
}

function bodyOf(packs: readonly KeyPack[], kind: PackedKey["kind"]): Uint8Array {
  const key = packs.flatMap(({ keys }) => keys).find((candidate) => candidate.kind === kind);
  if (!key) throw new Refusal("KEY_MISSING", "The key set lacks a key that results are made with.");
  return key.body;
}
