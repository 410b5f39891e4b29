/** A helping thread that never begins a part. */
import { parentPort } from "node:worker_threads";

parentPort?.postMessage("ready");
setInterval(() => undefined, 1000);
