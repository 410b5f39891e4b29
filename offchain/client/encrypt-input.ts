import type { Bytes32 } from "../digest/hex.ts";
import { parseCiphertext } from "../fhe/ckks/ciphertext-format.ts";
import { encryptInput, inputRoot } from "../fhe/ckks/ciphertext.ts";
import { untrusted } from "../fhe/ckks/untrusted.ts";
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
