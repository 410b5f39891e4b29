import { expect } from "chai";

import { N8192_D6_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { createKernel, type Kernel } from "../../../../offchain/fhe/kernel/kernel.ts";
import { Owner } from "../../../../offchain/fhe/kernel/owner.ts";
import { expandUniform } from "../../../../offchain/fhe/ring/expand.ts";

const { set: params } = N8192_D6_S1;
const LEVEL = 2;
const seed = new Uint8Array(32).fill(9);
const poly = (name: string, limb: number): Uint32Array => expandUniform(seed, name, params.data[limb], params.n);

describe("a sum of products with scalars", function () {
  this.timeout(30_000);
  let kernel: Kernel;
  before(async () => {
    kernel = await createKernel({ params, semantics: "seal-4.1" });
  });

  for (const components of [2, 3]) {
    // Around the number of terms that are taken at once, and the most there may be.
    for (const count of [1, 2, 11, 12, 22, 23, 40, 1024]) {
      it(`is exact for ${count} terms of ${components} components`, () => {
        using owner = new Owner();
        // Few ciphertexts, many terms: a term may stand more than once.
        const rows = Array.from({ length: 5 }, (_, v) =>
          Array.from({ length: components * LEVEL }, (_, k) => poly(`${v}/${k}`, k % LEVEL)),
        );
        const values = rows.map((row) => kernel.importCiphertext(owner, row, LEVEL));
        const scalars = Array.from({ length: count }, (_, t) =>
          Uint32Array.from({ length: LEVEL }, (_, limb) => {
            const q = params.data[limb];
            return [q - 1, 0, 1, (t * 7919 + 1) % q][t % 4];
          }),
        );
        const before = kernel.takenCount;
        const sum = kernel.sumOfScalarProducts(scalars.map((scalar, t) => ({ value: values[t % 5], scalar })));
        const residues = kernel.exportCiphertext(sum);
        for (let k = 0; k < components * LEVEL; k++) {
          const q = BigInt(params.data[k % LEVEL]);
          for (const index of [0, 1, 7, 8, 4095, 8191]) {
            const expected = scalars.reduce(
              (total, scalar, t) => total + BigInt(scalar[k % LEVEL]) * BigInt(rows[t % 5][k][index]),
              0n,
            );
            expect(residues[k][index]).to.equal(Number(expected % q));
          }
        }
        sum.dispose();
        expect(kernel.takenCount).to.equal(before);
      });
    }
  }
});
