import { expect } from "chai";
import type { Ciphertext as SealCiphertext, Evaluator, GaloisKeys, RelinKeys } from "node-seal/allows";

import type { Ciphertext, SwitchKey } from "../../../../offchain/fhe/kernel/handles.ts";
import { createKernel, type Kernel } from "../../../../offchain/fhe/kernel/kernel.ts";
import type { KernelSource } from "../../../../offchain/fhe/kernel/load.ts";
import { Owner } from "../../../../offchain/fhe/kernel/owner.ts";
import { conjugationElement, galoisElement } from "../../../../offchain/fhe/ring/automorphism.ts";
import { somePolynomial } from "../ring/polynomials.ts";
import { createOracle, type SealOracle } from "../ring/seal-oracle.ts";

/** node-seal and the kernel with the same keys, and a way to put the same ciphertexts to both. */
export class Pair {
  readonly oracle: SealOracle;
  readonly kernel: Kernel;
  readonly evaluator: Evaluator;
  readonly galoisKeys: GaloisKeys;
  readonly relinKeys: RelinKeys;
  readonly rotations: Map<number, SwitchKey>;
  readonly conjugation: SwitchKey;
  readonly relin: SwitchKey;
  readonly owner = new Owner();
  readonly #keys = new Owner();

  static async create(n: number, bits: number[], steps: number[], source?: KernelSource): Promise<Pair> {
    const oracle = await createOracle(n, bits);
    const data = oracle.primes.slice(0, -1);
    const params = { n, data, special: oracle.primes.slice(-1), groups: data.map((_, i) => [i]) };
    const kernel = await createKernel({ params, semantics: "seal-4.1", ...(source === undefined ? {} : { source }) });
    return new Pair(oracle, kernel, steps);
  }

  private constructor(oracle: SealOracle, kernel: Kernel, steps: number[]) {
    this.oracle = oracle;
    this.kernel = kernel;
    const { seal, context, n, primes } = oracle;
    const generator = new seal.KeyGenerator(context);
    // Step 0 stands for conjugation.
    this.galoisKeys = generator.createGaloisKeysWithSteps(Int32Array.from([0, ...steps]));
    this.relinKeys = generator.createRelinKeys();
    generator.delete();
    this.evaluator = new seal.Evaluator(context);
    const level = primes.length - 1;
    const galois = oracle.readKeys(this.galoisKeys);
    const open = (element: number): SwitchKey =>
      kernel.importKey(this.#keys, element, level, galois[(element - 1) / 2]!);
    this.rotations = new Map(steps.map((step) => [step, open(galoisElement(step, n))]));
    this.conjugation = open(conjugationElement(n));
    this.relin = kernel.importKey(this.#keys, 0, level, oracle.readKeys(this.relinKeys)[0]!);
  }

  /** The same ciphertext to both; `draw` chooses each polynomial. */
  ciphertexts(
    level: number,
    components: number,
    draw: (q: number, k: number) => Uint32Array,
  ): [SealCiphertext, Ciphertext] {
    const polynomials = Array.from({ length: components * level }, (_, k) => draw(this.oracle.primes[k % level], k));
    return [this.oracle.write(polynomials, level), this.kernel.importCiphertext(this.owner, polynomials, level)];
  }

  /** Compares and frees all that came of it. */
  expectSame(expected: SealCiphertext, actual: Ciphertext, what: string): void {
    const residues = this.oracle.read(expected);
    const own = this.kernel.exportCiphertext(actual);
    expect(own.length, what).to.equal(residues.length);
    own.forEach((row, k) => {
      expect(Buffer.from(row.buffer).equals(Buffer.from(residues[k].buffer)), `${what}, polynomial ${k}`).to.equal(
        true,
      );
    });
  }

  dispose(): void {
    this.owner.dispose();
    this.#keys.dispose();
    for (const object of [this.evaluator, this.galoisKeys, this.relinKeys, this.oracle.context]) object.delete();
  }
}

/** Runs every operation on both at one level and compares the bytes. */
export function compareOperations(pair: Pair, level: number, draw: (q: number, k: number) => Uint32Array): void {
  const { oracle, kernel, evaluator } = pair;
  const out = new oracle.seal.Ciphertext();
  const [sealA, a] = pair.ciphertexts(level, 2, draw);
  const [sealB, b] = pair.ciphertexts(level, 2, (q, k) => somePolynomial(oracle.n, q, 7 * k + level));
  const at = `level ${level}`;

  evaluator.add(sealA, sealB, out);
  pair.expectSame(out, kernel.add(a, b), `add, ${at}`);
  evaluator.sub(sealA, sealB, out);
  pair.expectSame(out, kernel.sub(a, b), `sub, ${at}`);
  evaluator.negate(sealA, out);
  pair.expectSame(out, kernel.negate(a), `negate, ${at}`);

  for (const [step, key] of pair.rotations) {
    evaluator.rotateVector(sealA, step, pair.galoisKeys, out);
    pair.expectSame(out, kernel.rotate(a, key), `rotate by ${step}, ${at}`);
  }
  evaluator.complexConjugate(sealA, pair.galoisKeys, out);
  pair.expectSame(out, kernel.rotate(a, pair.conjugation), `conjugate, ${at}`);

  const product = kernel.mul(a, b);
  evaluator.multiply(sealA, sealB, out);
  pair.expectSame(out, product, `mul, ${at}`);
  evaluator.relinearizeInplace(out, pair.relinKeys);
  pair.expectSame(out, kernel.relinearise(product, pair.relin), `relinearise, ${at}`);
  evaluator.square(sealA, out);
  pair.expectSame(out, kernel.mul(a, a), `square, ${at}`);

  if (level > 1) {
    evaluator.rescaleToNext(sealA, out);
    pair.expectSame(out, kernel.rescale(a), `rescale, ${at}`);
    evaluator.cipherModSwitchToNext(sealA, out);
    pair.expectSame(out, kernel.modSwitch(a), `modSwitch, ${at}`);
  }
  if (level > 2) {
    const last = oracle.context.lastParmsId();
    evaluator.rescaleTo(sealA, last, out);
    pair.expectSame(out, kernel.rescale(a, level - 1), `rescale to the last level, ${at}`);
    last.delete();
  }
  comparePlain(pair, level, sealA, a, out);

  for (const object of [sealA, sealB, out]) object.delete();
  pair.owner.dispose();
}

function comparePlain(pair: Pair, level: number, sealA: SealCiphertext, a: Ciphertext, out: SealCiphertext): void {
  const { oracle, kernel, evaluator } = pair;
  const { seal, context, n, primes } = oracle;
  const encoder = new seal.CKKSEncoder(context);
  const plain = new seal.Plaintext();
  encoder.encode(
    Float64Array.from({ length: n / 2 }, (_, i) => Math.sin(i)),
    2 ** 20,
    plain,
  );
  const parmsId = sealA.parmsId();
  evaluator.plainModSwitchToInplace(plain, parmsId);
  const bytes = (plain.saveToArray(seal.ComprModeType.none) as Uint8Array).slice(88, 88 + 8 * n * level);
  const words = Array.from(new BigUint64Array(bytes.buffer), Number);
  const rows = primes.slice(0, level).map((_, i) => Uint32Array.from(words.slice(i * n, (i + 1) * n)));
  const own = kernel.importPlaintext(pair.owner, rows, level);

  plain.setScale(sealA.scale());
  evaluator.addPlain(sealA, plain, out);
  pair.expectSame(out, kernel.addPlain(a, own), `addPlain, level ${level}`);
  evaluator.multiplyPlain(sealA, plain, out);
  pair.expectSame(out, kernel.mulPlain(a, own), `mulPlain, level ${level}`);
  for (const object of [encoder, plain, parmsId]) object.delete();
}
