import { expect } from "chai";

import { generatePack, packRoot, parsePack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import { expandPolynomial } from "../../../../offchain/fhe/ckks/key-set.ts";
import { N8192_D6_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { generateSecret } from "../../../../offchain/fhe/ckks/secret.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { fastestExpansion } from "../../../../offchain/fhe/kernel/expand-polynomial.ts";

describe("expansion on the kernel", function () {
  this.timeout(30_000);
  const KEY_SET = `0x${"3c".repeat(32)}` as const;

  it("gives the same keys and the same root as plain TypeScript", async () => {
    const expand = await fastestExpansion();
    expect(expand, "WebAssembly SIMD is there").to.not.equal(expandPolynomial);
    const params = N8192_D6_S1.set;
    using secret = generateSecret(params);
    const needs = [
      { kind: "galois", element: 5, gadget: 1, level: 2 },
      { kind: "relin", gadget: 1, level: 1 },
    ] as const;
    const plain = await generatePack(secret, KEY_SET, needs);
    const fast = await generatePack(secret, KEY_SET, needs, { expand });
    expect(Buffer.from(fast).equals(Buffer.from(plain))).to.equal(true);
    const pack = parsePack(untrusted(plain), { params, keySetId: KEY_SET, maxBytes: plain.length });
    expect(packRoot(pack, [], expand)).to.equal(packRoot(pack));
  });
});
