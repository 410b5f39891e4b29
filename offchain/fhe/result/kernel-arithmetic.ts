/** The arithmetic of a ring switch on the SIMD kernel: transforms several times as fast, and sums of products in one pass. */
import type { ParameterSet } from "../ckks/parameters.ts";
import { Arena } from "../kernel/arena.ts";
import { KernelUnavailableError } from "../kernel/errors.ts";
import { compileKernel, instantiateKernel } from "../kernel/load.ts";
import { Machine } from "../kernel/machine.ts";
import type { SmallSample } from "./opened-keys.ts";
import { combineSmall, SMALL_DEGREE, SMALL_PRIMES } from "./small-ring.ts";
import { plainArithmetic, type SwitchArithmetic } from "./switch-arithmetic.ts";

/** Rows of a key at N = 32,768, the most there are. */
const MOST_TERMS = 224;
/** For them and the tables, with room to spare. */
const MOST_BYTES = 2 ** 24;
const TERM_BYTES = 12;
const INITIAL_PAGES = 16;

const opened = new Map<string, Promise<SwitchArithmetic>>();

/**
 * The arithmetic for a parameter set, on the kernel where there is SIMD and else in plain functions. Each is made once.
 */
export function switchArithmetic({ n, data }: ParameterSet): Promise<SwitchArithmetic> {
  const name = `${n}/${data[0]}`;
  const arithmetic =
    opened.get(name) ??
    onKernel(n, data[0]).catch((error: unknown) => {
      if (error instanceof KernelUnavailableError) return plainArithmetic;
      throw error;
    });
  opened.set(name, arithmetic);
  return arithmetic;
}

async function onKernel(n: number, prime: number): Promise<SwitchArithmetic> {
  const [large, small] = [await machineFor(n, [prime]), await machineFor(SMALL_DEGREE, SMALL_PRIMES)];
  const polynomial = large.arena.take(large.row);
  const scale = large.inverseScale(large.primes[0], 1);
  const products = productsOn(small);
  return {
    coefficients(residues) {
      large.write(polynomial, residues);
      large.inverse(polynomial, polynomial, large.primes[0], scale);
      return large.read(polynomial);
    },
    sums(digits, samples) {
      const [b, a] = products(digits, samples);
      return [combineSmall(b), combineSmall(a)];
    },
  };
}

async function machineFor(n: number, moduli: readonly number[]): Promise<Machine> {
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES });
  const wasm = await instantiateKernel(await compileKernel(), memory);
  return new Machine(wasm, new Arena(memory, MOST_BYTES), n, moduli);
}

/** Coefficients modulo each of the two primes. */
type Coefficients = readonly [first: Uint32Array, second: Uint32Array];

function productsOn(machine: Machine) {
  const { wasm, arena, n, row } = machine;
  const list = arena.take(MOST_TERMS * TERM_BYTES);
  const rows = arena.take((3 * MOST_TERMS + 2) * row);
  const at = (index: number): number => rows + index * row;
  // Accumulating takes 2^32 off, and the last level of the inverse transforms puts it back.
  const scales = machine.primes.map((prime) => machine.inverseScale(prime, prime.r.w));

  return (digits: readonly Int32Array[], samples: readonly SmallSample[]): readonly [Coefficients, Coefficients] => {
    const sums = machine.primes.map((prime, which) => {
      const side = which === 0 ? "first" : "second";
      const { q, address } = prime;
      digits.forEach((digit, k) => {
        const { words } = arena;
        const start = at(3 * k) / 4;
        for (let i = 0; i < n; i++) words[start + i] = digit[i] + ((digit[i] >> 31) & q);
        wasm.forward(at(3 * k), at(3 * k), 0, n, address, 0);
        machine.write(at(3 * k + 1), samples[k].b[side]);
        machine.write(at(3 * k + 2), samples[k].a[side]);
        words.set([at(3 * k), at(3 * k + 1), at(3 * k + 2)], list / 4 + 3 * k);
      });
      const outs = [at(3 * MOST_TERMS), at(3 * MOST_TERMS + 1)];
      wasm.accumulate(outs[0], outs[1], list, digits.length, n, address, 1);
      return outs.map((out) => {
        machine.inverse(out, out, prime, scales[which]);
        return machine.read(out);
      });
    });
    const [[firstB, firstA], [secondB, secondA]] = sums;
    return [
      [firstB, secondB],
      [firstA, secondA],
    ];
  };
}
