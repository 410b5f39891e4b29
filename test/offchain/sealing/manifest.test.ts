import { expect } from "chai";

import { canonicalBytes } from "../../../offchain/digest/canonical-json.ts";
import {
  checkManifest,
  decodeManifest,
  encodeManifest,
  MAX_MANIFEST_BYTES,
  type Manifest,
} from "../../../offchain/sealing/manifest.ts";

const root = (byte: string): `0x${string}` => `0x${byte.repeat(32)}`;

const example = (): Manifest => ({
  version: 1,
  name: "digits",
  title: "Handwritten digits",
  description: "Says which digit a picture of 28 by 28 pixels shows.",
  card: "# Digits\n\nTrained on 8,000 pictures.\n",
  license: "Apache-2.0",
  noiseRoot: root("01"),
  plans: [
    {
      digest: root("02"),
      bytes: 5000,
      packageRoot: root("03"),
      packageBytes: 10_000_000,
      weightsRoot: root("04"),
      params: "n8192-d6-s1",
      paramsDigest: root("05"),
      semantics: "seal-4.1",
      units: 1,
      estimates: {
        keyBytes: 12_000_000,
        inputBytes: 190_000,
        resultBytes: 2112,
        errorBound: "0.014",
        milliseconds: 900,
      },
      accuracy: { plain: "0.979", encrypted: "0.978", samples: 500, data: "held-out digits" },
    },
  ],
  input: {
    description: "Grey values, 0 black.",
    shape: [28, 28, 1],
    range: { min: "0", max: "1" },
    presentation: { kind: "image" },
  },
  output: { description: "One score a digit.", labels: ["0", "1"], finish: "softmax" },
});

const record = () => {
  const { noiseRoot, plans } = example();
  return {
    noiseRoot,
    plans: plans.map(({ digest, packageRoot, weightsRoot, paramsDigest, semantics, units }) => ({
      planDigest: digest,
      packageRoot,
      weightsRoot,
      paramsDigest,
      semantics,
      units,
    })),
  };
};

describe("Manifests", () => {
  it("come back as they were written", () => {
    expect(decodeManifest(encodeManifest(example()))).to.deep.equal(example());
    const fields = {
      kind: "fields" as const,
      fields: [
        { name: "age", unit: "years", min: "0", max: "120" },
        { name: "x", min: "-1.5", max: "2" },
      ],
    };
    const tabular = { ...example(), input: { ...example().input, shape: [2], presentation: fields } };
    expect(decodeManifest(encodeManifest(tabular))).to.deep.equal(tabular);
  });

  it("name the field that is wrong", () => {
    const wrong: [string, (m: Manifest) => unknown][] = [
      ["name", (m) => ({ ...m, name: "../etc" })],
      ["title", (m) => ({ ...m, title: "" })],
      ["title", (m) => ({ ...m, title: "two\nlines" })],
      ["title", (m) => ({ ...m, title: "colour \u001b[31m" })],
      ["title", (m) => ({ ...m, title: "turned \u202e around" })],
      ["card", (m) => ({ ...m, card: "bell \u0007" })],
      ["card", (m) => ({ ...m, card: "\u2067hidden" })],
      ["description", (m) => ({ ...m, description: "x".repeat(601) })],
      ["noiseRoot", (m) => ({ ...m, noiseRoot: root("AB") })],
      ["plans", (m) => ({ ...m, plans: [] })],
      ["plans.0.units", (m) => ({ ...m, plans: [{ ...m.plans[0], units: 0 }] })],
      [
        "plans.0.estimates.errorBound",
        (m) => ({ ...m, plans: [{ ...m.plans[0], estimates: { ...m.plans[0].estimates, errorBound: "1e-3" } }] }),
      ],
      ["input.shape", (m) => ({ ...m, input: { ...m.input, shape: [] } })],
      ["input.presentation.kind", (m) => ({ ...m, input: { ...m.input, presentation: { kind: "html" } } })],
      ["the whole", (m) => ({ ...m, script: "x" })],
      ["version", (m) => ({ ...m, version: 2 })],
    ];
    for (const [field, change] of wrong) {
      const bad = change(example()) as Manifest;
      const refused = `The manifest was refused: ${field}:`;
      expect(() => encodeManifest(bad), field)
        .to.throw(refused)
        .with.property("code", "MANIFEST_INVALID");
      expect(() => decodeManifest(canonicalBytes(bad)), field).to.throw(refused);
    }
  });

  it("are refused without quoting what could move a cursor", () => {
    const hostile = { ...example(), ["\u001b[2J\u202e"]: 1 };
    expect(() => decodeManifest(canonicalBytes(hostile)))
      .to.throw("?[2J?")
      .with.property("message")
      .that.satisfies((message: string) => !message.includes("\u001b") && !message.includes("\u202e"));
  });

  it("are refused when too long, not canonical or not JSON", () => {
    expect(() => decodeManifest(new Uint8Array(MAX_MANIFEST_BYTES + 1)))
      .to.throw()
      .with.property("code", "CANONICAL_JSON");
    expect(() => decodeManifest(new TextEncoder().encode(JSON.stringify(example()))))
      .to.throw()
      .with.property("code", "CANONICAL_JSON");
    expect(() => decodeManifest(Uint8Array.of(1)))
      .to.throw()
      .with.property("code", "CANONICAL_JSON");
    const labels = Array.from({ length: 4096 }, () => "é".repeat(80));
    expect(() => encodeManifest({ ...example(), output: { ...example().output, labels } })).to.throw("are read");
  });

  it("are compared with the chain, field by field", () => {
    checkManifest(example(), record());
    const plan = record().plans[0];
    const bad = [
      { ...record(), noiseRoot: root("ff") },
      { ...record(), plans: [] },
      ...(["planDigest", "packageRoot", "weightsRoot", "paramsDigest", "semantics"] as const).map((field) => ({
        ...record(),
        plans: [{ ...plan, [field]: root("ff") }],
      })),
      { ...record(), plans: [{ ...plan, units: 2 }] },
    ];
    for (const one of bad) {
      expect(() => checkManifest(example(), one))
        .to.throw("not the one on chain")
        .with.property("code", "MANIFEST_INVALID");
    }
  });
});
