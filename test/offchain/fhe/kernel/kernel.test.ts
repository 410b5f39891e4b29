import { expect } from "chai";

import { KernelMemoryError, KernelUnavailableError, KernelUseError } from "../../../../offchain/fhe/kernel/errors.ts";
import { createKernel, type Kernel, type KernelOptions } from "../../../../offchain/fhe/kernel/kernel.ts";
import { Owner } from "../../../../offchain/fhe/kernel/owner.ts";
import { nttPrimes } from "../../../../offchain/fhe/ring/primes.ts";
import { somePolynomial } from "../ring/polynomials.ts";

const N = 4096;
const PRIMES = nttPrimes(N, 30, 4);
const PARAMS = { n: N, data: PRIMES.slice(0, 3), special: PRIMES.slice(3), groups: [[0], [1], [2]] };

const rows = (indices: readonly number[], seed = 0): Uint32Array[] =>
  indices.map((index, k) => somePolynomial(N, PRIMES[index], seed + k));
const ciphertextRows = (level: number, components = 2): Uint32Array[] =>
  rows(Array.from({ length: level * components }, (_, k) => k % level));
const keyDigits = (level: number): { b: Uint32Array[]; a: Uint32Array[] }[] => {
  const indices = [...Array.from({ length: level }, (_, i) => i), 3];
  return Array.from({ length: level }, (_, j) => ({ b: rows(indices, j), a: rows(indices, 50 + j) }));
};

describe("kernel", function () {
  this.timeout(30_000);
  let kernel: Kernel;
  let hoisted: Kernel;
  const owner = new Owner();

  before(async () => {
    kernel = await createKernel({ params: PARAMS, semantics: "seal-4.1" });
    hoisted = await createKernel({ params: PARAMS, semantics: "hoisted-1" });
  });
  afterEach(() => {
    owner.dispose();
  });

  it("leaks nothing over thousands of operations, and its memory stops growing", () => {
    const before = [hoisted.takenCount, hoisted.takenBytes];
    const key = hoisted.importKey(owner, 3, 3, keyDigits(3));
    const relin = hoisted.importKey(owner, 0, 3, keyDigits(3));
    const model = new Owner();
    const plain = hoisted.importPlaintext(model, rows([0, 1, 2, 3]), 3, true);
    let size = 0;
    for (let request = 0; request < 300; request++) {
      using values = new Owner();
      const a = hoisted.importCiphertext(values, ciphertextRows(3), 3);
      const digits = hoisted.decompose(a);
      const extended = hoisted.rotateHoistedExtended(digits, key);
      const product = hoisted.mulPlain(extended, plain);
      const b = hoisted.modDown(hoisted.add(product, extended));
      const c = hoisted.relinearise(hoisted.mul(a, b), relin);
      hoisted.rescale(hoisted.rotate(hoisted.sub(c, a), key), 2);
      expect(values.liveCount).to.equal(11);
      if (request === 2) size = hoisted.memoryBytes;
    }
    expect(hoisted.memoryBytes).to.equal(size);
    owner.dispose();
    model.dispose();
    expect([hoisted.takenCount, hoisted.takenBytes]).to.deep.equal(before);
  });

  it("gives results to the owner of the first operand, and leaves operands as they are", () => {
    const other = new Owner();
    const a = kernel.importCiphertext(owner, ciphertextRows(2), 2);
    const b = kernel.importCiphertext(other, ciphertextRows(2), 2);
    const before = kernel.exportCiphertext(a);
    expect(kernel.add(a, b).owner).to.equal(owner);
    expect(kernel.add(b, a).owner).to.equal(other);
    expect(kernel.exportCiphertext(a)).to.deep.equal(before);
    other.dispose();
    expect(() => kernel.add(a, b)).to.throw(KernelUseError, "disposed");
    a.dispose();
    a.dispose();
    expect(() => kernel.negate(a)).to.throw(KernelUseError, "disposed");
  });

  it("returns what was imported", () => {
    const polynomials = ciphertextRows(3, 3);
    const value = kernel.importCiphertext(owner, polynomials, 3);
    expect(kernel.exportCiphertext(value)).to.deep.equal(polynomials);
  });

  it("adds and subtracts ciphertexts of different numbers of components", () => {
    const two = kernel.importCiphertext(owner, ciphertextRows(2), 2);
    const three = kernel.mul(two, two);
    const zero = kernel.sub(two, two);
    expect(kernel.exportCiphertext(kernel.add(zero, three))).to.deep.equal(kernel.exportCiphertext(three));
    expect(kernel.exportCiphertext(kernel.sub(three, zero))).to.deep.equal(kernel.exportCiphertext(three));
    const negated = kernel.exportCiphertext(kernel.negate(three));
    expect(kernel.exportCiphertext(kernel.sub(zero, three))).to.deep.equal(negated);
  });

  it("uses a key at and below its level", () => {
    const low = kernel.importKey(owner, 3, 2, keyDigits(2));
    const value = kernel.importCiphertext(owner, ciphertextRows(3), 3);
    expect(() => kernel.rotate(value, low)).to.throw(KernelUseError, "level 3");
    expect(kernel.rotate(kernel.modSwitch(value), low).level).to.equal(2);
    expect(kernel.rotate(kernel.modSwitch(value, 2), low).level).to.equal(1);
  });

  it("refuses malformed imports and leaves nothing behind", () => {
    const taken = kernel.takenCount;
    const tooLarge = ciphertextRows(2);
    tooLarge[3][N - 1] = PRIMES[1];
    expect(() => kernel.importCiphertext(owner, tooLarge, 2)).to.throw(KernelUseError, "not below its prime");
    const tooShort = [...ciphertextRows(2).slice(0, 3), new Uint32Array(N - 4)];
    expect(() => kernel.importCiphertext(owner, tooShort, 2)).to.throw(KernelUseError, "4096 residues");
    expect(() => kernel.importCiphertext(owner, ciphertextRows(2), 4)).to.throw(KernelUseError, "level");
    expect(() => kernel.importCiphertext(owner, ciphertextRows(2), 0)).to.throw(KernelUseError, "level");
    expect(() => kernel.importCiphertext(owner, ciphertextRows(2, 4), 2)).to.throw(KernelUseError, "components");
    expect(() => kernel.importPlaintext(owner, rows([0, 1, 2]), 3, true)).to.throw(KernelUseError);
    expect(() => kernel.importKey(owner, 3, 3, keyDigits(3).slice(1))).to.throw(KernelUseError, "2 digits");
    expect(() => kernel.importKey(owner, 4, 3, keyDigits(3))).to.throw(RangeError, "odd");
    const lacking = keyDigits(3);
    lacking[2].a.pop();
    expect(() => kernel.importKey(owner, 3, 3, lacking)).to.throw(KernelUseError, "lacks residues");
    expect(kernel.takenCount).to.equal(taken);
    expect(owner.liveCount).to.equal(0);
  });

  it("refuses operands that do not go together", () => {
    const a = kernel.importCiphertext(owner, ciphertextRows(3), 3);
    const low = kernel.modSwitch(a);
    const three = kernel.mul(a, a);
    const foreign = hoisted.importCiphertext(owner, ciphertextRows(3), 3);
    const relin = kernel.importKey(owner, 0, 3, keyDigits(3));
    const galois = kernel.importKey(owner, 3, 3, keyDigits(3));
    const plain = kernel.importPlaintext(owner, rows([0, 1]), 2);
    const scalar = Uint32Array.of(1, 2, 3);
    const refusals: [() => unknown, string][] = [
      [() => kernel.add(a, low), "levels 3 and 2"],
      [() => kernel.add(a, foreign), "another kernel"],
      [() => kernel.mulPlain(a, plain), "levels 3 and 2"],
      [() => kernel.addPlain(a, plain), "levels 3 and 2"],
      [() => kernel.mul(three, a), "2 components"],
      [() => kernel.rotate(three, galois), "2 components"],
      [() => kernel.relinearise(a, relin), "3 components"],
      [() => kernel.relinearise(three, galois), "Galois key"],
      [() => kernel.rotate(a, relin), "relinearisation key"],
      [() => kernel.rescale(a, 3), "cannot be dropped"],
      [() => kernel.modSwitch(a, 0), "cannot be dropped"],
      [() => kernel.modDown(a), "special primes"],
      [() => kernel.decompose(a), "hoisted-1"],
      [() => kernel.sumOfPlainProducts([]), "1 to 1024 terms"],
      [() => kernel.mulScalar(a, scalar.subarray(1)), "one residue"],
      [() => kernel.addScalar(a, Uint32Array.of(1, PRIMES[1], 1)), "one residue"],
    ];
    const taken = kernel.takenCount;
    for (const [refused, reason] of refusals) expect(refused).to.throw(KernelUseError, reason);
    expect(kernel.takenCount).to.equal(taken);
  });

  it("refuses parameters it cannot serve", async () => {
    const refusals: [Partial<KernelOptions>, string][] = [
      [{ params: { ...PARAMS, n: 2048 } }, "ring degree"],
      [{ params: { ...PARAMS, special: [] } }, "special primes"],
      [{ params: { ...PARAMS, groups: [[0], [2], [1]] } }, "groups"],
      [{ params: { ...PARAMS, groups: [[0], [1]] } }, "groups"],
      [{ params: { ...PARAMS, groups: [[0, 1], [2]] } }, "seal-4.1"],
      [{ params: { ...PARAMS, data: PRIMES.slice(0, 2), special: PRIMES.slice(2), groups: [[0], [1]] } }, "seal-4.1"],
    ];
    for (const [options, reason] of refusals) {
      const outcome = await createKernel({ params: PARAMS, semantics: "seal-4.1", ...options }).catch(
        (e: unknown) => e,
      );
      expect(outcome).to.be.instanceOf(KernelUseError);
      expect((outcome as Error).message).to.include(reason);
    }
  });

  it("says so when memory or WebAssembly is not to be had", async () => {
    const options = { params: PARAMS, semantics: "hoisted-1" as const };
    const small = await createKernel({ ...options, maxBytes: 2 ** 21 });
    const taken = small.takenCount;
    const fill = (): void => {
      for (let i = 0; i < 100; i++) small.importCiphertext(owner, ciphertextRows(3), 3);
    };
    expect(fill).to.throw(KernelMemoryError, "more bytes");
    owner.dispose();
    expect(small.takenCount).to.equal(taken);
    const outcome = await createKernel({ ...options, source: Uint8Array.of(0, 1, 2) }).catch((e: unknown) => e);
    expect(outcome).to.be.instanceOf(KernelUnavailableError);
  });
});
