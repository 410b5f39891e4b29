import { expect } from "chai";
import { evaluateGraph } from "../../../../offchain/fhe/graph/evaluate.ts";
import { compile } from "../../../../offchain/fhe/plan/compile.ts";
import { fromDecimal } from "../../../../offchain/fhe/plan/decimal.ts";
import { concatBytes } from "../../../../offchain/digest/bytes.ts";
import { CompactResultError } from "../../../../offchain/fhe/result/errors.ts";
import { openEncrypted } from "./encrypted-run.ts";
import { GraphWriter, randomSamples } from "./random-graph.ts";

const INPUTS = 40;
const OUTPUTS = 150;

describe("a model with more outputs than a compact result holds, under encryption", function () {
  this.timeout(120_000);
  const graph = new GraphWriter([INPUTS], 11)
    .dense("first", INPUTS, 24)
    .then("square", { op: "square" })
    .dense("last", 24, OUTPUTS)
    .graph();
  const input = randomSamples(1, INPUTS, 3);
  const expected = evaluateGraph(graph, input);

  for (const semantics of ["seal-4.1", "hoisted-1"] as const) {
    it(`answers within the stated error, its results one after the other, by ${semantics}`, async () => {
      const compiled = compile(graph, {
        calibration: randomSamples(8, INPUTS, 77),
        inputRange: { min: -1, max: 1 },
        semantics,
      });
      const { estimates } = compiled.plan;
      using encrypted = await openEncrypted(compiled);
      expect(encrypted.packBytes).to.equal(estimates.keyBytes);
      const { outputs, resultBytes, posted, open } = await encrypted.run(input);
      expect(resultBytes).to.equal(estimates.resultBytes);
      // Three of 64 values' room at 16 bits: docs/spec/compact-1.md, section 5.
      expect(resultBytes).to.equal(3 * (40 + 2 * (2 * 64 + 1024)));
      const bound = fromDecimal(estimates.errorBound);
      expect(bound).to.be.below(fromDecimal(compiled.plan.outputs[0].bound) / 10);
      expect(outputs).to.have.length(OUTPUTS);
      outputs.forEach((value, k) => expect(Math.abs(value - expected[k]), `output ${k}`).to.be.at.most(bound));

      const [a, b, c] = [0, 1, 2].map((k) => posted!.subarray((k * resultBytes) / 3, ((k + 1) * resultBytes) / 3));
      const refused = (...parts: Uint8Array[]): void => {
        expect(() => open!(concatBytes(...parts))).to.throw(CompactResultError);
      };
      refused(b, a, c);
      refused(a, b, b);
      refused(a, b);
      refused(a, b, c.subarray(1));
      refused(a, b, c, Uint8Array.of(0));
      // The masks of the three are their own: nothing of one is another's.
      expect(a.subarray(40)).not.to.deep.equal(b.subarray(40));
    });
  }
});
