import { createHash } from "node:crypto";
import { expect } from "chai";
import { fromHex, toHex } from "../../../../offchain/digest/hex.ts";
import { residuesRoot } from "../../../../offchain/digest/merkle.ts";
import {
  ciphertextBytes,
  CiphertextError,
  parseCiphertext,
  writeCiphertext,
  type CiphertextExpectation,
} from "../../../../offchain/fhe/ckks/ciphertext-format.ts";
import { decrypt, encryptInput, inputRoot, type Ciphertext } from "../../../../offchain/fhe/ckks/ciphertext.ts";
import { decodeCoefficients, encode } from "../../../../offchain/fhe/ckks/encoder.ts";
import { expandPolynomial, inputSeed, keySeed, keySetId } from "../../../../offchain/fhe/ckks/key-set.ts";
import { N16384_D13_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { paramsDigest } from "../../../../offchain/fhe/ckks/parameters.ts";
import { RawValuesError } from "../../../../offchain/fhe/ckks/raw.ts";
import { limb, primesOf } from "../../../../offchain/fhe/ckks/residues.ts";
import { ERROR_VARIANCE } from "../../../../offchain/fhe/ckks/sampling.ts";
import { generateSecret, secretResidues } from "../../../../offchain/fhe/ckks/secret.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { loadCiphertext } from "../../../../offchain/fhe/engine/seal-codec.ts";
import { release } from "../../../../offchain/fhe/engine/seal-handles.ts";
import { mulAddPolynomials, subPolynomials } from "../../../../offchain/fhe/ring/pointwise.ts";
import { keySet, maxDistance, OWNER, params, SALT, secret, testRandom, testValues, thrownBy } from "./fixtures.ts";
import { openSealReference, type SealReference } from "./seal-reference.ts";

const scale = 2 ** 30;
const values = testValues("input", 8);

function expectation(level: number): CiphertextExpectation {
  return { role: "input", params, keySetId: keySet, level, scale };
}

function encrypted(level = 2): Uint8Array {
  return encryptInput(secret, keySet, values, { level, scale }, testRandom("encrypt"));
}

function parsed(level = 2): Ciphertext {
  return parseCiphertext(untrusted(encrypted(level)), expectation(level));
}

describe("key set", () => {
  it("is named by owner, salt and parameter set", () => {
    const hash = createHash("sha256").update("cloakwork/keyset/1");
    for (const part of [fromHex(OWNER), fromHex(SALT), fromHex(paramsDigest(params))]) hash.update(part);
    expect(keySetId(OWNER, SALT, params)).to.equal(`0x${hash.digest("hex")}`);
  });

  it("gives every key a seed of its own", () => {
    const element = Buffer.alloc(4);
    element.writeUInt32BE(16383);
    const expected = createHash("sha256")
      .update("cloakwork/key/a/1")
      .update(fromHex(keySet))
      .update(Uint8Array.of(1))
      .update(element)
      .digest("hex");
    expect(toHex(keySeed(keySet, 1, 16383))).to.equal(`0x${expected}`);
  });

  it("refuses an owner or a salt of another length", () => {
    expect(() => keySetId("0x11", SALT, params)).to.throw(/20 bytes/);
    expect(() => keySetId(OWNER, "0x22", params)).to.throw(/32 bytes/);
  });
});

describe("ciphertext", () => {
  let reference: SealReference;
  before(async () => {
    reference = await openSealReference();
  });
  after(() => {
    reference[Symbol.dispose]();
  });

  it("is decrypted by node-seal under our secret, at every level", () => {
    const theirs = reference.secret(secret);
    for (let level = 2; level <= 6; level++) {
      const { c0, c1 } = parsed(level);
      const handle = loadCiphertext(reference.session, [c0, c1], level);
      expect(maxDistance(reference.decrypt(theirs, handle, scale), values), `level ${level}`).to.be.lessThan(2e-6);
      release(handle);
    }
  });

  it("is what node-seal encrypts under our secret, decrypted by us", () => {
    const { seal, context } = reference.session;
    const encoder = reference.scope.own(new seal.CKKSEncoder(context));
    const keys = reference.scope.own(new seal.KeyGenerator(context, reference.secret(secret)));
    const encryptor = reference.scope.own(
      new seal.Encryptor(context, reference.scope.own(keys.createPublicKey()), reference.secret(secret)),
    );
    const plain = reference.scope.own(new seal.Plaintext());
    const handle = reference.scope.own(new seal.Ciphertext());
    encoder.encode(values, scale, plain);
    encryptor.encryptSymmetric(plain, handle);
    const saved = (handle.saveToArray(seal.ComprModeType.none) as Uint8Array).slice(113);
    const residues = new Uint32Array(saved.buffer).filter((_, i) => i % 2 === 0);
    const half = residues.length / 2;
    const ciphertext = {
      params,
      keySetId: keySet,
      level: 6,
      scale,
      c0: residues.slice(0, half),
      c1: residues.slice(half),
    };
    expect(maxDistance(decrypt(secret, ciphertext).values(), values)).to.be.lessThan(2e-6);
  });

  it("has the bytes the format says", () => {
    const bytes = encrypted(2);
    expect(bytes.length).to.equal(112 + (2 * params.n * 30) / 8);
    expect(Buffer.from(bytes.subarray(0, 16)).toString("hex")).to.equal("43574354" + "01010200" + "0000004000000000");
    expect(toHex(bytes.subarray(16, 48))).to.equal(paramsDigest(params));
    expect(toHex(bytes.subarray(48, 80))).to.equal(keySet);
    const nonce = new Uint8Array(32);
    testRandom("encrypt")(nonce);
    expect(bytes.subarray(80, 112)).to.deep.equal(nonce);
    // Residue 1 of c0 is in bits 30 … 59 of the body.
    const low = new DataView(bytes.buffer).getBigUint64(112, true);
    expect(Number((low >> 30n) & 0x3fffffffn)).to.equal(parsed(2).c0[1]);
  });

  it("takes c1 from key set and nonce alone", () => {
    const nonce = encrypted(2).subarray(80, 112);
    const seed = createHash("sha256").update("cloakwork/input/a/1").update(fromHex(keySet)).update(nonce).digest();
    expect(Buffer.from(inputSeed(keySet, nonce)).equals(seed)).to.equal(true);
    expect(parsed(2).c1).to.deep.equal(expandPolynomial(seed, "c1", params, 2, "Q"));
  });

  it("is never the same twice", () => {
    const one = encryptInput(secret, keySet, values, { level: 1, scale: 2 ** 20 });
    const two = encryptInput(secret, keySet, values, { level: 1, scale: 2 ** 20 });
    expect(one.subarray(80, 112)).not.to.deep.equal(two.subarray(80, 112));
    expect(one.subarray(112)).not.to.deep.equal(two.subarray(112));
  });

  it("holds a fresh error of mean 0 and variance 10.5, and nothing else besides the message", () => {
    const message = encode(params, values, { scale, level: 3 });
    const { c0, c1 } = parsed(3);
    const error = c0.slice();
    const s = secretResidues(secret);
    primesOf(params, 3).forEach((prime, i) => {
      const view = limb(error, i, params.n);
      mulAddPolynomials(view, limb(c1, i, params.n), limb(s, i, params.n), prime);
      subPolynomials(view, limb(message, i, params.n), prime, view);
    });
    const coefficients = decodeCoefficients(params, error, 3);
    const { n } = params;
    const mean = coefficients.reduce((sum, x) => sum + x, 0) / n;
    const variance = coefficients.reduce((sum, x) => sum + x * x, 0) / n;
    expect(Math.abs(mean)).to.be.lessThan((6 * Math.sqrt(ERROR_VARIANCE)) / Math.sqrt(n));
    // The variance of a sample variance of a nearly normal variable is 2σ⁴/n.
    expect(Math.abs(variance - ERROR_VARIANCE)).to.be.lessThan(6 * ERROR_VARIANCE * Math.sqrt(2 / n));
    expect(Math.max(...coefficients.map(Math.abs))).to.be.at.most(21);
  });

  it("decrypts to noise under another secret", () => {
    const other = generateSecret(params, testRandom("other secret"));
    expect(maxDistance(decrypt(other, parsed(2)).values(), values)).to.be.greaterThan(1e3);
  });

  it("decrypts to values that do not serialise", () => {
    const raw = decrypt(secret, parsed(2));
    expect(thrownBy(() => JSON.stringify(raw))).to.be.instanceOf(RawValuesError);
    expect(String(raw)).to.equal("Raw(redacted)");
    expect(raw.length).to.equal(params.n / 2);
  });

  it("is not decrypted by a key of another parameter set", () => {
    const other = generateSecret(N16384_D13_S1.set, testRandom("other set"));
    expect(() => decrypt(other, parsed(2))).to.throw(RangeError, /n8192-d6-s1.*n16384-d13-s1/);
  });

  it("has the root of its expanded residues, c0 then c1", () => {
    const { c0, c1 } = parsed(2);
    const bytes = Buffer.alloc(4 * 2 * c0.length);
    [...c0, ...c1].forEach((residue, i) => bytes.writeUInt32LE(residue, 4 * i));
    expect(inputRoot({ c0, c1 })).to.equal(residuesRoot(bytes));
  });

  it("is written as a result with both components and read back", () => {
    const ciphertext = { ...parsed(2), scale: 2 ** 60 / 1073233921 };
    const bytes = writeCiphertext(ciphertext);
    expect(bytes.length).to.equal(ciphertextBytes(params, 2, "result"));
    const expected = { ...expectation(2), role: "result", scale: ciphertext.scale } as const;
    expect(parseCiphertext(untrusted(bytes), expected)).to.deep.equal(ciphertext);
  });
});

describe("a ciphertext from outside", () => {
  const bytes = encrypted(2);
  const body = (params.n * 30) / 8;

  function result(): Uint8Array {
    return writeCiphertext(parsed(2));
  }

  const refusals: [string, string, () => Uint8Array, Partial<CiphertextExpectation>?][] = [
    ["empty", "CIPHERTEXT_TRUNCATED", () => new Uint8Array(0)],
    ["cut within its header", "CIPHERTEXT_TRUNCATED", () => bytes.subarray(0, 111)],
    ["cut within its residues", "CIPHERTEXT_TRUNCATED", () => bytes.subarray(0, -1)],
    ["a byte too long", "CIPHERTEXT_OVERSIZED", () => new Uint8Array([...bytes, 0])],
    ["of another format", "CIPHERTEXT_MAGIC", () => bytes.with(3, 0x50)],
    ["of another version", "CIPHERTEXT_VERSION", () => bytes.with(4, 2)],
    ["with a reserved byte set", "CIPHERTEXT_VERSION", () => bytes.with(7, 1)],
    ["an input with two components", "CIPHERTEXT_COMPONENTS", result],
    ["a result with one component", "CIPHERTEXT_COMPONENTS", () => bytes, { role: "result" }],
    ["of another parameter set", "CIPHERTEXT_PARAMS", () => bytes, { params: N16384_D13_S1.set }],
    ["of another key set", "CIPHERTEXT_KEY_SET", () => bytes, { keySetId: `0x${"33".repeat(32)}` }],
    ["of a lower level", "CIPHERTEXT_LEVEL", () => bytes, { level: 3 }],
    ["claiming another level than its size", "CIPHERTEXT_TRUNCATED", () => bytes.with(6, 3), { level: 3 }],
    ["of another scale", "CIPHERTEXT_SCALE", () => bytes, { scale: 2 ** 31 }],
    ["of a scale one off", "CIPHERTEXT_SCALE", () => bytes.with(8, 1)],
    ["a result with a nonce", "CIPHERTEXT_NONCE", () => result().with(90, 1), { role: "result" }],
    ["with a residue not below its prime", "CIPHERTEXT_RESIDUE", () => bytes.with(112 + 3, 0x3f).fill(0xff, 112, 115)],
    ["with such a residue in its last limb", "CIPHERTEXT_RESIDUE", () => bytes.slice().fill(0xff, bytes.length - 4)],
    ["of zeros", "CIPHERTEXT_TRANSPARENT", () => bytes.slice().fill(0, 112)],
    ["with a limb of zeros", "CIPHERTEXT_TRANSPARENT", () => bytes.slice().fill(0, 112 + body)],
    ["a result whose c1 is zero", "CIPHERTEXT_TRANSPARENT", () => result().fill(0, 112 + 2 * body), { role: "result" }],
  ];
  for (const [name, code, make, change] of refusals) {
    it(`is refused: ${name}`, () => {
      const parse = (): unknown => parseCiphertext(untrusted(make()), { ...expectation(2), ...change });
      expect(thrownBy(parse)).to.be.instanceOf(CiphertextError).with.property("code", code);
    });
  }

  it("is read from the middle of a larger buffer", () => {
    const buffer = new Uint8Array(bytes.length + 13);
    buffer.set(bytes, 5);
    const view = buffer.subarray(5, 5 + bytes.length);
    expect(parseCiphertext(untrusted(view), expectation(2))).to.deep.equal(parsed(2));
  });
});
