/** Real card transactions, scored under encryption. The data is not in the repository: without it these tests are skipped. */
import { expect } from "chai";
import { evaluateGraph } from "../../offchain/fhe/graph/evaluate.ts";
import { fromDecimal } from "../../offchain/fhe/plan/decimal.ts";
import { measureBatch } from "../../offchain/publisher/measuring-batch.ts";
import { openMeasuringUser } from "../../offchain/publisher/measuring-user.ts";
import { subjectOf, type Subject } from "../../scripts/bench/inference/subject.ts";
import { loadTransactions, missingTransactions, type TransactionsSplit } from "../../scripts/fraud/transactions.ts";
import { areaUnderCurve } from "../../scripts/training/auc.ts";

const ALONE = 20;

describe("frauds among real card transactions", function () {
  this.timeout(120_000);
  let data: TransactionsSplit;
  let subject: Subject;
  let plain: Float64Array;

  before(async function () {
    const missing = missingTransactions();
    if (missing !== undefined) {
      console.log(`    ${missing} Name their folder in CLOAKWORK_DATA to have these tests run.`);
      this.skip();
    }
    data = loadTransactions();
    subject = await subjectOf("fraud", Infinity);
    plain = Float64Array.from(subject.inputs, (input) => evaluateGraph(subject.graph, input)[0]);
  });

  it("are divided so that each part has its share of both classes, and scaled by the training part alone", () => {
    const frauds = (labels: Uint8Array): number => labels.reduce((sum, label) => sum + label, 0);
    const { train, validation, heldOut } = data;
    expect([train, validation, heldOut].map(({ labels }) => [labels.length, frauds(labels)])).to.deep.equal([
      [1034, 296],
      [172, 49],
      [516, 147],
    ]);
    // The amount is the last column; few of its values are cut off.
    const amounts = train.inputs.filter((_, k) => k % 30 === 29);
    expect(Math.abs(amounts.reduce((sum, value) => sum + value, 0) / amounts.length)).to.be.below(0.05);
    expect(heldOut.inputs.every((value) => value >= -5 && value <= 5)).to.equal(true);
  });

  it("are told from others by the model with an area under the curve above 0.96 on held-out transactions", () => {
    expect(areaUnderCurve(plain, subject.labels)).to.be.above(0.96);
  });

  it("are told as well under encryption: all held-out transactions in one request", async () => {
    const { checked, graph, constants } = subject.compile({ batch: true });
    const { plan } = checked;
    const flat = Float64Array.from(subject.inputs.flatMap((input) => [...input]));
    const { values } = await measureBatch(checked, plan.batch!, constants, flat, { onProgress: () => undefined });
    const scores = values.map(([logit]) => logit);
    const bound = fromDecimal(plan.estimates.errorBound);
    subject.inputs.forEach((input, k) => {
      expect(scores[k], `transaction ${k}`).to.be.closeTo(evaluateGraph(graph, input)[0], bound);
    });
    expect(areaUnderCurve(scores, subject.labels)).to.be.closeTo(areaUnderCurve(plain, subject.labels), 0.01);
  });

  it("are told as well one by one, with a compact result each", async () => {
    const { checked, graph, constants } = subject.compile({ semantics: "hoisted-1" });
    const bound = fromDecimal(checked.plan.estimates.errorBound);
    using user = await openMeasuringUser(checked, constants, undefined, () => undefined);
    let same = 0;
    for (const [k, input] of subject.inputs.slice(0, ALONE).entries()) {
      const { values } = await user.infer(input, undefined);
      expect(values[0]).to.be.closeTo(evaluateGraph(graph, input)[0], bound);
      same += Number(values[0] > 0 === plain[k] > 0);
    }
    expect(same).to.be.at.least(ALONE - 1);
  });
});
