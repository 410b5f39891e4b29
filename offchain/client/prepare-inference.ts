import { bytes32, type Bytes32 } from "../digest/hex.ts";
import { checkRequest } from "./check-request.ts";
import { checkStated } from "./check-stated.ts";
import { checkInput, type EncryptedInput } from "./encrypt-input.ts";
import { ensureKeys } from "./ensure-keys.ts";
import { loadPlan } from "./load-plan.ts";
import { batchEnd, compactOutputs } from "./plan-ends.ts";
import type { LoadedPlan } from "./request-plan.ts";
import { stepTeller } from "./steps.ts";
import type { ClientContext, InferenceRequestInput, KeyProgress, TimelineEvent } from "./types.ts";

/** An input that is encrypted and has not left yet, with what sending it needs. */
export interface PreparedInference {
  /** What was asked for; its values are not kept. */
  readonly asked: Omit<InferenceRequestInput, "values">;
  readonly loaded: LoadedPlan;
  readonly planDigest: Bytes32;
  readonly keySetId: Bytes32;
  readonly encrypted: EncryptedInput;
  /** Inputs of a batch; undefined for a plan that takes one. */
  readonly samples: number | undefined;
}

export interface PrepareOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: TimelineEvent) => void) | undefined;
  readonly onKeys?: ((progress: KeyProgress) => void) | undefined;
  /** Given every pack of keys as it has left. */
  readonly onKeysUploaded?: ((bytes: Uint8Array) => void) | undefined;
}

/**
 * Checks all that can be refused without cost, makes keys where they are missing, and encrypts. Of the input nothing leaves.
 *
 * @throws ClientError, InputError, PlanError, BlobUnavailableError, ChainError, ContractError; the signal's reason when aborted
 */
export async function prepareInference(
  context: ClientContext,
  { values, ...asked }: InferenceRequestInput,
  { signal, onEvent, onKeys, onKeysUploaded }: PrepareOptions = {},
): Promise<PreparedInference> {
  const { plan: reference, endpoints } = await checkRequest(context, asked);
  const plan = await loadPlan(reference, { endpoints, signal });
  if (asked.stated !== undefined) checkStated(plan.plan, asked.stated, asked.planIndex);
  if (batchEnd(plan) === undefined) compactOutputs(plan);
  const input = checkInput(plan, values);
  const { keySetId } = await ensureKeys(context, plan.plan, {
    endpoints,
    signal,
    onProgress: onKeys,
    onUploaded: onKeysUploaded,
  });
  signal?.throwIfAborted();
  const steps = stepTeller(onEvent, signal);
  const encrypting =
    input.samples === undefined ? "Encrypting on this device." : `Encrypting ${input.samples} inputs on this device.`;
  steps.tell("encrypt", "active", encrypting);
  const encrypted = await steps.during("encrypt", () =>
    input.encrypt(context.vault, keySetId, {
      signal,
      onProgress: (done, total) => {
        steps.tell("encrypt", "active", encrypting, { progress: done / total });
      },
    }),
  );
  steps.tell("encrypt", "done", "Encrypted on this device.", { bytes: encrypted.bytes.length });
  const planDigest = bytes32(reference.planDigest);
  return { asked, loaded: { plan, endpoints }, planDigest, keySetId, encrypted, samples: input.samples };
}
