import { wasmBase64 } from "../../../build/kernel.ts";
import { KernelUnavailableError } from "./errors.ts";
import type { WasmExports } from "./wasm-exports.ts";

/** The module: its bytes, where to fetch them, or compiled already. */
export type KernelSource = Uint8Array<ArrayBuffer> | URL | WebAssembly.Module;

let built: Promise<WebAssembly.Module> | undefined;
let builtShared: Promise<WebAssembly.Module> | undefined;

/**
 * Compiles the module that `scripts/build-kernel.ts` built, once.
 *
 * @param source another build of it; without one, the build that is embedded
 * @throws KernelUnavailableError where WebAssembly SIMD is missing or forbidden
 */
export async function compileKernel(source?: KernelSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  try {
    if (source instanceof URL) return await WebAssembly.compileStreaming(fetch(source));
    if (source !== undefined) return await WebAssembly.compile(source);
    built ??= compileEmbedded(wasmBase64);
    return await built;
  } catch (cause) {
    throw new KernelUnavailableError(cause);
  }
}

/**
 * Compiles, once, the embedded build of the module for a memory that threads share.
 *
 * @throws KernelUnavailableError where WebAssembly SIMD or shared memory is missing or forbidden
 */
export async function compileSharedKernel(): Promise<WebAssembly.Module> {
  try {
    builtShared ??= import("../../../build/kernel-shared.ts").then((shared) => compileEmbedded(shared.wasmBase64));
    return await builtShared;
  } catch (cause) {
    throw new KernelUnavailableError(cause);
  }
}

async function compileEmbedded(base64: string): Promise<WebAssembly.Module> {
  return await WebAssembly.compile(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
}

/**
 * Gives the module a memory of its own.
 *
 * @param module compiled module
 * @param memory its memory
 */
export async function instantiateKernel(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<WasmExports> {
  const instance = await WebAssembly.instantiate(module, { env: { memory } });
  return instance.exports as WasmExports;
}
