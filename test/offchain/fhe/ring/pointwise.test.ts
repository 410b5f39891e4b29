import { expect } from "chai";

import { addMod, mulMod, negateMod, subMod } from "../../../../offchain/fhe/ring/modular.ts";
import {
  addPolynomials,
  mulAddPolynomials,
  mulPolynomials,
  negatePolynomial,
  scalePolynomial,
  subPolynomials,
} from "../../../../offchain/fhe/ring/pointwise.ts";
import { adversarialPolynomials, somePolynomial } from "./polynomials.ts";

describe("pointwise arithmetic", function () {
  this.timeout(20_000);

  it("does to each residue what modular arithmetic does, at the bounds of the range too", () => {
    const n = 64;
    const q = 1073692673;
    const inputs = [
      ...adversarialPolynomials(n, q).map(([, a]) => a),
      somePolynomial(n, q, 1),
      somePolynomial(n, q, 2),
    ];
    for (const a of inputs) {
      expect(negatePolynomial(a, q)).to.deep.equal(a.map((x) => negateMod(x, q)));
      for (const b of inputs) {
        expect(addPolynomials(a, b, q)).to.deep.equal(a.map((x, i) => addMod(x, b[i], q)));
        expect(subPolynomials(a, b, q)).to.deep.equal(a.map((x, i) => subMod(x, b[i], q)));
        expect(mulPolynomials(a, b, q)).to.deep.equal(a.map((x, i) => mulMod(x, b[i], q)));
        expect(scalePolynomial(a, b[5], q)).to.deep.equal(a.map((x) => mulMod(x, b[5], q)));
        const sum = b.slice();
        mulAddPolynomials(sum, a, b, q);
        expect(sum).to.deep.equal(a.map((x, i) => addMod(b[i], mulMod(x, b[i], q), q)));
      }
    }
  });

  it("writes where it is told, also over an operand", () => {
    const q = 12289;
    const a = Uint32Array.of(1, 2, 3, 12288);
    const out = addPolynomials(a, a, q, a);
    expect(out).to.equal(a);
    expect([...a]).to.deep.equal([2, 4, 6, 12287]);
  });
});
