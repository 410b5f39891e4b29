import type { Ciphertext as SealCiphertext } from "node-seal";

import { Arena } from "../../../offchain/fhe/kernel/arena.ts";
import type { Ciphertext } from "../../../offchain/fhe/kernel/handles.ts";
import { compileKernel, instantiateKernel } from "../../../offchain/fhe/kernel/load.ts";
import { Machine } from "../../../offchain/fhe/kernel/machine.ts";
import { encode, encrypt, type Rig, toKernel, toPlaintext } from "./rig.ts";
import { type Line, rounded, takeTurns } from "./turns.ts";

/** Terms of a sum of products. */
const TERMS = 16;

const figures = ([simd, seal]: readonly number[]): Pick<Line<"simd" | "seal">, "ms" | "ratio"> => ({
  ms: { simd: rounded(simd), seal: rounded(seal) },
  ratio: rounded(seal / simd),
});

/** Times single operations at the top level. */
export async function* operations(rig: Rig): AsyncGenerator<Line<"simd" | "seal">> {
  const { evaluator, galoisKeys, relinKeys, n } = rig;
  const { seal: kernel, hoisted } = rig.kernels;
  const slots = Float64Array.from({ length: n / 2 }, (_, i) => Math.cos(i));
  const cipher = encrypt(rig, slots);
  const other = encrypt(rig, slots);
  const out = new rig.seal.Ciphertext();
  const value = toKernel(rig, kernel, cipher);
  const { plain, rows } = encode(rig, slots);
  const weights = toPlaintext(rig, kernel, rows, false);

  const line = (op: string, simd: () => Ciphertext, reference: () => void): Line<"simd" | "seal"> => {
    const run = (): void => {
      simd().dispose();
    };
    return { op, n, primes: rig.primes.length, ...figures(takeTurns(run, reference)) };
  };

  yield {
    op: "ntt",
    n,
    primes: 1,
    ...(await compareTransforms(rig, encrypt(rig, slots))),
  };

  const rotationKey = rig.rotationKey(kernel, 1);
  const rotate = (): void => {
    evaluator.rotateVector(cipher, 1, galoisKeys, out);
  };
  yield line("rotate", () => kernel.rotate(value, rotationKey), rotate);

  const digits = hoisted.decompose(toKernel(rig, hoisted, cipher));
  const hoistedKey = rig.rotationKey(hoisted, 1);
  yield line("rotateHoisted", () => hoisted.rotateHoisted(digits, hoistedKey), rotate);

  yield line(
    "mulPlain",
    () => kernel.mulPlain(value, weights),
    () => {
      evaluator.multiplyPlain(cipher, plain, out);
    },
  );

  const terms = Array.from({ length: TERMS }, () => ({
    value: toKernel(rig, kernel, cipher),
    plain: toPlaintext(rig, kernel, rows, false),
  }));
  const inputs = terms.map(() => encrypt(rig, slots));
  const factors = terms.map(() => encode(rig, slots).plain);
  const product = new rig.seal.Ciphertext();
  yield line(
    "mulPlainAcc",
    () => kernel.sumOfPlainProducts(terms),
    () => {
      inputs.forEach((input, t) => {
        evaluator.multiplyPlain(input, factors[t], t === 0 ? out : product);
        if (t > 0) evaluator.addInplace(out, product);
      });
    },
  );

  const relinKey = rig.relinKey(kernel);
  const second = toKernel(rig, kernel, other);
  yield line(
    "mulRelin",
    () => {
      using three = kernel.mul(value, second);
      return kernel.relinearise(three, relinKey);
    },
    () => {
      evaluator.multiply(cipher, other, out);
      evaluator.relinearizeInplace(out, relinKeys);
    },
  );

  yield line(
    "rescale",
    () => kernel.rescale(value),
    () => {
      evaluator.rescaleToNext(cipher, out);
    },
  );
  rig.owner.dispose();
}

/** Times a transform, forward and inverse in turn. */
async function compareTransforms(
  rig: Rig,
  coefficients: SealCiphertext,
): Promise<Pick<Line<"simd" | "seal">, "ms" | "ratio">> {
  const { n, primes, level, evaluator } = rig;
  const memory = new WebAssembly.Memory({ initial: 16 });
  const wasm = await instantiateKernel(await compileKernel(), memory);
  const machine = new Machine(wasm, new Arena(memory, 2 ** 26), n, primes.slice(0, 1));
  const [prime] = machine.primes;
  const row = machine.put(new Uint32Array(n).fill(1));
  const scale = machine.inverseScale(prime, 1);
  const pairs = 2 * level;
  const times = takeTurns(
    () => {
      for (let i = 0; i < pairs; i++) {
        machine.inverse(row, row, prime, scale);
        wasm.forward(row, row, 0, n, prime.address, 1);
      }
    },
    () => {
      evaluator.cipherTransformFromNttInplace(coefficients);
      evaluator.cipherTransformToNttInplace(coefficients);
    },
  );
  return figures(times.map((ms) => ms / (2 * pairs)));
}
