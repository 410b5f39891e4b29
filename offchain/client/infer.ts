import { prepareInference } from "./prepare-inference.ts";
import { carryOn } from "./resume.ts";
import { sendInference } from "./send-inference.ts";
import type { ClientContext, Inference, InferenceRequestInput, InferOptions } from "./types.ts";

/**
 * Asks a model about an input nobody but this device sees: encrypt → upload → pay → assigned → evaluating → posted → decrypted.
 *
 * Everything that can be refused without cost is refused first: model, price, nodes, money, plan, values. Then keys are made where they
 * are missing. The request is in the vault before the wallet is asked to pay, so that after any interruption `resumeRequest` carries it on.
 * Where a person decides between encrypting and sending, `prepareInference`, `sendInference` and `resumeRequest` are its parts.
 *
 * @throws ClientError, InputError, PlanError, BlobUnavailableError, ChainError, ContractError; the signal's reason when aborted
 */
export async function infer(
  context: ClientContext,
  input: InferenceRequestInput,
  options: InferOptions = {},
): Promise<Inference> {
  const prepared = await prepareInference(context, input, options);
  const stored = await sendInference(context, prepared, options);
  return carryOn(context, stored, prepared.loaded, options);
}
