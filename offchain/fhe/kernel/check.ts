import type { ParameterSet } from "../ckks/parameters.ts";
import type { SemanticsId } from "../plan/plan.ts";
import { MOST_PRIMES, SHARED_PRIME_BITS } from "./basis.ts";
import type { Context } from "./context.ts";
import { KernelUseError } from "./errors.ts";
import type { Handle, Shape } from "./handles.ts";

/** @throws KernelUseError unless all handles live in this context's memory */
export function checkHome(context: Context, ...handles: readonly Handle[]): void {
  if (handles.some((handle) => handle.machine !== context.machine)) {
    throw new KernelUseError("an operand belongs to another kernel");
  }
}

/** @throws KernelUseError unless both have residues for the same primes */
export function checkShapes(a: Shape, b: Shape): void {
  if (a.level !== b.level || a.extended !== b.extended) {
    throw new KernelUseError(`levels ${describe(a)} and ${describe(b)} do not go together`);
  }
}

/** @throws KernelUseError unless the operand has as many components as asked for and is, or is not, extended */
export function checkForm(value: Shape & { readonly components: number }, components: number, extended: boolean): void {
  if (value.components !== components) {
    throw new KernelUseError(`a ciphertext of ${components} components is needed, not of ${value.components}`);
  }
  if (value.extended !== extended) {
    throw new KernelUseError(`a ciphertext ${extended ? "with" : "without"} special primes is needed`);
  }
}

/** @throws KernelUseError unless the semantics is the one named */
export function checkHoisting(context: Context): void {
  if (context.semantics !== "hoisted-1") {
    throw new KernelUseError("shared decompositions and the extended basis exist in hoisted-1 only");
  }
}

/**
 * @throws KernelUseError unless the kernel can serve the parameters under the semantics. That they are secure and their primes
 * fit is for whoever made the parameter set to check.
 */
export function checkParameters(
  params: Pick<ParameterSet, "n" | "data" | "special" | "groups">,
  semantics: SemanticsId,
): void {
  const { n, data, special, groups } = params;
  if (![4096, 8192, 16384, 32768].includes(n)) throw new KernelUseError(`ring degree ${n} is not 4096 … 32768`);
  if (data.length < 1 || special.length < 1) throw new KernelUseError("there must be data primes and special primes");
  if (groups.flat().join() !== Array.from(data, (_, index) => index).join() || groups.some((g) => g.length === 0)) {
    throw new KernelUseError("the groups of digits are not the data primes in their order");
  }
  if (semantics === "seal-4.1" && (special.length !== 1 || groups.length !== data.length)) {
    throw new KernelUseError("seal-4.1 has one special prime and one prime a digit");
  }
  if (semantics === "hoisted-1" && [...data, ...special].some((q) => q < 2 ** SHARED_PRIME_BITS)) {
    throw new KernelUseError(`hoisted-1 takes primes together, which must have more than ${SHARED_PRIME_BITS} bits`);
  }
  if ([special, ...groups].some((basis) => basis.length > MOST_PRIMES)) {
    throw new KernelUseError(`more than ${MOST_PRIMES} primes cannot be taken together`);
  }
}

function describe(shape: Shape): string {
  return shape.extended ? `${shape.level} extended` : `${shape.level}`;
}
