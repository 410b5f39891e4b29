import { expect } from "chai";
import fc from "fast-check";

import { canonicalBytes, parseCanonical } from "../../../offchain/digest/canonical-json.ts";
import { CanonicalJsonError } from "../../../offchain/digest/errors.ts";

const text = (value: unknown): string => new TextDecoder().decode(canonicalBytes(value));
const parse = (json: string | Uint8Array): unknown =>
  parseCanonical(typeof json === "string" ? new TextEncoder().encode(json) : json, 10_000);

describe("Canonical JSON", function () {
  this.timeout(20_000);

  it("writes the example of RFC 8785, section 3.2.3: keys by UTF-16 code units", () => {
    const example = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    };
    expect(Object.values(parse(text(example)) as object)).to.have.members(Object.values(example));
    const order = ["Carriage Return", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"].map((word) =>
      text(example).indexOf(word),
    );
    expect(order).to.deep.equal(order.toSorted((a, b) => a - b));
  });

  it("escapes as RFC 8785, section 3.2.2.2 lists", () => {
    const string = `\u20ac$\u000f\nA'B"\\\\"/`;
    expect(text({ string })).to.equal(`{"string":"\u20ac$\\u000f\\nA'B\\"\\\\\\\\\\"/"}`);
  });

  it("gives the same bytes whatever the order of keys, and reads back the same value", () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        fc.string({ unit: "binary" }),
        fc.maxSafeInteger().map((n) => (Object.is(n, -0) ? 0 : n)),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: "binary" }), tie("value"), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).value;
    const reversed = (v: unknown): unknown => {
      if (Array.isArray(v)) return v.map(reversed);
      if (v === null || typeof v !== "object") return v;
      return Object.fromEntries(
        Object.entries(v)
          .reverse()
          .map(([key, member]) => [key, reversed(member)]),
      );
    };
    fc.assert(
      fc.property(value, (v) => {
        const bytes = canonicalBytes(v);
        expect(canonicalBytes(reversed(v))).to.deep.equal(bytes);
        expect(parseCanonical(bytes, bytes.length)).to.deep.equal(v);
      }),
    );
  });

  it("refuses to write what does not survive the journey", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    const bad: unknown[] = [
      0.5,
      2 ** 53,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1n,
      undefined,
      { a: undefined },
      [undefined],
      // eslint-disable-next-line no-sparse-arrays -- a hole is what is tested
      [, 1],
      Symbol("s"),
      { [Symbol("s")]: 1 },
      () => 1,
      { toJSON: () => 1 },
      new Date(0),
      new Map(),
      new Uint8Array(2),
      "\ud800",
      { "\udc00": 1 },
      cycle,
    ];
    for (const value of bad) expect(() => canonicalBytes(value)).to.throw(CanonicalJsonError);
  });

  it("refuses to read a second spelling of a value", () => {
    const bad = [
      ' {"a":1}',
      '{"a":1}\n',
      '{"b":1,"a":2}',
      '{"a":1,"a":1}',
      '{"a":1.0}',
      '{"a":1e2}',
      '{"a":-0}',
      '{"a":0.5}',
      '{"a":9007199254740993}',
      '{"a":"\\u0041"}',
      '{"a":"\\/"}',
      '{"a":"\\ud800"}',
      "\ufeff{}",
      "",
      "{",
      "undefined",
      Uint8Array.of(0x22, 0xff, 0x22),
      "[".repeat(4000) + "]".repeat(4000),
    ];
    for (const json of bad) expect(() => parse(json), String(json)).to.throw(CanonicalJsonError);
  });

  it("names the place of a fault, but quotes no key that could move a cursor", () => {
    expect(() => parse('{"a":[{"b-1":0.5}]}')).to.throw("$.a[0].b-1 is not an integer");
    expect(() => parse('{"\\u001b[31m":0.5}')).to.throw("$.… is not an integer");
    expect(() => canonicalBytes({ ["x".repeat(65)]: undefined })).to.throw("$.… is of type undefined");
  });

  it("reads __proto__ as a key like any other", () => {
    const value = parse('{"__proto__":{"polluted":1}}') as object;
    expect(Object.getPrototypeOf(value)).to.equal(Object.prototype);
    expect(Object.keys(value)).to.deep.equal(["__proto__"]);
  });

  it("stops at the limit before decoding, and never quotes what it read", () => {
    expect(() => parseCanonical(new Uint8Array(11), 10)).to.throw(CanonicalJsonError, "at most 10");
    try {
      parse('{"contentKey":"0xsecret');
      expect.fail("accepted");
    } catch (error) {
      expect(error).to.be.instanceOf(CanonicalJsonError);
      expect(
        (error as CanonicalJsonError).walk((one) => one instanceof Error && one.message.includes("secret")),
      ).to.equal(undefined);
    }
  });
});
