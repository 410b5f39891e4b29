import { readFileSync } from "node:fs";
import { expect } from "chai";
import { evaluateGraph } from "../../../../offchain/fhe/graph/evaluate.ts";
import type { Graph } from "../../../../offchain/fhe/graph/graph.ts";
import { importTfjs } from "../../../../offchain/fhe/graph/import-tfjs.ts";
import { compile, type CompiledModel } from "../../../../offchain/fhe/plan/compile.ts";
import { fromDecimal } from "../../../../offchain/fhe/plan/decimal.ts";
import { loadDigits, type DigitsSplit } from "../../../../scripts/digits/data.ts";
import { openEncrypted } from "./encrypted-run.ts";

const PIXELS = 28 * 28;
const folder = new URL("../../../../models/digits/", import.meta.url);

/** Ways it is compiled: by both families of layouts for node-seal, and for the SIMD kernel with rotations hoisted. */
const WAYS = ["hybrid", "diagonal", "hoisted"] as const;

const argmax = (values: Float64Array): number => values.indexOf(values.reduce((a, b) => Math.max(a, b), -Infinity));

describe("the digits model, compiled", function () {
  this.timeout(120_000);
  let graph: Graph;
  let digits: DigitsSplit;
  let milliseconds = 0;
  const compiled = new Map<(typeof WAYS)[number], CompiledModel>();

  before(() => {
    const json: unknown = JSON.parse(readFileSync(new URL("model.json", folder), "utf8"));
    graph = importTfjs(json, new Uint8Array(readFileSync(new URL("weights.bin", folder))));
    digits = loadDigits();
    const calibration = digits.validation.images.slice(0, 200 * PIXELS);
    for (const way of WAYS) {
      const started = process.cpuUsage();
      const options = way === "hoisted" ? ({ semantics: "hoisted-1" } as const) : { layout: way };
      compiled.set(way, compile(graph, { calibration, inputRange: { min: 0, max: 1 }, ...options }));
      milliseconds = Math.max(milliseconds, process.cpuUsage(started).user / 1000);
    }
  });

  it("takes at most 30 rotations and 12 MB of keys in the hybrid layout, an input of 190 KB and a result of 2.3 KB", () => {
    const { plan, report } = compiled.get("hybrid")!;
    expect(report.operations.rotations).to.equal(20);
    expect(plan.estimates.keyBytes).to.equal(9_659_080);
    expect(plan.estimates.inputBytes).to.equal(184_432);
    expect(plan.estimates.resultBytes).to.equal(2_152);
    expect(milliseconds).to.be.below(10_000);
  });

  it("takes no more with rotations hoisted, nearly all of them", () => {
    const { plan, report } = compiled.get("hoisted")!;
    expect([report.operations.rotations, report.operations.hoisted]).to.deep.equal([29, 29]);
    expect(plan.params.id).to.equal("n8192-d6-s2");
    expect(plan.estimates.keyBytes).to.equal(10_242_888);
    expect(plan.estimates.inputBytes).to.equal(184_432);
    expect(plan.estimates.resultBytes).to.equal(2_152);
  });

  it("takes 31 rotations and 13.5 MB of keys by plain diagonals", () => {
    const { plan, report } = compiled.get("diagonal")!;
    // Conv 3 + 4, dense 7 + 7 + 2, dense 3 + 3 + 2.
    expect(report.layers.map(({ rotations }) => rotations)).to.deep.equal([7, 0, 16, 0, 8]);
    expect(report.layers.map(({ plainProducts }) => plainProducts)).to.deep.equal([4, 0, 64, 0, 16]);
    expect(plan.estimates.keyBytes).to.equal(13_468_424);
  });

  it("proves its intermediate values far from wrapping around", () => {
    for (const { report } of compiled.values()) {
      for (const { bound } of report.layers) expect(bound.headroomBits).to.be.above(40);
    }
  });

  for (const way of WAYS) {
    it(`answers as in the clear under encryption, within the stated error: ${way}`, async () => {
      const model = compiled.get(way)!;
      const bound = fromDecimal(model.plan.estimates.errorBound);
      using encrypted = await openEncrypted(model);
      expect(encrypted.packBytes).to.equal(model.plan.estimates.keyBytes);
      for (let k = 0; k < 3; k++) {
        const image = digits.heldOut.images.subarray(k * PIXELS, (k + 1) * PIXELS);
        const expected = evaluateGraph(graph, image);
        const { outputs, inputBytes, resultBytes } = await encrypted.run(image);
        expect([inputBytes, resultBytes]).to.deep.equal([184_432, 2_152]);
        expect(argmax(outputs)).to.equal(argmax(expected));
        outputs.forEach((value, i) => expect(Math.abs(value - expected[i])).to.be.at.most(bound));
      }
    });
  }
});
