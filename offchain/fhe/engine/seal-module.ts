import type { MainModule } from "node-seal";

let module: Promise<MainModule> | undefined;

/**
 * The one node-seal module of this process (or worker): its WebAssembly memory is not given back, so there is never a second. The variant that refuses transparent
 * results.
 */
export async function sealModule(): Promise<MainModule> {
  module ??= import("node-seal/throws").then(({ default: initialize }) => initialize());
  try {
    return await module;
  } catch (error) {
    // A later call may find the file that this one did not.
    module = undefined;
    throw error;
  }
}
