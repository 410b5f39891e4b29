import { createHash } from "node:crypto";
import { expect } from "chai";
import initialize from "node-seal";
import {
  HOISTED_SETS,
  N16384_D13_S1,
  N32768_D21_S8,
  N8192_D6_S1,
  NAMED_SETS,
} from "../../../../offchain/fhe/ckks/named-sets.ts";
import {
  MAX_MODULUS_BITS,
  ParameterError,
  paramsDigest,
  parameterSet,
} from "../../../../offchain/fhe/ckks/parameters.ts";

const literal = {
  version: 1,
  id: "n8192-d2-s1",
  n: 8192,
  data: [1073184769, 1073233921],
  special: [1073692673],
  groups: [[0], [1]],
};

describe("parameter sets", () => {
  it("uses the primes SEAL creates, in its order", async () => {
    const seal = await initialize();
    for (const { set } of [N8192_D6_S1, N16384_D13_S1]) {
      const count = set.data.length + set.special.length;
      const moduli = seal.CoeffModulus.Create(set.n, new Int32Array(count).fill(30));
      const primes = Array.from({ length: count }, (_, i) => Number(moduli.get(i)?.value()));
      moduli.delete();
      expect([...set.data, ...set.special]).to.deep.equal(primes);
    }
  });

  it("has the security bounds SEAL has", async () => {
    const seal = await initialize();
    for (const [n, bits] of Object.entries(MAX_MODULUS_BITS)) {
      expect(seal.CoeffModulus.MaxBitCount(Number(n), seal.SecLevelType.tc128), n).to.equal(bits);
    }
  });

  it("annotates every named set with figures that follow from its primes", () => {
    for (const named of [...NAMED_SETS, ...HOISTED_SETS]) {
      const { set, scaleBits, modulusBits, galoisKeyBytes, inputBytes, depth, slots } = named;
      const [levels, specials] = [set.data.length, set.special.length];
      expect(modulusBits)
        .to.be.lessThan(MAX_MODULUS_BITS[set.n])
        .and.greaterThan((scaleBits - 0.1) * (levels + specials));
      expect(galoisKeyBytes).to.equal((set.groups.length * (levels + specials) * set.n * 30) / 8);
      expect(inputBytes).to.equal((levels * set.n * 30) / 8);
      expect(depth).to.equal(levels - 1);
      expect(slots).to.equal(set.n / 2);
    }
  });

  it("has digits no larger than the special primes together, and a first prime that compact results can use", () => {
    const size = (primes: readonly number[]): number => primes.reduce((bits, prime) => bits + Math.log2(prime), 0);
    for (const { set } of HOISTED_SETS) {
      for (const group of set.groups)
        expect(size(group.map((index) => set.data[index]))).to.be.at.most(size(set.special) + 0.01);
      expect(set.data[0]).to.be.above(2 ** 27);
    }
    expect(N32768_D21_S8.galoisKeyBytes).to.be.at.most(12e6);
  });

  it("is identified by the hash of its domain and its canonical JSON", () => {
    const json =
      '{"data":[1073184769,1073233921],"groups":[[0],[1]],"id":"n8192-d2-s1","n":8192,"special":[1073692673],"version":1}';
    const expected = createHash("sha256").update(`cloakwork/params/1${json}`).digest("hex");
    expect(paramsDigest(parameterSet(literal))).to.equal(`0x${expected}`);
  });

  it("is frozen throughout and does not change with the literal it came from", () => {
    const source = structuredClone(literal);
    const set = parameterSet(source);
    source.data[0] = 12289;
    expect(set.data[0]).to.equal(1073184769);
    expect(Object.isFrozen(set)).to.equal(true);
    expect([set.data, set.special, set.groups, ...set.groups].every((part) => Object.isFrozen(part))).to.equal(true);
  });

  const refusals: [string, unknown, RegExp][] = [
    ["no object", "n8192", /not an object/],
    ["an unknown field", { ...literal, sigma: 3 }, /fields/],
    ["a missing field", without("groups"), /fields/],
    ["another version", { ...literal, version: 2 }, /version/],
    ["an id with other characters", { ...literal, id: "N 8192" }, /id is not/],
    ["a ring degree that is no power of two", { ...literal, n: 8191 }, /ring degree/],
    ["a ring degree named like a property", { ...literal, n: "constructor" }, /ring degree/],
    ["no data primes", { ...literal, data: [], groups: [] }, /data primes/],
    ["no special prime", { ...literal, special: [] }, /special primes/],
    ["a prime that is no integer", { ...literal, special: [1073692673.5] }, /integers/],
    ["a composite", { ...literal, special: [3 * 10923] }, /not a prime/],
    ["a negative number", { ...literal, special: [-16383] }, /not a prime/],
    ["a prime of 31 bits", { ...literal, special: [2147352577] }, /below 2\^30/],
    ["a prime that is not 1 modulo 2N", { ...literal, special: [1073741789] }, /1 modulo 2N/],
    ["a prime twice", { ...literal, special: [1073184769] }, /twice/],
    ["a group missing", { ...literal, groups: [[0]] }, /groups/],
    ["a prime in two groups", { ...literal, groups: [[0, 1], [1]] }, /groups/],
    ["groups out of order", { ...literal, groups: [[1], [0]] }, /groups/],
    ["an empty group", { ...literal, groups: [[], [0, 1]] }, /group/],
    ["more primes than the ring degree keeps secure", { ...literal, ...eightPrimes() }, /128-bit security/],
  ];
  for (const [name, value, reason] of refusals) {
    it(`refuses ${name}`, () => {
      expect(() => parameterSet(value))
        .to.throw(ParameterError, reason)
        .with.property("code", "PARAMS_INVALID");
    });
  }
});

function without(field: keyof typeof literal): unknown {
  return Object.fromEntries(Object.entries(literal).filter(([name]) => name !== field));
}

/** 240 bits at N = 8192, where 218 are allowed. */
function eightPrimes(): Pick<typeof literal, "data" | "special" | "groups"> {
  const data = [...N8192_D6_S1.set.data, 1072857089];
  return { data, special: [1073692673], groups: data.map((_, i) => [i]) };
}
