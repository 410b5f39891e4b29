/** A helping thread that begins a part and says that a call failed. */
import { parentPort, workerData } from "node:worker_threads";
import { FAILED, TAIL, type ThreadStart } from "../../../../../offchain/fhe/kernel/threads/queue-layout.ts";
import { beginPart } from "./begun-part.ts";

parentPort?.postMessage("ready");
const control = beginPart(workerData as ThreadStart);
Atomics.store(control, FAILED, 1);
Atomics.notify(control, TAIL);
