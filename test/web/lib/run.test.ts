import { expect } from "chai";

import type { Replicas, TimelineEvent } from "../../../offchain/client/types.ts";
import { stepTitle, type JourneyStep } from "../../../web/lib/journey.ts";
import {
  moneyOf,
  NEW_RUN,
  paidPrice,
  stepsOf,
  withNews,
  type Money,
  type Run,
  type RunNews,
} from "../../../web/lib/run.ts";

const HASH = `0x${"ab".repeat(32)}` as const;
const NODE = `0x${"12".repeat(19)}34` as const;

/** The run after news that came at these times. */
function runOf(...news: readonly (readonly [number, RunNews])[]): Run {
  return news.reduce<Run>((run, [seenAt, each]) => withNews(run, each, seenAt), { ...NEW_RUN, phase: "following" });
}

const event = (
  step: TimelineEvent["step"],
  state: TimelineEvent["state"],
  at: number,
  more: Partial<TimelineEvent> = {},
): RunNews => ({ type: "event", event: { step, state, at, detail: `${step} ${state}`, ...more } });

const stepsAt = (run: Run): JourneyStep[] => stepsOf(run, () => Promise.reject(new Error("not asked for")));
const stepOf = (run: Run, id: JourneyStep["id"]): JourneyStep => stepsAt(run).find((step) => step.id === id)!;

describe("web/lib/run", () => {
  it("begins with all steps before it", () => {
    expect(stepsAt(NEW_RUN).map(({ id, state }) => `${id} ${state}`)).to.deep.equal([
      "encrypt todo",
      "upload todo",
      "pay todo",
      "assigned todo",
      "evaluating todo",
      "posted todo",
      "decrypted todo",
    ]);
  });

  it("measures a step that was watched by when it was seen", () => {
    const run = runOf([1_000, event("encrypt", "active", 1_000)], [1_240, event("encrypt", "done", 1_240)]);
    expect(stepOf(run, "encrypt")).to.include({ state: "done", elapsed: 240 });
  });

  it("measures a step on chain that was not watched from block to block, and says nothing of less than a second", () => {
    const run = runOf(
      [90_000, event("pay", "done", 10_000, { hash: HASH })],
      [90_000, event("assigned", "done", 10_000, { node: NODE })],
      [90_000, event("evaluating", "done", 14_000)],
    );
    expect(stepOf(run, "assigned").elapsed).to.equal(undefined);
    expect(stepOf(run, "evaluating").elapsed).to.equal(4_000);
  });

  it("keeps the first word of what is told again when the chain is followed anew", () => {
    const run = runOf(
      [1_000, event("upload", "active", 1_000)],
      [1_500, event("upload", "done", 1_500)],
      [2_000, event("pay", "active", 2_000)],
      [3_000, event("pay", "done", 2_900, { hash: HASH })],
      [60_000, event("upload", "done", 1_800)],
      [60_000, event("pay", "done", 2_900, { hash: HASH })],
    );
    expect(stepOf(run, "upload").elapsed).to.equal(500);
    expect(stepOf(run, "pay").elapsed).to.equal(1_000);
  });

  it("measures a step that is tried again from its last attempt", () => {
    const run = runOf(
      [1_000, event("upload", "active", 1_000)],
      [1_500, event("upload", "done", 1_500)],
      [1_500, event("pay", "active", 1_500)],
      [2_000, event("pay", "failed", 2_000)],
      [9_000, event("upload", "active", 9_000)],
      [9_100, event("upload", "done", 9_100)],
      [9_100, event("pay", "active", 9_100)],
    );
    expect(stepOf(run, "upload")).to.include({ state: "done", elapsed: 100 });
    expect(stepOf(run, "pay")).to.include({ state: "active", startedAt: 9_100 });
  });

  it("takes steps for done elsewhere when later ones are told of", () => {
    const run = runOf([50_000, event("pay", "done", 10_000, { hash: HASH })]);
    expect(stepOf(run, "encrypt").state).to.equal("elsewhere");
    expect(stepOf(run, "assigned").state).to.equal("todo");
  });

  it("tells gas and transaction of the result once, where it is posted", () => {
    const posted = { hash: HASH, gas: 130_640n };
    const run = runOf([1, event("evaluating", "done", 1, posted)], [1, event("posted", "done", 1, posted)]);
    expect(stepOf(run, "evaluating")).to.include({ gas: undefined, transaction: undefined });
    expect(stepOf(run, "posted")).to.include({ gas: 130_640n, transaction: HASH });
  });

  it("says until when the node has time, and what can be done after that", () => {
    const run = runOf([1, event("evaluating", "active", 1, { until: 2_000_000_000 })]);
    expect(stepOf(run, "evaluating").advice).to.match(
      /^If it does not answer by .+, another node is drawn, or you take your money back\.$/,
    );
  });

  it("speaks of as many nodes as were asked for, of which the chain has the last word", () => {
    const titles = (run: Run, asked?: Replicas): string[] =>
      stepsOf(run, () => Promise.reject(new Error("not asked for")), asked).map(stepTitle);
    expect(titles(NEW_RUN)[3]).to.equal("Assign a node");
    expect(titles(NEW_RUN, 5)[3]).to.equal("Assign 5 nodes");
    const paid = [1, event("pay", "done", 1, { hash: HASH, replicas: 3 })] as const;
    expect(titles(runOf(paid, [1, event("assigned", "active", 1, { replicas: 3 })]))[3]).to.equal("Assigning 3 nodes");
    const assigned = [2, event("assigned", "done", 2, { replicas: 3 })] as const;
    expect(titles(runOf(paid, assigned), 1)[3]).to.equal("3 nodes assigned");
    const evaluating = event("evaluating", "active", 3, { until: 2_000_000_000, replicas: 3 });
    expect(stepOf(runOf(paid, assigned, [3, evaluating]), "evaluating").advice).to.match(
      /^They have until .+; after that it goes on without those who are late\.$/,
    );
    const agreed = event("evaluating", "done", 3, { detail: "2 of 3 nodes agree.", replicas: 3 });
    expect(stepOf(runOf(paid, assigned, [3, agreed]), "evaluating").text).to.equal(
      "2 of 3 nodes agree. Computed on the ciphertext, which no node can read.",
    );
  });

  it("says that a result is in dispute, for how long at most, and what became of it", () => {
    const posted = [1, event("posted", "done", 1, { hash: HASH })] as const;
    const open = event("posted", "active", 2, { dispute: "open", detail: "A jury looks.", until: 2_000_000_000 });
    const disputed = stepOf(runOf(posted, [2, open]), "posted");
    expect([stepTitle(disputed), disputed.text]).to.deep.equal(["In dispute", "A jury looks."]);
    expect(disputed.advice).to.match(/^There is time for this until .+ Your money stays in the contract/);
    const right = event("posted", "done", 3, { dispute: "replaced", detail: "The one before was wrong.", hash: HASH });
    const decided = stepOf(runOf(posted, [2, open], [3, right]), "posted");
    expect(stepTitle(decided)).to.equal("Result posted");
    expect(decided.text).to.match(/^The one before was wrong\. /);
  });

  it("shows making keys as a step of its own, and not at all where all keys were there", () => {
    const keys = (stage: "check" | "make" | "register" | "done", at: number, more = {}): [number, RunNews] => [
      at,
      { type: "keys", progress: { stage, at, detail: stage, ...more } },
    ];
    const making = runOf(keys("check", 0), keys("make", 10, { done: 30, total: 120 }));
    expect(stepOf(making, "keys")).to.include({ state: "active", progress: 0.25 });
    const made = runOf(
      keys("check", 0),
      keys("make", 10),
      keys("register", 20, { hash: HASH, gas: 5n }),
      keys("done", 30),
    );
    expect(stepOf(made, "keys")).to.include({ state: "done", elapsed: 30, gas: 5n, transaction: HASH });
    expect(stepsAt(runOf(keys("check", 0), keys("done", 5))).map(({ id }) => id)).to.not.include("keys");
  });

  it("turns what was under way into a failure when the run fails", () => {
    const run: Run = { ...runOf([1, event("upload", "active", 1, { progress: 0.5 })]), phase: "failed" };
    expect(stepOf(run, "upload")).to.include({ state: "failed", progress: undefined });
  });

  it("calls what was given up so, wherever the money went back for it", () => {
    const cancelled = runOf(
      [1, event("pay", "done", 1, { hash: HASH })],
      [2, event("assigned", "failed", 2, { refunded: "cancelled" })],
    );
    expect(stepTitle(stepOf({ ...cancelled, phase: "failed" }, "assigned"))).to.equal("Cancelled");
    const late = runOf([2, event("assigned", "failed", 2, { refunded: "deadline-passed" })]);
    expect(stepTitle(stepOf(late, "assigned"))).to.equal("No node took it");
  });

  it("knows where the money is", () => {
    const paid = [1, event("pay", "done", 1, { hash: HASH })] as const;
    const moneyAt = (run: Run): Money => moneyOf(run, stepsAt(run));
    const failed = (run: Run, code: string): Run => ({
      ...run,
      phase: "failed",
      failure: { code, message: "", next: "" },
    });
    expect(moneyAt(NEW_RUN)).to.equal("unpaid");
    expect(moneyAt(runOf([1, event("pay", "failed", 1)]))).to.equal("unpaid");
    expect(moneyAt(runOf(paid, [2, event("assigned", "active", 2)]))).to.equal("held");
    // The chain told of the draw, and another browser paid.
    expect(moneyAt(runOf([2, event("assigned", "active", 2)]))).to.equal("held");
    const stopped = runOf(paid, [2, event("assigned", "active", 2)]);
    expect(moneyAt(failed(stopped, "RPC_WRONG_CHAIN")), "what fails here changes nothing there").to.equal("held");
    expect(moneyAt(failed(stopped, "REQUEST_OVERDUE"))).to.equal("due");
    expect(moneyAt(failed(stopped, "REQUEST_REJECTED"))).to.equal("due");
    const back = runOf(paid, [2, event("assigned", "failed", 2, { refunded: "deadline-passed" })]);
    expect(moneyAt(failed(back, "REQUEST_REFUNDED"))).to.equal("back");
    expect(moneyAt(runOf(paid, [2, event("posted", "done", 2)]))).to.equal("earned");
  });

  it("takes what was paid from the chain, without losing the exact times of this browser", () => {
    const price = { token: `0x${"00".repeat(20)}`, total: 9n } as const;
    const before = runOf([2_000, event("pay", "active", 2_000)], [3_000, event("pay", "done", 2_900, { hash: HASH })]);
    expect(paidPrice(before)).to.equal(undefined);
    const after = withNews(before, event("pay", "done", 3_000, { hash: HASH, price }), 9_000);
    expect(paidPrice(after)).to.deep.equal(price);
    expect(stepOf(after, "pay").elapsed).to.equal(stepOf(before, "pay").elapsed).and.to.equal(1_000);
  });

  it("puts what crossed at its step, each object once", async () => {
    const crossing = {
      step: "posted",
      name: "The answer, encrypted",
      size: 2_200,
      sample: new Uint8Array(400),
      digest: HASH,
    } as const;
    const run = runOf([1, { type: "crossing", crossing }], [2, { type: "crossing", crossing }]);
    const [step] = stepsOf(run, (digest) => Promise.resolve(new TextEncoder().encode(digest))).filter(
      ({ objects }) => objects,
    );
    expect(step.id).to.equal("posted");
    expect(step.objects).to.have.length(1);
    expect(new TextDecoder().decode(await step.objects![0].load!())).to.equal(HASH);
  });
});
