/** A helping thread that begins a part and is gone. */
import { parentPort, workerData } from "node:worker_threads";
import type { ThreadStart } from "../../../../../offchain/fhe/kernel/threads/queue-layout.ts";
import { beginPart } from "./begun-part.ts";

parentPort?.postMessage("ready");
beginPart(workerData as ThreadStart);
process.exit(1);
