import { expect } from "chai";
import { fromHex } from "../../../../offchain/digest/hex.ts";
import { residuesRoot } from "../../../../offchain/digest/merkle.ts";
import type { KeyBody } from "../../../../offchain/fhe/ckks/key-body.ts";
import { covers, entryOf, missingNeeds, type KeyNeed } from "../../../../offchain/fhe/ckks/key-need.ts";
import { KeyPackError } from "../../../../offchain/fhe/ckks/key-pack-error.ts";
import {
  generatePack,
  packRoot,
  parsePack,
  type KeyPack,
  type ParseOptions,
} from "../../../../offchain/fhe/ckks/key-pack.ts";
import { expandPolynomial, keySeed } from "../../../../offchain/fhe/ckks/key-set.ts";
import { N16384_D13_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { paramsDigest } from "../../../../offchain/fhe/ckks/parameters.ts";
import { decodeCoefficients } from "../../../../offchain/fhe/ckks/encoder.ts";
import { limb, primesOf } from "../../../../offchain/fhe/ckks/residues.ts";
import { secretCoefficients, secretResidues } from "../../../../offchain/fhe/ckks/secret.ts";
import { expandSwitchingKey } from "../../../../offchain/fhe/ckks/switching-key.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { galoisCoefficients } from "../../../../offchain/fhe/ring/automorphism.ts";
import { createNtt } from "../../../../offchain/fhe/ring/ntt.ts";
import { mulAddPolynomials, scalePolynomial, subPolynomials } from "../../../../offchain/fhe/ring/pointwise.ts";
import { keySet, params, secret, thrownBy } from "./fixtures.ts";

const needs: readonly KeyNeed[] = [
  { kind: "relin", gadget: 1, level: 3 },
  { kind: "galois", element: 9, gadget: 1, level: 1 },
  { kind: "galois", element: 3, gadget: 1, level: 2 },
];

const options: ParseOptions = { params, keySetId: keySet, maxBytes: 10_000_000 };

/** A body of kind 4 that holds its element, as another module might bring it. */
const otherBody: KeyBody = {
  kinds: [4],
  bytes: () => 5,
  make: (_secret, _keySet, { element }) => new Uint8Array(5).fill(element & 0xff),
  check(body) {
    if (body[0] === 0xff) throw new KeyPackError("PACK_RESIDUE", "the test refuses it");
  },
  residues: (body) => [Uint32Array.from(body)],
};

describe("key pack", () => {
  let bytes: Uint8Array;
  let pack: KeyPack;
  before(async () => {
    bytes = await generatePack(secret, keySet, needs);
    pack = parsePack(untrusted(bytes), options);
  });

  it("has the bytes the format says", () => {
    const polynomial = (params.n * 30) / 8;
    expect(bytes.length).to.equal(72 + 3 * 16 + (2 * 3 + 1 * 2 + 3 * 4) * polynomial);
    expect(Buffer.from(bytes.subarray(0, 8)).toString("hex")).to.equal("43574b50" + "0100" + "0300");
    expect(Buffer.from(bytes.subarray(8, 40)).equals(fromHex(paramsDigest(params)))).to.equal(true);
    expect(Buffer.from(bytes.subarray(40, 72)).equals(fromHex(keySet))).to.equal(true);
    const view = new DataView(bytes.buffer);
    const table = [0, 1, 2].map((i) => {
      const at = 72 + 16 * i;
      return [
        ...bytes.subarray(at, at + 4),
        view.getUint32(at + 4, true),
        view.getUint32(at + 8, true),
        view.getUint32(at + 12, true),
      ];
    });
    expect(table).to.deep.equal([
      [1, 1, 2, 0, 3, 6 * polynomial, 0],
      [1, 1, 1, 0, 9, 2 * polynomial, 0],
      [2, 1, 3, 0, 0, 12 * polynomial, 0],
    ]);
  });

  it("is the same bytes when it is made again, so that no `a` is ever used with two errors", async () => {
    expect(await generatePack(secret, keySet, needs)).to.deep.equal(bytes);
  });

  it("extends a key to higher levels with the same error", async () => {
    const higher = parsePack(
      untrusted(await generatePack(secret, keySet, [{ kind: "galois", element: 3, gadget: 1, level: 4 }])),
      options,
    );
    const wide = [...expandSwitchingKey(higher.keys[0].body, higher.keys[0], params, keySet)];
    const narrow = [...expandSwitchingKey(pack.keys[0].body, pack.keys[0], params, keySet)];
    const { n } = params;
    narrow.forEach((digit, j) => {
      expect(digit.b.subarray(0, 2 * n)).to.deep.equal(wide[j].b.subarray(0, 2 * n));
      expect(limb(digit.b, 2, n)).to.deep.equal(limb(wide[j].b, 4, n));
    });
  });

  it("gives the digits of a lower level without the rest", async () => {
    const full = parsePack(
      untrusted(await generatePack(secret, keySet, [{ kind: "relin", gadget: 1, level: 3 }])),
      options,
    ).keys[0];
    const all = [...expandSwitchingKey(full.body, full, params, keySet)];
    const lower = [...expandSwitchingKey(full.body, full, params, keySet, 2)];
    const { n } = params;
    expect(lower.length).to.equal(2);
    for (const half of ["a", "b"] as const) {
      const expected = [limb(all[1][half], 0, n), limb(all[1][half], 1, n), limb(all[1][half], 3, n)];
      expect([0, 1, 2].map((i) => limb(lower[1][half], i, n))).to.deep.equal(expected);
    }
    expect(() => [...expandSwitchingKey(full.body, full, params, keySet, 4)]).to.throw(RangeError, /level 3/);
  });

  it("holds b = −(a·s + e) + [P·s′ in limb j], with errors of σ = 3.24, for Galois keys and s²", () => {
    const { n } = params;
    const s = secretResidues(secret);
    for (const key of pack.keys) {
      const digits = [...expandSwitchingKey(key.body, key, params, keySet)];
      const primes = primesOf(params, key.level, "QP");
      const last = primes.length - 1;
      digits.forEach(({ a, b }, digit) => {
        const error = b.slice();
        primes.forEach((prime, i) => {
          const view = limb(error, i, n);
          const sLimb = limb(s, i === last ? 6 : i, n);
          mulAddPolynomials(view, limb(a, i, n), sLimb, prime);
          if (i === digit)
            subPolynomials(view, scalePolynomial(target(key, prime), params.special[0] % prime, prime), prime, view);
        });
        // The same small integers modulo every prime, data and special.
        const first = decodeCoefficients(params, limb(error, 0, n), 1);
        primes.slice(1).forEach((prime, i) => {
          const ntt = createNtt(n, prime);
          const other = limb(error, i + 1, n).slice();
          ntt.inverse(other);
          expect(first.every((x, k) => other[k] === (x < 0 ? x + prime : x))).to.equal(true);
        });
        const variance = first.reduce((sum, x) => sum + x * x, 0) / n;
        expect(Math.abs(variance - 10.5)).to.be.lessThan(6 * 10.5 * Math.sqrt(2 / n));
      });
    }

    function target(key: KeyPack["keys"][number], prime: number): Uint32Array {
      const coefficients = Uint32Array.from(secretCoefficients(secret), (x) => (x < 0 ? prime - 1 : x));
      const ntt = createNtt(n, prime);
      if (key.kind === 1) {
        const moved = galoisCoefficients(coefficients, key.element, prime);
        ntt.forward(moved);
        return moved;
      }
      ntt.forward(coefficients);
      return coefficients.map((x) => Number((BigInt(x) * BigInt(x)) % BigInt(prime)));
    }
  });

  it("takes a from key set, kind, element and digit alone", () => {
    const key = pack.keys[0];
    const [, second] = [...expandSwitchingKey(key.body, key, params, keySet)];
    expect(second.a).to.deep.equal(expandPolynomial(keySeed(keySet, 1, 3), "digit/1", params, 2, "QP"));
  });

  it("has a root over every entry, digit by digit, b then a", () => {
    const parts = pack.keys.flatMap((key) =>
      [...expandSwitchingKey(key.body, key, params, keySet)].flatMap(({ b, a }) => [b, a]),
    );
    const stream = Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
    expect(packRoot(pack)).to.equal(residuesRoot(stream));
  });

  it("carries keys of other kinds through the body it is given", async () => {
    const need: KeyNeed = { kind: "compactPublic", ring: 1024 };
    const mixed = await generatePack(secret, keySet, [need, ...needs], { bodies: [otherBody] });
    const { keys } = parsePack(untrusted(mixed), { ...options, bodies: [otherBody] });
    expect(keys[3]).to.deep.include({ kind: 4, gadget: 0, level: 0, element: 1024 });
    expect(keys[3].body).to.deep.equal(new Uint8Array(5));
    expect(thrownBy(() => parsePack(untrusted(mixed), options))).to.have.property("code", "PACK_KIND");
  });

  it("reports bytes made, and stops when it is told to", async () => {
    const seen: number[] = [];
    const controller = new AbortController();
    const run = generatePack(secret, keySet, needs, {
      signal: controller.signal,
      onProgress(done, total) {
        expect(total).to.equal(bytes.length - 72 - 48);
        seen.push(done);
        controller.abort(new Error("enough"));
      },
    });
    await run.then(
      () => expect.fail("it went on"),
      (error: unknown) => expect(error).to.have.property("message", "enough"),
    );
    expect(seen.length).to.equal(1);
  });

  it("is not made for a key twice, for none, or for one that does not exist", async () => {
    const bad: [KeyNeed[], string][] = [
      [[needs[0], needs[0]], "PACK_ORDER"],
      [[], "PACK_TABLE"],
      [[{ kind: "galois", element: 4, gadget: 1, level: 1 }], "PACK_ELEMENT"],
      [[{ kind: "galois", element: 3, gadget: 1, level: 7 }], "PACK_LEVEL"],
      [[{ kind: "switch", ring: 1024, gadget: 2 }], "PACK_KIND"],
    ];
    for (const [list, code] of bad) {
      const error: unknown = await generatePack(secret, keySet, list).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(KeyPackError).with.property("code", code);
    }
  });

  const row = (index: number, offset: number): number => 72 + 16 * index + offset;
  const refusals: [string, string, (good: Uint8Array) => Uint8Array, Partial<ParseOptions>?][] = [
    ["empty", "PACK_TRUNCATED", () => new Uint8Array(0)],
    ["cut within its table", "PACK_TRUNCATED", (good) => good.subarray(0, 100)],
    ["cut within its bodies", "PACK_TRUNCATED", (good) => good.subarray(0, -1)],
    ["a byte too long", "PACK_OVERSIZED", (good) => new Uint8Array([...good, 0])],
    ["larger than allowed", "PACK_OVERSIZED", (good) => good, { maxBytes: 1000 }],
    ["of another format", "PACK_MAGIC", (good) => good.with(0, 0)],
    ["of another version", "PACK_VERSION", (good) => good.with(4, 2)],
    ["with a reserved byte set", "PACK_VERSION", (good) => good.with(5, 1)],
    ["of another parameter set", "PACK_PARAMS", (good) => good, { params: N16384_D13_S1.set }],
    ["of another key set", "PACK_KEY_SET", (good) => good, { keySetId: `0x${"33".repeat(32)}` }],
    ["without entries", "PACK_TABLE", (good) => good.with(6, 0)],
    ["with reserved bytes of an entry set", "PACK_TABLE", (good) => good.with(row(0, 3), 1)],
    ["with the last bytes of an entry set", "PACK_TABLE", (good) => good.with(row(1, 15), 1)],
    ["out of order", "PACK_ORDER", (good) => good.with(row(0, 4), 11)],
    ["with a key twice", "PACK_ORDER", (good) => good.with(row(1, 4), 3)],
    ["with a kind nobody knows", "PACK_KIND", (good) => good.with(row(2, 0), 9)],
    ["with another gadget", "PACK_GADGET", (good) => good.with(row(0, 1), 2)],
    ["with level 0", "PACK_LEVEL", (good) => good.with(row(0, 2), 0)],
    ["with a level above the set's", "PACK_LEVEL", (good) => good.with(row(2, 2), 7)],
    ["with an even element", "PACK_ELEMENT", (good) => good.with(row(0, 4), 2)],
    ["with the element of no rotation at all", "PACK_ELEMENT", (good) => good.with(row(0, 4), 1)],
    ["with an element beyond the ring", "PACK_ELEMENT", (good) => good.with(row(1, 6), 1)],
    ["with a relinearisation key that names an element", "PACK_ELEMENT", (good) => good.with(row(2, 4), 3)],
    ["claiming a higher level than its bytes", "PACK_SIZE", (good) => good.with(row(0, 2), 3)],
    ["claiming another size", "PACK_SIZE", (good) => good.with(row(0, 8), 1)],
    ["with a residue not below its prime", "PACK_RESIDUE", (good) => good.slice().fill(0xff, good.length - 4)],
  ];
  for (const [name, code, change, other] of refusals) {
    it(`is refused: ${name}`, () => {
      const parse = (): unknown => parsePack(untrusted(change(bytes)), { ...options, ...other });
      expect(thrownBy(parse)).to.be.instanceOf(KeyPackError).with.property("code", code);
    });
  }
});

describe("key needs", () => {
  it("are missing where no key of the set is the same one and reaches as high", () => {
    const have = [needs[1], needs[2]].map(entryOf);
    const wanted: KeyNeed[] = [
      { kind: "galois", element: 3, gadget: 1, level: 1 },
      { kind: "galois", element: 3, gadget: 1, level: 2 },
      { kind: "galois", element: 3, gadget: 1, level: 3 },
      { kind: "galois", element: 5, gadget: 1, level: 1 },
      { kind: "relin", gadget: 1, level: 1 },
      { kind: "switch", ring: 1024, gadget: 2 },
    ];
    expect(missingNeeds(have, wanted)).to.deep.equal(wanted.slice(2));
  });

  it("are not served by a key of another gadget", () => {
    const key = entryOf({ kind: "switch", ring: 1024, gadget: 2 });
    expect(covers({ ...key, gadget: 1 }, key)).to.equal(false);
  });
});
