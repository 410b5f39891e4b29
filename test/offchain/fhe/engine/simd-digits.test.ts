import { expect } from "chai";
import type { EncryptedOutput } from "../../../../offchain/fhe/engine/engine.ts";
import { loadSealModel } from "../../../../offchain/fhe/engine/seal.ts";
import { loadSimdModel } from "../../../../offchain/fhe/engine/simd.ts";
import { evaluateGraph } from "../../../../offchain/fhe/graph/evaluate.ts";
import { fromDecimal } from "../../../../offchain/fhe/plan/decimal.ts";
import { subjectOf } from "../../../../scripts/bench/inference/subject.ts";
import { compactorFor, createUser, readInput } from "../../../../scripts/bench/inference/user.ts";
import { testRandom } from "../ckks/fixtures.ts";
import { holdSeal } from "./hold-seal.ts";

const DIGITS = 4;

function bytesOf([output]: EncryptedOutput[]): Uint8Array {
  if (output.kind !== "compact") throw new Error("a compact result was expected");
  return output.bytes;
}

describe("the digits model on the simd engine", function () {
  this.timeout(120_000);
  before(holdSeal);

  it("gives the bytes that node-seal gives, which open to what the model says", async () => {
    const { inputs, ...subject } = await subjectOf("digits", DIGITS);
    const { checked, constants, graph } = subject.compile({ semantics: "seal-4.1" });
    const { plan } = checked;
    const user = await createUser(checked, testRandom("simd digits"));
    using seal = await loadSealModel(checked, constants);
    using simd = await loadSimdModel(checked, constants);
    using onSeal = await seal.openKeys([user.pack]);
    using onSimd = await simd.openKeys([user.pack]);
    const bound = fromDecimal(plan.estimates.errorBound);
    const results = new Set<string>();
    for (const values of inputs) {
      const input = readInput(plan, user.keySet, user.encrypt(values));
      const options = compactorFor(plan, user.pack, input);
      const outputs = await onSimd.run([input], options);
      const bytes = bytesOf(outputs);
      expect(Buffer.from(bytes).equals(bytesOf(await onSeal.run([input], options)))).to.equal(true);
      expect(bytes.length).to.equal(plan.estimates.resultBytes);
      results.add(Buffer.from(bytes).toString("hex"));
      const expected = evaluateGraph(graph, values);
      user.open(input, outputs[0]).forEach((value, k) => {
        expect(Math.abs(value - expected[k])).to.be.at.most(bound);
      });
    }
    expect(results.size).to.equal(DIGITS);
  });
});
