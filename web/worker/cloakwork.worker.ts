/** The worker's entry: see `api.ts` for what it offers. */
import { workerApi } from "./api.ts";
import type { ToWorker } from "./protocol.ts";
import { serve } from "./serve.ts";

serve(
  {
    // In a worker there is no target origin to name.
    postMessage: (message) => {
      self.postMessage(message);
    },
    addEventListener: (type, listener: (event: MessageEvent<ToWorker>) => void) => {
      self.addEventListener(type, listener);
    },
  },
  workerApi,
);
