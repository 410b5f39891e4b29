import type { ParameterSet } from "../ckks/parameters.ts";
import type { SemanticsId } from "../plan/plan.ts";
import { inverseElement } from "../ring/automorphism.ts";
import { Arena } from "./arena.ts";
import * as arithmetic from "./arithmetic.ts";
import { checkParameters } from "./check.ts";
import { Context } from "./context.ts";
import { KernelUseError } from "./errors.ts";
import { galoisTable } from "./galois-table.ts";
import { Ciphertext, type Digits, Plaintext, SwitchKey } from "./handles.ts";
import { compileKernel, compileSharedKernel, instantiateKernel, type KernelSource } from "./load.ts";
import { Machine } from "./machine.ts";
import type { Owner } from "./owner.ts";
import * as keyed from "./rotate.ts";
import type { StartThread } from "./threads/start-thread.ts";
import { MOST_THREADS, Team } from "./threads/team.ts";

const PAGE_BYTES = 65536;

/** Most pages of a memory that is shared, which has to say so when it is made. */
const MOST_PAGES = 65536;

/** Milliseconds a helping thread may take for one call, unless told otherwise: thousands of times as long as any takes. */
const PATIENCE_MS = 5000;

/** What a kernel is made for. */
export interface KernelOptions {
  /** Ring degree 4096 … 32768, primes, and the groups of a key switch's digits, in order of their primes. */
  readonly params: Pick<ParameterSet, "n" | "data" | "special" | "groups">;
  /** Exact meaning of what rounds or decomposes: `seal-4.1` gives SEAL's bytes and takes one special prime and one prime a digit. */
  readonly semantics: SemanticsId;
  /** Another build of the module than the embedded one. */
  readonly source?: KernelSource;
  /** The most memory to take, in bytes; 4 GiB − 64 KiB if not given, WebAssembly's own limit. */
  readonly maxBytes?: number;
  /** Threads that evaluate together; one, and no other starts, if not given. */
  readonly threads?: ThreadOptions;
}

/** How many threads evaluate, and where they come from. */
export interface ThreadOptions {
  /** 1 to 16, the thread at hand included. Where memory cannot be shared, or threads do not start, there are fewer. */
  readonly count: number;
  readonly start: StartThread;
  /** Milliseconds one call may take before its thread counts as lost; 5,000 if not given. */
  readonly patienceMs?: number;
}

/** One polynomial pair of a key: residues modulo the data primes 0 … level−1, then the special primes. NTT form, canonical. */
export interface KeyDigit {
  readonly b: readonly Uint32Array[];
  readonly a: readonly Uint32Array[];
}

/**
 * Makes a kernel: the evaluator of one parameter set, with a memory of its own.
 *
 * @param options parameter set, semantics, limits
 * @throws KernelUnavailableError where WebAssembly SIMD is missing
 * @throws KernelUseError when the parameters do not suit the semantics or the kernel
 */
export async function createKernel(options: KernelOptions): Promise<Kernel> {
  const { params, semantics } = options;
  checkParameters(params, semantics);
  const limit = options.maxBytes ?? 65535 * PAGE_BYTES;
  const shared = sharesMemory(options);
  const memory = new WebAssembly.Memory(shared ? { initial: 16, maximum: MOST_PAGES, shared } : { initial: 16 });
  const module = shared ? await compileSharedKernel() : await compileKernel(options.source);
  const wasm = await instantiateKernel(module, memory);
  const arena = new Arena(memory, limit);
  const team = new Team(wasm, arena);
  if (shared && options.threads !== undefined) {
    const { count, start, patienceMs = PATIENCE_MS } = options.threads;
    await team.grow(arena, { module, startThread: start, helpers: count - 1, patienceMs });
  }
  try {
    const machine = new Machine(wasm, arena, params.n, [...params.data, ...params.special], team);
    return new Kernel(new Context(machine, params, semantics));
  } catch (error) {
    team.dispose();
    throw error;
  }
}

/** Whether several threads are asked for, and this runtime lets them share memory: a browser does on a page that is cross-origin isolated. */
function sharesMemory({ threads, source }: KernelOptions): boolean {
  if (threads === undefined) return false;
  const { count } = threads;
  if (!Number.isInteger(count) || count < 1 || count > MOST_THREADS)
    throw new KernelUseError(`threads are 1 to ${MOST_THREADS}, not ${count}`);
  if (source !== undefined) throw new KernelUseError("another build of the module has no threads");
  return (
    count > 1 &&
    typeof SharedArrayBuffer !== "undefined" &&
    !("crossOriginIsolated" in globalThis && !globalThis.crossOriginIsolated)
  );
}

/**
 * Evaluates on handles: ciphertexts, plaintexts and keys in the kernel's memory. Every result is new and belongs to the owner
 * of the first operand; operands are left as they are. All methods throw KernelUseError when operands do not go together, and
 * KernelMemoryError when memory runs out; nothing is left behind then. With several threads they throw KernelThreadError when one is lost.
 */
export class Kernel implements Disposable {
  readonly #context: Context;

  /** Use `createKernel`. */
  constructor(context: Context) {
    this.#context = context;
  }

  /** Bytes handed out now, tables and scratch included. */
  get takenBytes(): number {
    return this.#context.machine.arena.takenBytes;
  }

  /** Pieces of memory handed out now: what a test of leaks counts. */
  get takenCount(): number {
    return this.#context.machine.arena.takenCount;
  }

  /** Threads that evaluate now, the one at hand included. */
  get threads(): number {
    return this.#context.machine.team.threads;
  }

  /** Ends the threads that help. Memory is the garbage collector's. */
  [Symbol.dispose](): void {
    this.#context.machine.team.dispose();
  }

  /** Size of the WebAssembly memory, which never shrinks. */
  get memoryBytes(): number {
    return this.#context.machine.arena.memory.buffer.byteLength;
  }

  /**
   * Brings a ciphertext in.
   *
   * @param owner who answers for it
   * @param polynomials residues in NTT form: component by component, in each the data primes 0 … level−1
   * @param level number of data primes
   */
  importCiphertext(owner: Owner, polynomials: readonly Uint32Array[], level: number): Ciphertext {
    this.#checkLevel(level);
    const components = polynomials.length / level;
    if (components !== 2 && components !== 3) throw new KernelUseError("a ciphertext has two or three components");
    const value = new Ciphertext(this.#context.machine, owner, components, level, 0);
    return this.#filled(value, () => {
      polynomials.forEach((polynomial, k) => {
        const limb = k % level;
        this.#write(value.at(Math.floor(k / level), limb), polynomial, this.#context.index(level, limb));
      });
    });
  }

  /** Copies a ciphertext's residues out, component by component, prime by prime (special primes last if it is extended). */
  exportCiphertext(value: Ciphertext): Uint32Array[] {
    const { machine } = this.#context;
    const rows: Uint32Array[] = [];
    for (let c = 0; c < value.components; c++) {
      for (let limb = 0; limb < value.limbs; limb++) rows.push(machine.read(value.at(c, limb)));
    }
    return rows;
  }

  /**
   * Brings a plaintext in.
   *
   * @param owner who answers for it
   * @param polynomials residues in NTT form: data primes 0 … level−1, and if `extended` the special primes
   * @param level number of data primes
   * @param extended whether residues modulo the special primes follow
   */
  importPlaintext(owner: Owner, polynomials: readonly Uint32Array[], level: number, extended = false): Plaintext {
    this.#checkLevel(level);
    const specials = extended ? this.#context.specials : 0;
    if (polynomials.length !== level + specials) {
      throw new KernelUseError(`a plaintext of ${level + specials} residue polynomials has ${polynomials.length}`);
    }
    const value = new Plaintext(this.#context.machine, owner, level, specials);
    return this.#filled(value, () => {
      polynomials.forEach((polynomial, limb) => {
        const index = this.#context.index(level, limb);
        this.#write(value.at(limb), polynomial, index);
        this.#toMontgomery(value.at(limb), index);
      });
    });
  }

  /**
   * Brings in a key of gadget 1 (docs/formats.md, section 5): a Galois key, or a relinearisation key.
   *
   * @param owner who answers for it
   * @param element Galois element; 0 for a relinearisation key
   * @param level number of data primes it can be used at
   * @param digits one pair of polynomials a group of data primes below the level
   */
  importKey(owner: Owner, element: number, level: number, digits: readonly KeyDigit[]): SwitchKey {
    const context = this.#context;
    const { machine, specials } = context;
    this.#checkLevel(level);
    if (digits.length !== context.groups(level).length) {
      throw new KernelUseError(`a key for ${level} primes has ${digits.length} digits`);
    }
    const { n, wasm } = machine;
    const table = element === 0 ? undefined : galoisTable(element, n);
    const backward = element === 0 ? 0 : machine.put(galoisTable(inverseElement(element, n), n));
    try {
      const key = new SwitchKey(machine, owner, element, level, digits.length, specials, table);
      return this.#filled(key, () => {
        for (let limb = 0; limb < level + specials; limb++) {
          const index = context.index(level, limb);
          digits.forEach(({ b, a }, digit) => {
            for (const [component, rows] of [b, a].entries()) {
              if (rows.length !== level + specials) throw new KernelUseError("a key digit lacks residues");
              const to = key.at(limb, digit, component);
              const through = backward === 0 ? to : context.passing(machine.team.own);
              this.#write(through, rows[limb], index);
              if (backward !== 0) wasm.permute(to, through, backward, n);
              this.#toMontgomery(to, index);
            }
          });
        }
      });
    } finally {
      if (backward !== 0) machine.arena.give(backward);
    }
  }

  /** a + b. */
  add(a: Ciphertext, b: Ciphertext): Ciphertext {
    return arithmetic.combineSum(this.#context, a, b, 1);
  }

  /** a − b. */
  sub(a: Ciphertext, b: Ciphertext): Ciphertext {
    return arithmetic.combineSum(this.#context, a, b, -1);
  }

  /** −a. */
  negate(a: Ciphertext): Ciphertext {
    return arithmetic.negate(this.#context, a);
  }

  /** a + plaintext. */
  addPlain(a: Ciphertext, plain: Plaintext): Ciphertext {
    return arithmetic.addPlain(this.#context, a, plain);
  }

  /** a · plaintext. */
  mulPlain(a: Ciphertext, plain: Plaintext): Ciphertext {
    return arithmetic.mulPlain(this.#context, a, plain);
  }

  /** a + scalar in every slot; the scalar is one residue a prime. */
  addScalar(a: Ciphertext, scalar: Uint32Array): Ciphertext {
    return arithmetic.addScalar(this.#context, a, scalar);
  }

  /** a · scalar; the scalar is one residue a prime. */
  mulScalar(a: Ciphertext, scalar: Uint32Array): Ciphertext {
    return arithmetic.mulScalar(this.#context, a, scalar);
  }

  /** Σ value · plaintext over ciphertexts of two components: faster than products and sums, with the same result. */
  sumOfPlainProducts(terms: readonly arithmetic.PlainTerm[]): Ciphertext {
    return arithmetic.sumsOfPlainProducts(this.#context, [terms])[0];
  }

  /** Several such sums, faster than one after another when they share ciphertexts. */
  sumsOfPlainProducts(sums: readonly (readonly arithmetic.PlainTerm[])[]): Ciphertext[] {
    return arithmetic.sumsOfPlainProducts(this.#context, sums);
  }

  /** Σ value · scalar. */
  sumOfScalarProducts(terms: readonly { readonly value: Ciphertext; readonly scalar: Uint32Array }[]): Ciphertext {
    return arithmetic.sumOfScalarProducts(this.#context, terms);
  }

  /** a · b; three components, to be relinearised. */
  mul(a: Ciphertext, b: Ciphertext): Ciphertext {
    return arithmetic.multiply(this.#context, a, b);
  }

  /** From three components to two. */
  relinearise(a: Ciphertext, key: SwitchKey): Ciphertext {
    return keyed.relinearise(this.#context, a, key);
  }

  /** Applies the automorphism of the key: a rotation (`galoisElement`), or conjugation. */
  rotate(a: Ciphertext, key: SwitchKey): Ciphertext {
    return keyed.applyGalois(this.#context, a, key);
  }

  /** Divides by the last `times` primes, rounding, and drops them. */
  rescale(a: Ciphertext, times = 1): Ciphertext {
    return keyed.rescale(this.#context, a, times);
  }

  /** Drops the last `times` primes. */
  modSwitch(a: Ciphertext, times = 1): Ciphertext {
    return keyed.modSwitch(this.#context, a, times);
  }

  /** From three components to two, modulo special primes too; one `modDown` then divides and rescales at once. */
  relineariseExtended(a: Ciphertext, key: SwitchKey): Ciphertext {
    return keyed.relineariseExtended(this.#context, a, key);
  }

  /** Decomposes once for many rotations (hoisted-1). Rotations of an extended ciphertext stay extended. */
  decompose(a: Ciphertext): Digits {
    return keyed.decompose(this.#context, a);
  }

  /** A rotation of what was decomposed; the same bytes as `rotate` in hoisted-1. */
  rotateHoisted(digits: Digits, key: SwitchKey): Ciphertext {
    return keyed.rotateDigits(this.#context, digits, key);
  }

  /** A rotation of what was decomposed, modulo special primes too, for sums that one `modDown` ends. */
  rotateHoistedExtended(digits: Digits, key: SwitchKey): Ciphertext {
    return keyed.rotateDigitsExtended(this.#context, digits, key);
  }

  /**
   * A rotation of an extended ciphertext that stays extended: only its second component is divided by the special primes, to be
   * decomposed. A sum of such rotations is a product of baby and giant steps with one `modDown` at its end.
   */
  rotateExtended(a: Ciphertext, key: SwitchKey): Ciphertext {
    return keyed.rotateExtended(this.#context, a, key);
  }

  /** What was decomposed, not rotated, modulo special primes too. */
  extend(digits: Digits): Ciphertext {
    return keyed.extend(this.#context, digits);
  }

  /** Divides an extended ciphertext by the special primes and the last `times` data primes at once, rounding. */
  modDown(a: Ciphertext, times = 0): Ciphertext {
    return keyed.reduceExtended(this.#context, a, times);
  }

  /** Runs `fill` on a new handle, and disposes the handle if that throws. */
  #filled<T extends Disposable>(handle: T, fill: () => void): T {
    try {
      fill();
      return handle;
    } catch (error) {
      handle[Symbol.dispose]();
      throw error;
    }
  }

  /** Copies residues in and checks that they are below their prime. */
  #write(address: number, residues: Uint32Array, index: number): void {
    const { machine } = this.#context;
    if (residues.length !== machine.n) throw new KernelUseError(`a polynomial has ${machine.n} residues`);
    machine.write(address, residues);
    if (machine.wasm.isCanonical(address, machine.n, machine.primes[index].address) === 0) {
      throw new KernelUseError("a residue is not below its prime");
    }
  }

  #toMontgomery(address: number, index: number): void {
    const { machine } = this.#context;
    const prime = machine.primes[index];
    machine.wasm.scale(address, address, prime.r.w, prime.r.shoup, machine.n, prime.address);
  }

  #checkLevel(level: number): void {
    const most = this.#context.params.data.length;
    if (!Number.isInteger(level) || level < 1 || level > most) {
      throw new KernelUseError(`a level is 1 to ${most}, not ${level}`);
    }
  }
}
