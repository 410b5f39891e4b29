import type { Hex } from "../digest/hex.ts";
import { checkPrice } from "./check-request.ts";
import { payRequest } from "./pay-request.ts";
import type { PreparedInference } from "./prepare-inference.ts";
import { stepTeller } from "./steps.ts";
import type { ClientContext, TimelineEvent } from "./types.ts";
import { uploadBlob } from "./upload-blob.ts";
import type { StoredRequest } from "./vault/contents.ts";

export interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: TimelineEvent) => void) | undefined;
}

/**
 * Uploads a prepared input and asks the wallet to pay. The request is in the vault before the wallet is asked, so that after any
 * interruption `resumeRequest` carries it on.
 *
 * @returns the request as the vault remembers it, with its transaction where it is known
 * @throws ClientError, BlobUnavailableError, ChainError, ContractError; the signal's reason when aborted before the wallet is asked
 */
export async function sendInference(
  context: ClientContext,
  { asked, loaded, planDigest, keySetId, encrypted, samples }: PreparedInference,
  { signal, onEvent }: SendOptions = {},
): Promise<StoredRequest> {
  const steps = stepTeller(onEvent, signal);
  const bytes = encrypted.bytes.length;
  const uploading = "Uploading the encrypted input.";
  steps.tell("upload", "active", uploading, { bytes, progress: 0 });
  const uploaded = await steps.during("upload", () =>
    uploadBlob(loaded.endpoints, encrypted.bytes, {
      what: "the encrypted input",
      signal,
      onProgress: (done, total) => {
        steps.tell("upload", "active", uploading, { bytes, progress: done / total });
      },
    }),
  );
  const [endpoint] = uploaded.endpoints;
  steps.tell("upload", "done", "The encrypted input is uploaded.", { bytes, endpoint, digest: uploaded.root });

  signal?.throwIfAborted();
  steps.tell("pay", "active", "Waiting for the wallet.");
  const stored: StoredRequest = {
    chainId: context.deployment.chainId,
    hub: context.deployment.contracts.hub.toLowerCase() as Hex,
    modelId: asked.modelId.toString(),
    version: asked.version,
    planDigest,
    keySetId,
    inputRoot: encrypted.root,
    inputBytes: bytes,
    ...(samples !== undefined && { samples }),
    createdAt: new Date().toISOString(),
  };
  const reference = { blobRoot: uploaded.root, residuesRoot: encrypted.root, size: bytes, uri: endpoint };
  return steps.during("pay", async () => {
    await checkPrice(context, asked);
    signal?.throwIfAborted();
    return payRequest(context, stored, asked, reference, {
      onApprove: () => {
        steps.tell(
          "pay",
          "active",
          "First the wallet is asked to let the contract take the price in the model's token.",
        );
      },
      onSent: (hash) => {
        steps.tell("pay", "active", "Sent; waiting for the next block.", { hash });
      },
    });
  });
}
