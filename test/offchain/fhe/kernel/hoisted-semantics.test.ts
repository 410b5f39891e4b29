import { expect } from "chai";

import type { Ciphertext, Plaintext } from "../../../../offchain/fhe/kernel/handles.ts";
import { createKernel } from "../../../../offchain/fhe/kernel/kernel.ts";
import { Owner } from "../../../../offchain/fhe/kernel/owner.ts";
import { conjugationElement, galoisElement } from "../../../../offchain/fhe/ring/automorphism.ts";
import { addPolynomials, mulPolynomials } from "../../../../offchain/fhe/ring/pointwise.ts";
import { nttPrimes } from "../../../../offchain/fhe/ring/primes.ts";
import { modDown, rescale } from "../../../../offchain/fhe/ring/reference/divide.ts";
import { decompose } from "../../../../offchain/fhe/ring/reference/key-switch.ts";
import {
  createReferenceRing,
  extendedIndices,
  groupsAt,
  type ReferenceKey,
  type ReferenceRing,
  type Residues,
} from "../../../../offchain/fhe/ring/reference/ring.ts";
import {
  extend,
  relinearise,
  rotateExtended,
  rotateHoisted,
  rotateHoistedExtended,
} from "../../../../offchain/fhe/ring/reference/rotate.ts";
import { adversarialPolynomials, somePolynomial } from "../ring/polynomials.ts";

type Draw = (q: number, k: number) => Uint32Array;

interface Params {
  readonly n: number;
  readonly data: readonly number[];
  readonly special: readonly number[];
  readonly groups: readonly (readonly number[])[];
}

function setOf(n: number, data: number, special: number, group: number): Params {
  const primes = nttPrimes(n, 30, data + special);
  const groups = Array.from({ length: Math.ceil(data / group) }, (_, g) =>
    Array.from({ length: data }, (_, i) => i).filter((i) => Math.floor(i / group) === g),
  );
  return { n, data: primes.slice(0, data), special: primes.slice(data), groups };
}

/** A key of arbitrary residues: what a key switch computes does not depend on their making sense. */
function someKey(ring: ReferenceRing, level: number, seed: number): ReferenceKey {
  const indices = extendedIndices(ring, level);
  const rows = (from: number): Uint32Array[] =>
    indices.map((index) => somePolynomial(ring.n, ring.primes[index], from + index));
  return {
    level,
    digits: groupsAt(ring, level).map((_, g) => ({ b: rows(seed + 100 * g), a: rows(seed + 100 * g + 50) })),
  };
}

function expectSame(actual: readonly Uint32Array[], expected: readonly Residues[], what: string): void {
  const rows = expected.flat();
  expect(actual.length, what).to.equal(rows.length);
  actual.forEach((row, k) => {
    expect(Buffer.from(row.buffer).equals(Buffer.from(rows[k].buffer)), `${what}, polynomial ${k}`).to.equal(true);
  });
}

async function compare(set: Params, levels: readonly number[], draw: Draw): Promise<void> {
  const ring = createReferenceRing(set);
  const kernel = await createKernel({ params: set, semantics: "hoisted-1" });
  const top = set.data.length;
  const elements = [galoisElement(3, set.n), conjugationElement(set.n)];
  using keys = new Owner();
  using values = new Owner();
  // A key for a lower level than the top has fewer digits, and other residues before its special ones.
  const open = (element: number, level: number): [ReferenceKey, ReturnType<typeof kernel.importKey>] => {
    const key = someKey(ring, level, element);
    return [key, kernel.importKey(keys, element, level, key.digits)];
  };
  const rotations = elements.map((element, i) => [element, ...open(element, i === 0 ? top : levels[0])] as const);
  const [relinKey, relinHandle] = open(0, top);

  for (const level of levels) {
    const components = [0, 1, 2].map((c) => set.data.slice(0, level).map((q, i) => draw(q, 10 * c + i)));
    const [c0, c1, c2] = components;
    const pair = kernel.importCiphertext(values, [c0, c1].flat(), level);
    const three = kernel.importCiphertext(values, components.flat(), level);
    const read = (value: Ciphertext): Uint32Array[] => kernel.exportCiphertext(value);
    const at = `level ${level}`;

    const digits = kernel.decompose(pair);
    const referenceDigits = decompose(ring, c1);
    expectSame(read(kernel.extend(digits)), [extend(ring, c0), extend(ring, c1)], `extend, ${at}`);
    for (const [element, key, handle] of rotations) {
      if (key.level < level) continue;
      const rotated = rotateHoisted(ring, c0, referenceDigits, element, key);
      expectSame(read(kernel.rotateHoisted(digits, handle)), rotated, `hoisted rotation, ${at}`);
      expectSame(read(kernel.rotate(pair, handle)), rotated, `rotation, ${at}`);
      const extended = rotateHoistedExtended(ring, c0, referenceDigits, element, key);
      const handleExtended = kernel.rotateHoistedExtended(digits, handle);
      expectSame(read(handleExtended), extended, `extended rotation, ${at}`);
      expectSame(
        read(kernel.modDown(handleExtended)),
        extended.map((x) => modDown(ring, x)),
        `mod-down, ${at}`,
      );
      const again = rotateExtended(ring, extended, element, key);
      expectSame(read(kernel.rotateExtended(handleExtended, handle)), again, `rotation of an extended one, ${at}`);
    }
    const relinearised = relinearise(ring, [c0, c1, c2], relinKey, "hoisted-1");
    expectSame(read(kernel.relinearise(three, relinHandle)), relinearised, `relinearise, ${at}`);
    for (const times of [1, 2, level - 1]) {
      if (times < 1 || times >= level) continue;
      const rescaled = [c0, c1].map((x) => rescale(ring, x, times));
      expectSame(read(kernel.rescale(pair, times)), rescaled, `rescale by ${times}, ${at}`);
    }
    values.dispose();
  }
}

describe("kernel under hoisted-1, byte for byte as the plain reference", function () {
  this.timeout(60_000);

  for (const [name, set, levels] of [
    ["4,096, 2 + 1 primes", setOf(4096, 2, 1, 1), [2, 1]],
    ["8,192, 6 + 1 primes", setOf(8192, 6, 1, 1), [6, 3]],
    ["8,192, 5 + 2 primes, pairs and a rest", setOf(8192, 5, 2, 2), [5, 4, 1]],
    ["16,384, 6 + 3 primes in threes", setOf(16384, 6, 3, 3), [6, 5]],
    ["32,768, 4 + 2 primes in pairs", setOf(32768, 4, 2, 2), [3]],
  ] as [string, Params, number[]][]) {
    it(name, async () => {
      await compare(set, levels, (q, k) => somePolynomial(set.n, q, k));
    });
  }

  it("residues at the bounds", async () => {
    const set = setOf(4096, 4, 2, 2);
    for (const index of [1, 2, 6]) await compare(set, [4], (q) => adversarialPolynomials(set.n, q)[index][1]);
  });

  it("groups as large as they may be: 15 primes in one digit", async () => {
    const set = setOf(4096, 15, 15, 15);
    await compare(set, [15], (q) => new Uint32Array(set.n).fill(q - 1));
  });

  it("sums products with plaintexts, scalars and each other", async () => {
    const set = setOf(4096, 3, 1, 1);
    const kernel = await createKernel({ params: set, semantics: "hoisted-1" });
    using owner = new Owner();
    const count = 21;
    const indices = [0, 1, 2, 3];
    const primes = [...set.data, ...set.special];
    const extreme = (q: number): Uint32Array => new Uint32Array(set.n).fill(q - 1);
    const plains = Array.from({ length: count }, (_, t) =>
      indices.map((i) => (t % 2 ? extreme(primes[i]) : somePolynomial(set.n, primes[i], t))),
    );
    const key = someKey(createReferenceRing(set), 3, 5);
    const pair = kernel.importCiphertext(owner, [...set.data, ...set.data].map(extreme), 3);
    const extended = kernel.rotateHoistedExtended(kernel.decompose(pair), kernel.importKey(owner, 3, 3, key.digits));
    const residues = kernel.exportCiphertext(extended);
    const handles: Plaintext[] = plains.map((rows) => kernel.importPlaintext(owner, rows, 3, true));
    const sum = kernel.sumOfPlainProducts(handles.map((plain) => ({ value: extended, plain })));
    const expected = residues.map((row, k) => {
      const q = primes[k % 4];
      return plains.map((rows) => mulPolynomials(row, rows[k % 4], q)).reduce((x, y) => addPolynomials(x, y, q));
    });
    expectSame(kernel.exportCiphertext(sum), [expected], "sum of plain products");
    const terms = handles.map((plain) => ({ value: extended, plain }));
    const several = kernel.sumsOfPlainProducts([terms, terms.slice(0, 1), terms]);
    const one = kernel.mulPlain(extended, handles[0]);
    expectSame(kernel.exportCiphertext(several[0]), [expected], "first of several sums");
    expectSame(kernel.exportCiphertext(several[1]), [kernel.exportCiphertext(one)], "a sum of one term");
    expectSame(kernel.exportCiphertext(several[2]), [expected], "last of several sums");

    const scalars = Array.from({ length: count }, (_, t) => Uint32Array.from(primes, (q) => q - 1 - t));
    const scaled = kernel.sumOfScalarProducts(scalars.map((scalar) => ({ value: extended, scalar })));
    const expectedScaled = residues.map((row, k) => {
      const q = primes[k % 4];
      const total = scalars.reduce((x, scalar) => (x + scalar[k % 4]) % q, 0);
      return mulPolynomials(row, new Uint32Array(set.n).fill(total), q);
    });
    expectSame(kernel.exportCiphertext(scaled), [expectedScaled], "sum of scalar products");
    const single = kernel.mulScalar(extended, scalars[3]);
    const expectedOne = residues.map((row, k) =>
      mulPolynomials(row, new Uint32Array(set.n).fill(scalars[3][k % 4]), primes[k % 4]),
    );
    expectSame(kernel.exportCiphertext(single), [expectedOne], "scalar product");
    const shifted = kernel.addScalar(extended, scalars[2]);
    const expectedShifted = residues.map((row, k) =>
      k < 4 ? addPolynomials(row, new Uint32Array(set.n).fill(scalars[2][k]), primes[k]) : row,
    );
    expectSame(kernel.exportCiphertext(shifted), [expectedShifted], "scalar sum");
  });
});
