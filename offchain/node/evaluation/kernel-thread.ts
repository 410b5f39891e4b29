/** A worker thread that helps a kernel. Started by `startNodeThread`. */
import { parentPort, workerData } from "node:worker_threads";

import type { ThreadStart } from "../../fhe/kernel/threads/queue-layout.ts";
import { serve } from "../../fhe/kernel/threads/serve.ts";

serve(workerData as ThreadStart, () => {
  parentPort?.postMessage("ready");
});
