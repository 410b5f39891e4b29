/** One private inference, from values to answer: encrypt → upload → pay → assigned → evaluating → posted → decrypted. */
import { bytes32, type Hex } from "../digest/hex.ts";
import { checkPrice, checkRequest } from "./check-request.ts";
import { encryptSlots, inputSlots } from "./encrypt-input.ts";
import { ensureKeys } from "./ensure-keys.ts";
import { loadPlan } from "./load-plan.ts";
import { payRequest } from "./pay-request.ts";
import { onlyOutput } from "./plan-ends.ts";
import { carryOn } from "./resume.ts";
import { stepTeller } from "./steps.ts";
import type { ClientContext, Inference, InferenceRequestInput, InferOptions } from "./types.ts";
import { uploadBlob } from "./upload-blob.ts";
import type { StoredRequest } from "./vault/contents.ts";

/**
 * Asks a model about an input nobody but this device sees.
 *
 * Everything that can be refused without cost is refused first: model, price, nodes, money, plan, values. Then keys are made where they
 * are missing. The request is in the vault before the wallet is asked to pay, so that after any interruption `resumeRequest` carries it on.
 *
 * @throws ClientError, InputError, PlanError, BlobUnavailableError, ChainError, ContractError; the signal's reason when aborted
 */
export async function infer(
  context: ClientContext,
  input: InferenceRequestInput,
  options: InferOptions = {},
): Promise<Inference> {
  const { signal, onEvent, onKeys } = options;
  const steps = stepTeller(onEvent, signal);
  const requestable = await checkRequest(context, input);
  const { endpoints } = requestable;
  const plan = await loadPlan(requestable.plan, { endpoints, signal });
  onlyOutput(plan);
  const slots = inputSlots(plan, input.values);
  const { keySetId } = await ensureKeys(context, plan.plan, { endpoints, signal, onProgress: onKeys });

  signal?.throwIfAborted();
  steps.tell("encrypt", "active", "Encrypting on this device.");
  const encrypted = await steps.during("encrypt", () => encryptSlots(context.vault, keySetId, plan, slots));
  const bytes = encrypted.bytes.length;
  steps.tell("encrypt", "done", "Encrypted on this device.", { bytes });

  steps.tell("upload", "active", "Uploading the encrypted input.", { bytes, progress: 0 });
  const uploaded = await steps.during("upload", () =>
    uploadBlob(endpoints, encrypted.bytes, {
      what: "the encrypted input",
      signal,
      onProgress: (done, total) => {
        steps.tell("upload", "active", "Uploading the encrypted input.", { bytes, progress: done / total });
      },
    }),
  );
  const [endpoint] = uploaded.endpoints;
  steps.tell("upload", "done", "The encrypted input is uploaded.", { bytes, endpoint, digest: uploaded.root });

  signal?.throwIfAborted();
  steps.tell("pay", "active", "Waiting for the wallet.");
  const asked: StoredRequest = {
    chainId: context.deployment.chainId,
    hub: context.deployment.contracts.hub.toLowerCase() as Hex,
    modelId: input.modelId.toString(),
    version: input.version,
    planDigest: bytes32(requestable.plan.planDigest),
    keySetId,
    inputRoot: encrypted.root,
    inputBytes: bytes,
    createdAt: new Date().toISOString(),
  };
  const reference = { blobRoot: uploaded.root, residuesRoot: encrypted.root, size: bytes, uri: endpoint };
  const stored = await steps.during("pay", async () => {
    await checkPrice(context, input);
    return payRequest(context, asked, input, reference, {
      onSent: (hash) => {
        steps.tell("pay", "active", "Sent; waiting for the next block.", { hash });
      },
    });
  });
  return carryOn(context, stored, { plan, endpoints }, options);
}
