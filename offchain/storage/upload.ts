import type { ResponseHead } from "./endpoint.ts";
import { EndpointError } from "./errors.ts";

/** Bytes handed over at a time, which is how finely progress is told. */
const PIECE_BYTES = 64 * 1024;

const HEADERS = { "content-type": "application/octet-stream" } as const;

export interface Upload {
  readonly url: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
  /** Called with the bytes sent so far. */
  readonly onProgress: (sent: number) => void;
}

/**
 * Puts bytes to a URL.
 *
 * Only XMLHttpRequest tells a browser how far an upload is; outside of one a streamed request does. Redirects of an XMLHttpRequest cannot be
 * refused: where they lead, bytes arrive that are public or encrypted, and are stored under their root or not at all.
 *
 * @throws EndpointError `ENDPOINT_UNREACHABLE`; the reason of the signal when it aborts
 */
export async function upload(request: Upload, fetch: typeof globalThis.fetch): Promise<ResponseHead> {
  request.signal.throwIfAborted();
  return "XMLHttpRequest" in globalThis ? uploadByXhr(request) : uploadByFetch(request, fetch);
}

async function uploadByFetch(
  { url, bytes, signal, onProgress }: Upload,
  fetch: typeof globalThis.fetch,
): Promise<ResponseHead> {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = bytes.subarray(sent, sent + PIECE_BYTES);
        sent += piece.length;
        if (piece.length > 0) controller.enqueue(piece);
        if (sent === bytes.length) controller.close();
        onProgress(sent);
      },
    },
    { highWaterMark: 0 },
  );
  const init = {
    method: "PUT",
    headers: { ...HEADERS, "content-length": String(bytes.length) },
    body,
    duplex: "half",
    redirect: "manual",
    signal,
  } as const;
  try {
    const response = await fetch(url, init);
    await response.body?.cancel();
    return { status: response.status, retryAfter: response.headers.get("retry-after") };
  } catch (cause) {
    signal.throwIfAborted();
    throw new EndpointError("ENDPOINT_UNREACHABLE", "The store could not be reached.", { transient: true, cause });
  }
}

function uploadByXhr({ url, bytes, signal, onProgress }: Upload): Promise<ResponseHead> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const abort = () => {
      xhr.abort();
    };
    xhr.upload.onprogress = ({ loaded }) => {
      onProgress(loaded);
    };
    xhr.onload = () => {
      resolve({ status: xhr.status, retryAfter: xhr.getResponseHeader("retry-after") });
    };
    xhr.onerror = () => {
      reject(new EndpointError("ENDPOINT_UNREACHABLE", "The store could not be reached.", { transient: true }));
    };
    xhr.onabort = () => {
      reject(signal.reason as Error);
    };
    xhr.onloadend = () => {
      signal.removeEventListener("abort", abort);
    };
    signal.addEventListener("abort", abort);
    xhr.open("PUT", url);
    for (const [name, value] of Object.entries(HEADERS)) xhr.setRequestHeader(name, value);
    xhr.send(bytes);
  });
}
