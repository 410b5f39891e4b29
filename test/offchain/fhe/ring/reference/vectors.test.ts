import { expect } from "chai";

import { modDown, rescale } from "../../../../../offchain/fhe/ring/reference/divide.ts";
import { decompose } from "../../../../../offchain/fhe/ring/reference/key-switch.ts";
import { createReferenceRing } from "../../../../../offchain/fhe/ring/reference/ring.ts";
import {
  relinearise,
  rotateExtended,
  rotateHoisted,
  rotateHoistedExtended,
} from "../../../../../offchain/fhe/ring/reference/rotate.ts";
import { cases, components, digest, keyDigits, params } from "../hoisted-vectors.ts";

describe("hoisted-1 in plain functions", function () {
  this.timeout(20_000);

  for (const vector of cases) {
    it(`reproduces the vectors at level ${vector.level}`, () => {
      const ring = createReferenceRing(params);
      const key = { level: params.data.length, digits: keyDigits() };
      const [c0, c1, c2] = components(vector.level);
      const digits = decompose(ring, c1);
      expect(digest(digits.flat())).to.equal(vector.decompose);
      expect(digest(rotateHoisted(ring, c0, digits, vector.element, key).flat())).to.equal(vector.rotateHoisted);
      const extended = rotateHoistedExtended(ring, c0, digits, vector.element, key);
      expect(digest(extended.flat())).to.equal(vector.rotateHoistedExt);
      expect(digest(extended.flatMap((x) => modDown(ring, x)))).to.equal(vector.modDown);
      expect(digest(rotateExtended(ring, extended, vector.element, key).flat())).to.equal(vector.rotateExt);
      expect(digest(relinearise(ring, [c0, c1, c2], key, "hoisted-1").flat())).to.equal(vector.relinearise);
      expect(digest([c0, c1].flatMap((x) => rescale(ring, x, 1)))).to.equal(vector.rescale1);
      expect(digest([c0, c1].flatMap((x) => rescale(ring, x, 2)))).to.equal(vector.rescale2);
    });
  }
});
