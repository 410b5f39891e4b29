import type { Bytes32 } from "../digest/hex.ts";
import { encryptBatchInput } from "../fhe/ckks/encrypt-batch-input.ts";
import { parseCiphertext } from "../fhe/ckks/ciphertext-format.ts";
import { encryptInput, inputRoot } from "../fhe/ckks/ciphertext.ts";
import { untrusted } from "../fhe/ckks/untrusted.ts";
import { fastestExpansion } from "../fhe/kernel/expand-polynomial.ts";
import { applyBatchLayout, checkBatchSamples } from "../fhe/plan/batch-layout.ts";
import { applyInputLayout } from "../fhe/plan/layout.ts";
import type { CheckedPlan } from "../fhe/plan/typecheck.ts";
import { withSecret } from "./key-secrets.ts";
import { onlyInput } from "./plan-ends.ts";
import type { Vault } from "./vault/vault.ts";

/** An input ready to leave the device. */
export interface EncryptedInput {
  readonly bytes: Uint8Array;
  /** Root (kind 2) of its expanded residues: what the result is bound to. */
  readonly root: Bytes32;
}

/** Input values that were found fit for a plan. */
export interface CheckedInput {
  /** How many samples there are, for a plan for a batch; else undefined. */
  readonly samples: number | undefined;
  /** Encrypts under a key set of the vault, with fresh nonces. @throws ClientError `KEY_SET_NOT_IN_VAULT`, VaultLockedError; the signal's reason */
  encrypt(
    vault: Vault,
    keySetId: Bytes32,
    work?: {
      readonly signal?: AbortSignal | undefined;
      /** Called with the ciphertexts made and the ciphertexts in all. */
      readonly onProgress?: ((done: number, total: number) => void) | undefined;
    },
  ): Promise<EncryptedInput>;
}

/**
 * Checks the values of a request: one input, or for a plan for a batch several, one after the other.
 *
 * @param values the flattened inputs; of a batch read when it is encrypted
 * @throws InputError when a value is missing, not finite or outside the declared range, or there are too many samples; ClientError `PLAN_UNSUPPORTED`
 */
export function checkInput(checked: CheckedPlan, values: ArrayLike<number>): CheckedInput {
  const { plan } = checked;
  if (plan.batch === undefined) {
    const slots = inputSlots(checked, values);
    return { samples: undefined, encrypt: (vault, keySetId) => encryptSlots(vault, keySetId, checked, slots) };
  }
  const samples = checkBatchSamples(plan, values);
  const slotsOf = (index: number): Float64Array => applyBatchLayout(plan.inputs[index], samples, plan.params.n / 2);
  return {
    samples: samples.count,
    encrypt: (vault, keySetId, work = {}) =>
      withSecret(vault, keySetId, plan.params, async (secret) =>
        encryptBatchInput(secret, keySetId, plan.inputs, slotsOf, { ...work, expand: await fastestExpansion() }),
      ),
  };
}

/**
 * The slot values of an input.
 *
 * @param values the flattened input
 * @throws InputError when a value is missing, not finite or outside the declared range; ClientError `PLAN_UNSUPPORTED`
 */
export function inputSlots(checked: CheckedPlan, values: ArrayLike<number>): Float64Array {
  return applyInputLayout(onlyInput(checked), values, checked.plan.params.n / 2);
}

/**
 * Encrypts slot values under a key set of the vault, with a fresh nonce.
 *
 * @param slots from `inputSlots`; overwritten, as it is what must not leave
 * @throws ClientError `KEY_SET_NOT_IN_VAULT`, VaultLockedError
 */
export async function encryptSlots(
  vault: Vault,
  keySetId: Bytes32,
  checked: CheckedPlan,
  slots: Float64Array,
): Promise<EncryptedInput> {
  const { params } = checked.plan;
  const { level, scale } = onlyInput(checked);
  const bytes = await withSecret(vault, keySetId, params, (secret) => {
    try {
      return encryptInput(secret, keySetId, slots, { level, scale });
    } finally {
      slots.fill(0);
    }
  });
  const ciphertext = parseCiphertext(untrusted(bytes), { role: "input", params, keySetId, level, scale });
  return { bytes, root: inputRoot(ciphertext) };
}
