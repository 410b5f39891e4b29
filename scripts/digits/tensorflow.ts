import { enableProdMode, ready, setBackend } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";

/**
 * Chooses the plain JavaScript backend: the same bits on every machine, and nothing to download. Call before any tensor
 * is made; calling again does no harm.
 */
export async function readyTensorFlow(): Promise<void> {
  enableProdMode();
  await setBackend("cpu");
  await ready();
}
