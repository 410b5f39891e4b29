import { expect } from "chai";
import fc from "fast-check";

import { packBits, packedBytes, unpackBits } from "../../../../offchain/fhe/result/pack-bits.ts";
import { pack } from "./reference.ts";

describe("Packing at a width", () => {
  const cases = fc
    .integer({ min: 1, max: 31 })
    .chain((width) =>
      fc.tuple(
        fc.constant(width),
        fc.array(fc.integer({ min: 0, max: 2 ** width - 1 }), { minLength: 1, maxLength: 70 }),
      ),
    );

  it("writes the little-endian bit string, and reads it back", () => {
    fc.assert(
      fc.property(cases, ([width, values]) => {
        const bytes = new Uint8Array(packedBytes(values.length, width));
        packBits(Uint32Array.from(values), width, bytes);
        expect(Buffer.from(bytes).equals(pack(values, width))).to.equal(true);
        expect([...(unpackBits(bytes, values.length, width) ?? [])]).to.deep.equal(values);
      }),
    );
  });

  it("refuses another length, and any padding bit that is set", () => {
    const bytes = new Uint8Array(packedBytes(3, 14));
    packBits(Uint32Array.of(1, 2, 16383), 14, bytes);
    expect(unpackBits(bytes.subarray(1), 3, 14)).to.equal(undefined);
    expect(unpackBits(Uint8Array.of(...bytes, 0), 3, 14)).to.equal(undefined);
    for (let bit = 2; bit < 8; bit++) {
      const padded = bytes.slice();
      padded[5] |= 1 << bit;
      expect(unpackBits(padded, 3, 14), `bit ${bit}`).to.equal(undefined);
    }
    expect([...(unpackBits(bytes, 3, 14) ?? [])]).to.deep.equal([1, 2, 16383]);
  });
});
