import type { Ciphertext } from "../../../offchain/fhe/kernel/handles.ts";
import { decrypt, encode, encrypt, type Rig, toKernel, toPlaintext, toSeal } from "./rig.ts";
import { type Line, rounded, takeTurns } from "./turns.ts";

const SIZE = 128;

/** Steps of each side: a hoisted rotation is cheap, so the kernel takes more baby steps than node-seal. */
const BABY_STEPS = { simd: 32, seal: 16 };

/** Largest difference of a slot from the product computed in the clear. */
const TOLERANCE = 1e-2;

/**
 * Times the product of a plaintext matrix of 128 × 128 and an encrypted vector, repeated through the slots, by baby steps and
 * giant steps over the generalised diagonals; and checks both results against the product in the clear.
 */
export function matrixProduct(rig: Rig): Line<"simd" | "seal"> {
  const { evaluator, galoisKeys, n } = rig;
  const kernel = rig.kernels.hoisted;
  const slots = n / 2;
  const entry = (row: number, column: number): number => Math.sin(row * SIZE + column) / 4;
  const vector = Float64Array.from({ length: SIZE }, (_, i) => Math.cos(3 * i));
  const cipher = encrypt(
    rig,
    Float64Array.from({ length: slots }, (_, i) => vector[i % SIZE]),
  );

  // Diagonal baby + giant, moved right by the giant step, which the rotation after the sum takes back.
  const diagonals = (babies: number) =>
    Array.from({ length: SIZE / babies }, (_, g) =>
      Array.from({ length: babies }, (_, b) => {
        const giant = g * babies;
        const values = Float64Array.from({ length: slots }, (_, i) => {
          const row = (((i - giant) % SIZE) + SIZE) % SIZE;
          return entry(row, (row + giant + b) % SIZE);
        });
        return encode(rig, values);
      }),
    );

  const forSeal = diagonals(BABY_STEPS.seal).map((row) => row.map(({ plain }) => plain));
  const forKernel = diagonals(BABY_STEPS.simd).map((row) =>
    row.map(({ plain, rows }) => {
      plain.delete();
      return toPlaintext(rig, kernel, rows, true);
    }),
  );
  const steps = [
    ...Array.from({ length: BABY_STEPS.simd }, (_, b) => b),
    ...forKernel.map((_, g) => g * BABY_STEPS.simd),
  ].filter((step) => step !== 0);
  const keys = new Map(steps.map((step) => [step, rig.rotationKey(kernel, step)]));
  const input = toKernel(rig, kernel, cipher);

  const simd = (): Ciphertext => {
    using digits = kernel.decompose(input);
    const babies = Array.from({ length: BABY_STEPS.simd }, (_, b) =>
      b === 0 ? kernel.extend(digits) : kernel.rotateHoistedExtended(digits, keys.get(b)!),
    );
    const sums = kernel.sumsOfPlainProducts(
      forKernel.map((row) => row.map((plain, b) => ({ value: babies[b], plain }))),
    );
    for (const baby of babies) baby.dispose();
    let total = sums[0];
    for (let g = 1; g < sums.length; g++) {
      using giant = kernel.rotateExtended(sums[g], keys.get(g * BABY_STEPS.simd)!);
      const next = kernel.add(total, giant);
      total.dispose();
      sums[g].dispose();
      total = next;
    }
    using extended = total;
    return kernel.modDown(extended);
  };

  const result = new rig.seal.Ciphertext();
  const babies = Array.from({ length: BABY_STEPS.seal }, () => new rig.seal.Ciphertext());
  const sum = new rig.seal.Ciphertext();
  const product = new rig.seal.Ciphertext();
  const reference = (): void => {
    babies.forEach((baby, b) => {
      if (b === 0) baby.assign(cipher);
      else evaluator.rotateVector(cipher, b, galoisKeys, baby);
    });
    forSeal.forEach((row, g) => {
      row.forEach((plain, b) => {
        evaluator.multiplyPlain(babies[b], plain, b === 0 ? sum : product);
        if (b > 0) evaluator.addInplace(sum, product);
      });
      if (g === 0) {
        result.assign(sum);
      } else {
        evaluator.rotateVectorInplace(sum, g * BABY_STEPS.seal, galoisKeys);
        evaluator.addInplace(result, sum);
      }
    });
  };

  const expected = Float64Array.from({ length: SIZE }, (_, row) =>
    vector.reduce((total, x, column) => total + entry(row, column) * x, 0),
  );
  reference();
  check(decrypt(rig, result), expected);
  toSeal(rig, kernel, simd(), result);
  check(decrypt(rig, result), expected);

  const [fast, slow] = takeTurns(() => {
    simd().dispose();
  }, reference);
  return {
    op: "matvec128",
    n,
    primes: rig.primes.length,
    ms: { simd: rounded(fast), seal: rounded(slow) },
    ratio: rounded(slow / fast),
  };
}

function check(slots: Float64Array, expected: Float64Array): void {
  const worst = slots.reduce((most, x, i) => Math.max(most, Math.abs(x - expected[i % SIZE])), 0);
  if (!(worst < TOLERANCE)) throw new Error(`the encrypted product is off by ${worst}`);
}
