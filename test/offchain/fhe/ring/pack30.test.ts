import { expect } from "chai";
import fc from "fast-check";

import { ResidueFormatError } from "../../../../offchain/fhe/ring/errors.ts";
import { pack30, packed30Bytes, unpack30 } from "../../../../offchain/fhe/ring/pack30.ts";
import vectors from "../../../vectors/ring.json" with { type: "json" };

const PRIME = 1073692673;

describe("30-bit packing", () => {
  it("reproduces the vectors", () => {
    for (const { prime, residues, bytes } of vectors.pack30) {
      const packed = pack30(Uint32Array.from(residues), prime);
      expect(Buffer.from(packed).toString("hex")).to.equal(bytes);
      expect([...unpack30(packed, prime, residues.length)]).to.deep.equal(residues);
    }
  });

  it("returns what was packed, from any offset in a larger blob", () => {
    const residues = fc.array(fc.integer({ min: 0, max: PRIME - 1 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(residues, fc.nat(7), (values, offset) => {
        const blob = new Uint8Array(offset + packed30Bytes(8) + 3).fill(0xff);
        blob.set(pack30(Uint32Array.from(values), PRIME), offset);
        expect([...unpack30(blob.subarray(offset, offset + packed30Bytes(8)), PRIME, 8)]).to.deep.equal(values);
      }),
    );
  });

  it("refuses a residue that is not below its prime, in any position, in either direction", () => {
    for (let position = 0; position < 8; position++) {
      for (const value of [PRIME, 2 ** 30 - 1]) {
        const residues = new Uint32Array(8);
        residues[position] = value;
        expect(() => pack30(residues, PRIME)).to.throw(ResidueFormatError, "not below its prime");
        const packed = pack30(residues, 2 ** 30);
        expect(() => unpack30(packed, PRIME, 8)).to.throw(ResidueFormatError, "not below its prime");
      }
    }
    expect(() => pack30(new Uint32Array(4).fill(2 ** 31), PRIME)).to.throw(ResidueFormatError);
  });

  it("refuses a wrong number of bytes or residues", () => {
    expect(() => unpack30(new Uint8Array(14), PRIME, 4)).to.throw(ResidueFormatError, "cannot hold");
    expect(() => unpack30(new Uint8Array(16), PRIME, 4)).to.throw(ResidueFormatError);
    expect(() => unpack30(new Uint8Array(0), PRIME, 3)).to.throw(ResidueFormatError);
    expect(() => pack30(new Uint32Array(3), PRIME)).to.throw(ResidueFormatError);
  });
});
