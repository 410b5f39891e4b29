import { CloakworkError } from "../../errors.ts";

/** The WebAssembly kernel cannot run here. */
export class KernelUnavailableError extends CloakworkError {
  constructor(cause: unknown) {
    super(
      "KERNEL_UNAVAILABLE",
      "The SIMD kernel could not be started: this runtime lacks WebAssembly SIMD, or forbids compiling WebAssembly.",
      "Use a current browser or Node 24, allow 'wasm-unsafe-eval' in the page's policy, or choose the seal engine.",
      { cause },
    );
  }
}

/** The kernel's memory is used up. */
export class KernelMemoryError extends CloakworkError {
  /**
   * @param bytes what was asked for
   * @param limit the most the kernel may take
   */
  constructor(bytes: number, limit: number) {
    super(
      "KERNEL_MEMORY",
      `The SIMD kernel needs ${bytes} more bytes than its limit of ${limit} leaves.`,
      "Dispose what is no longer used, evaluate fewer requests at a time, or raise the limit.",
    );
  }
}

/** An operation was given operands that do not go together. Nothing was computed. */
export class KernelUseError extends CloakworkError {
  /** @param reason what does not fit, without any data */
  constructor(reason: string) {
    super(
      "KERNEL_USE",
      `The SIMD kernel refused an operation: ${reason}.`,
      "Check the plan and its keys against the parameter set.",
    );
  }
}

/** A thread that helped the kernel is lost, and what it was computing with it. */
export class KernelThreadError extends CloakworkError {
  /** @param reason what was seen of it */
  constructor(reason: string) {
    super(
      "KERNEL_THREAD",
      `A thread that helped with an evaluation was lost: ${reason}.`,
      "Evaluate again: it goes on with fewer threads. If this comes back, set `threads` to 1.",
    );
  }
}
