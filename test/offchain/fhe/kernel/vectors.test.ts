import { expect } from "chai";

import type { Ciphertext } from "../../../../offchain/fhe/kernel/handles.ts";
import { createKernel } from "../../../../offchain/fhe/kernel/kernel.ts";
import { Owner } from "../../../../offchain/fhe/kernel/owner.ts";
import { cases, components, digest, keyDigits, params } from "../ring/hoisted-vectors.ts";

describe("hoisted-1 in the kernel", function () {
  this.timeout(20_000);

  for (const vector of cases) {
    it(`reproduces the vectors at level ${vector.level}`, async () => {
      const kernel = await createKernel({ params, semantics: "hoisted-1" });
      using owner = new Owner();
      const { element, level } = vector;
      const top = params.data.length;
      const key = kernel.importKey(owner, element, top, keyDigits());
      const relin = kernel.importKey(owner, 0, top, keyDigits());
      const [c0, c1, c2] = components(level);
      const pair = kernel.importCiphertext(owner, [...c0, ...c1], level);
      const three = kernel.importCiphertext(owner, [...c0, ...c1, ...c2], level);
      const of = (value: Ciphertext): string => digest(kernel.exportCiphertext(value));

      const digits = kernel.decompose(pair);
      expect(of(kernel.rotate(pair, key))).to.equal(vector.rotateHoisted);
      expect(of(kernel.rotateHoisted(digits, key))).to.equal(vector.rotateHoisted);
      const extended = kernel.rotateHoistedExtended(digits, key);
      expect(of(extended)).to.equal(vector.rotateHoistedExt);
      expect(of(kernel.modDown(extended))).to.equal(vector.modDown);
      expect(of(kernel.rotateExtended(extended, key))).to.equal(vector.rotateExt);
      expect(of(kernel.relinearise(three, relin))).to.equal(vector.relinearise);
      expect(of(kernel.rescale(pair, 1))).to.equal(vector.rescale1);
      expect(of(kernel.rescale(pair, 2))).to.equal(vector.rescale2);
    });
  }
});
