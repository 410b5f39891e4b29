import { inspect } from "node:util";
import { expect } from "chai";
import { N16384_D13_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import {
  errorSource,
  exportSecret,
  generateSecret,
  importSecret,
  secretCoefficients,
  SecretKeyError,
} from "../../../../offchain/fhe/ckks/secret.ts";
import { params, testRandom, thrownBy } from "./fixtures.ts";

function fresh(): ReturnType<typeof generateSecret> {
  return generateSecret(params, testRandom("secret"));
}

describe("secret key", () => {
  it("shows nothing to whoever prints, lists, copies or serialises it", () => {
    const key = fresh();
    expect(Object.keys(key)).to.deep.equal([]);
    expect(Reflect.ownKeys(key)).to.deep.equal([]);
    expect(inspect(key, { depth: 10, showHidden: true })).to.equal("SecretKey(redacted)");
    expect(String(key)).to.equal("SecretKey(redacted)");
    expect(Object.assign({}, key)).to.deep.equal({});
    expect(structuredClone(key)).to.deep.equal({});
    expect(thrownBy(() => JSON.stringify({ key })))
      .to.be.instanceOf(SecretKeyError)
      .with.property("code", "SECRET_NOT_SERIALISABLE");
  });

  it("returns from its export as it was, errors included", () => {
    const key = fresh();
    const bytes = exportSecret(key);
    expect(bytes.length).to.equal(40 + 32 + params.n / 4);
    const again = importSecret(bytes, params);
    expect(secretCoefficients(again)).to.deep.equal(secretCoefficients(key));
    const [a, b] = [new Uint8Array(16), new Uint8Array(16)];
    errorSource(key, Uint8Array.of(1))(a);
    errorSource(again, Uint8Array.of(1))(b);
    expect(a).to.deep.equal(b);
  });

  it("makes a different key each time", () => {
    expect(secretCoefficients(generateSecret(params))).not.to.deep.equal(secretCoefficients(generateSecret(params)));
  });

  it("gives different errors to different uses, and the same to the same", () => {
    const key = fresh();
    const draw = (context: number): string => {
      const out = new Uint8Array(16);
      errorSource(key, Uint8Array.of(context))(out);
      return out.join();
    };
    expect(draw(1)).to.equal(draw(1));
    expect(draw(1)).not.to.equal(draw(2));
  });

  it("is gone once it is disposed", () => {
    const key = fresh();
    const copy = secretCoefficients(key);
    key[Symbol.dispose]();
    for (const use of [
      () => secretCoefficients(key),
      () => exportSecret(key),
      () => errorSource(key, new Uint8Array(1)),
    ]) {
      expect(thrownBy(use)).to.be.instanceOf(SecretKeyError).with.property("code", "SECRET_WIPED");
    }
    expect(copy.some((value) => value !== 0)).to.equal(true);
  });

  const refusals: [string, (bytes: Uint8Array) => Uint8Array][] = [
    ["a truncated key", (bytes) => bytes.subarray(0, -1)],
    ["a longer key", (bytes) => new Uint8Array([...bytes, 0])],
    ["another magic", (bytes) => bytes.with(0, 0)],
    ["another version", (bytes) => bytes.with(4, 2)],
    ["another parameter set", (bytes) => bytes.with(8, bytes[8] ^ 1)],
    ["a coefficient that is not ternary", (bytes) => bytes.with(bytes.length - 1, 0xff)],
  ];
  for (const [name, change] of refusals) {
    it(`refuses ${name}`, () => {
      const bytes = exportSecret(fresh());
      expect(thrownBy(() => importSecret(change(bytes), params)))
        .to.be.instanceOf(SecretKeyError)
        .with.property("code", "SECRET_FORMAT");
    });
  }

  it("refuses a key of another set", () => {
    const bytes = exportSecret(fresh());
    expect(() => importSecret(bytes, N16384_D13_S1.set)).to.throw(SecretKeyError);
  });
});
