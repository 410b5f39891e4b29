import { expect } from "chai";

import type { DisputePhase } from "../../../offchain/chain/disputes.ts";
import type {
  Duty,
  DutyState,
  Hex,
  InferenceRequest,
  RequestEvent,
  RequestState,
  Verdict,
} from "../../../offchain/chain/types.ts";
import { chainSteps, type RequestSight } from "../../../offchain/client/timeline.ts";

const NODE: Hex = `0x${"aa".repeat(20)}`;
const OTHER: Hex = `0x${"bb".repeat(20)}`;
const ZERO: Hex = `0x${"00".repeat(20)}`;
const DEADLINE = 2_000;

type Kind = RequestEvent["type"];
type Told = { readonly type: Kind } & Readonly<Record<string, unknown>>;

/** Events one block after the other; block b is mined at second 1,000 + b. */
function events(...told: readonly (Kind | Told)[]): RequestEvent[] {
  return told.map((one, i) => ({
    ...(typeof one === "string" ? { type: one } : one),
    requestId: 7n,
    blockNumber: i + 1,
    blockHash: `0x${"00".repeat(32)}`,
    transactionHash: `0x${String(i + 1).padStart(64, "0")}`,
    logIndex: 0,
  })) as unknown as RequestEvent[];
}

const assigned = (node = NODE): Told => ({ type: "assigned", node, replica: 0, bond: 1n, acceptBy: 1_500 });
const posted: Told = {
  type: "posted",
  node: NODE,
  result: { kind: 0, size: 2_152, digest: `0x${"cc".repeat(32)}`, data: "0x" },
  until: 3_000,
};

function sight(state: RequestState, list: RequestEvent[], more: { now?: number; dueBy?: number } = {}): RequestSight {
  const duty: Duty = { node: NODE, state: "assigned", dueBy: more.dueBy ?? 1_500, bond: 1n };
  return {
    request: { requestId: 7n, state, deadline: DEADLINE, duties: [duty] } as unknown as InferenceRequest,
    events: list,
    times: new Map(list.map(({ blockNumber }) => [blockNumber, (1_000 + blockNumber) * 1_000])),
    gas: new Map([[list[0].transactionHash, 123n]]),
    now: more.now ?? 1_100,
  };
}

const short = (seen: RequestSight) => chainSteps(seen).map(({ step, state }) => `${step} ${state}`);
const last = (seen: RequestSight) => chainSteps(seen).at(-1);

describe("the steps of a request on chain", () => {
  it("are none before it is mined", () => {
    expect(chainSteps({ ...sight("requested", events("requested")), events: [] })).to.deep.equal([]);
  });

  it("begin with what was paid, at the time of its block, with its gas", () => {
    const [paid, drawing] = chainSteps(sight("requested", events("requested")));
    expect(paid).to.include({ step: "pay", state: "done", at: 1_001_000, gas: 123n });
    const price = { token: ZERO, total: 5n, units: 1 };
    const priced = chainSteps(sight("requested", events({ type: "requested", price })));
    expect(priced.map((step) => step.price)).to.deep.equal([price, undefined]);
    expect(drawing).to.include({ step: "assigned", state: "active", until: DEADLINE });
    expect(drawing, "the transaction and its gas are the payment's").to.not.have.any.keys("gas", "hash");
  });

  it("wait for the drawn node to accept, then to answer, each until its own time", () => {
    const drawn = sight("assigned", events("requested", assigned()));
    expect(short(drawn)).to.deep.equal(["pay done", "assigned done", "evaluating active"]);
    expect(last(drawn)).to.include({ until: 1_500, node: NODE });
    const accepted = sight("accepted", events("requested", assigned(), "accepted"), { dueBy: 1_700 });
    expect(last(accepted)).to.include({ step: "evaluating", state: "active", until: 1_700, at: 1_003_000 });
    expect(last(accepted).detail).to.not.equal(last(drawn).detail);
  });

  it("end on chain with the result's size and digest", () => {
    const list = events("requested", assigned(), "accepted", posted);
    const seen = sight("posted", list);
    expect(short(seen)).to.deep.equal(["pay done", "assigned done", "evaluating done", "posted done"]);
    expect(last(seen)).to.include({ bytes: 2_152, digest: `0x${"cc".repeat(32)}`, hash: list[3].transactionHash });
    expect(short(sight("settled", [...list, ...events("settled")]))).to.deep.equal(short(seen));
  });

  it("go back to the draw when a node declined or let its time pass, and say which", () => {
    const declined = sight("requested", events("requested", assigned(), "declined", "draw-started"));
    expect(short(declined)).to.deep.equal(["pay done", "assigned active"]);
    expect(last(declined).detail).to.match(/declined.*Another/);
    const missed = sight("requested", events("requested", assigned(), "accepted", "missed", "draw-started"));
    expect(last(missed).detail).to.match(/time pass.*Another/);
    const again = sight("assigned", events("requested", assigned(), "declined", "draw-started", assigned(OTHER)));
    expect(short(again)).to.deep.equal(["pay done", "assigned done", "evaluating active"]);
    expect(last(again).node).to.equal(OTHER);
  });

  it("do not take the acceptance of an earlier node for that of the present one", () => {
    const list = events("requested", assigned(), "accepted", "missed", "draw-started", assigned(OTHER));
    expect(last(sight("assigned", list)).detail).to.match(/before it accepts/);
  });

  it("say what the person can do when the node is late, before and after the deadline", () => {
    const late = last(sight("assigned", events("requested", assigned()), { now: 1_600 }));
    expect(late).to.include({ state: "active", until: DEADLINE });
    expect(late.detail).to.match(/money back/);
    const over = last(sight("assigned", events("requested", assigned()), { now: DEADLINE + 1 }));
    expect(over).to.include({ step: "evaluating", state: "failed" });
    const undrawn = last(sight("requested", events("requested"), { now: DEADLINE + 1 }));
    expect(undrawn).to.include({ step: "assigned", state: "failed" });
    expect(short(sight("requested", events("requested"), { now: DEADLINE }))).to.include("assigned active");
  });

  it("fail where a request was refunded or rejected, with the reason", () => {
    const cancelled = sight("refunded", events("requested", { type: "refunded", amount: 1n, reason: "cancelled" }));
    expect(last(cancelled)).to.include({ step: "assigned", state: "failed", refunded: "cancelled" });
    expect(last(cancelled)?.detail).to.equal("It was cancelled before its draw was decided. The money went back.");
    expect(last(cancelled).detail).to.match(/cancelled/);
    const rejected = sight("rejected", events("requested", assigned(), { type: "rejected", node: NODE, code: 11 }));
    expect(last(rejected)).to.include({ step: "evaluating", state: "failed" }).and.to.not.have.property("refunded");
    expect(last(rejected).detail).to.match(/code 11/);
  });

  describe("with several nodes", () => {
    const DIGEST = `0x${"cc".repeat(32)}`;
    const drawn = ["requested", assigned(), assigned(OTHER), assigned(NODE)] as const;
    const told = (digest: string): Told => ({
      type: "revealed",
      node: NODE,
      replica: 0,
      answer: { digest },
      data: "0x",
    });

    /** Three nodes whose duties stand so. */
    function several(state: RequestState, list: RequestEvent[], duties: DutyState[] = [], now = 1_100): RequestSight {
      const seen = sight(state, list, { now });
      const three = duties.map((each) => ({ node: NODE, state: each, dueBy: 1_500, bond: 1n }));
      return { ...seen, request: { ...seen.request, replicas: 3, duties: three, until: 1_800 } };
    }

    it("tell how many have answered, sealed, until all are told", () => {
      const waiting = several("assigned", events(...drawn), ["accepted", "assigned", "accepted"]);
      expect(short(waiting)).to.deep.equal(["pay done", "assigned done", "evaluating active"]);
      expect(chainSteps(waiting)[1].detail).to.match(/^3 nodes were drawn/);
      const sealed = several("assigned", events(...drawn), ["committed", "accepted", "committed"]);
      expect(last(sealed).detail).to.match(/^2 of 3 nodes have answered/);
      expect(last(sealed)).to.include({ until: DEADLINE });
      const list = events(...drawn, { type: "reveals-opened", until: 1_800 });
      expect(last(several("committed", list))).to.include({ step: "evaluating", state: "active", until: 1_800 });
      const late = last(several("committed", list, [], 1_801));
      expect(late.detail).to.match(/without them/);
      expect(late.until).to.equal(undefined);
    });

    it("are as many as were asked for, at every step, and go on without the late once some have answered", () => {
      const drawing = several("requested", events("requested"));
      expect(last(drawing).detail).to.equal("3 nodes are being drawn.");
      expect(chainSteps(drawing).map(({ replicas }) => replicas)).to.deep.equal([3, 3]);
      const late = several("assigned", events(...drawn), ["committed", "accepted", "accepted"], DEADLINE + 1);
      expect(last(late)).to.include({ step: "evaluating", state: "active" });
      expect(last(late).detail).to.match(/^1 of 3 nodes answered in time; it goes on/);
      const silent = several("assigned", events(...drawn), ["accepted", "assigned", "accepted"], DEADLINE + 1);
      expect(last(silent)).to.include({ step: "evaluating", state: "failed" });
    });

    it("end with what how many of them agree on", () => {
      const result = { ...posted, node: ZERO };
      const list = events(...drawn, told(DIGEST), told(`0x${"dd".repeat(32)}`), told(DIGEST), result);
      const seen = several("posted", list);
      expect(short(seen)).to.deep.equal(["pay done", "assigned done", "evaluating done", "posted done"]);
      expect(chainSteps(seen)[2].detail).to.match(/^2 of 3 nodes/);
      expect(last(seen)).to.include({ bytes: 2_152, digest: DIGEST });
      expect(last(seen), "nobody in particular").to.not.have.property("node");
    });

    it("fail without a majority, or when the majority refuses the input", () => {
      const none = events(...drawn, { type: "refunded", amount: 1n, reason: "no-majority" });
      expect(last(several("refunded", none)).detail).to.match(/more than half/);
      const refused = events(...drawn, { type: "rejected", node: ZERO, code: 11 });
      expect(last(several("rejected", refused)).detail).to.match(/^More than half.*code 11/);
    });
  });

  it("wait while an answer is in dispute, say for what, and what the nodes found that looked again", () => {
    const disputed = events("requested", assigned(), "accepted", posted, "challenged");
    const seen = sight("challenged", disputed);
    expect(last(seen)).to.include({ step: "posted", state: "active", dispute: "open" });
    const during = (phase: DisputePhase, due = 1_200) => last({ ...seen, dispute: { phase, due } });
    expect(during("drawing").detail).to.match(/in dispute\. A jury of other nodes is being drawn\./);
    expect(during("committing").detail).to.match(/The jury evaluates the model again/);
    expect(during("revealing").detail).to.match(/The jurors tell/);
    expect(during("revealing").until).to.equal(1_200);
    expect(during("drawing", 1_000), "what is over is not waited for").to.not.have.property("until");
    const verdict = (one: Verdict) =>
      last(
        sight(
          "posted",
          events("requested", assigned(), "accepted", posted, "challenged", posted, { type: "resolved", verdict: one }),
        ),
      );
    expect(verdict("stands")).to.include({ step: "posted", state: "done", dispute: "stands" });
    expect(verdict("stands").detail).to.match(/looked again.*is right/);
    expect(verdict("replaced").detail).to.match(/looked again.*before was wrong/);
    expect(verdict("withheld").detail).to.match(/looked again.*serve it/);
    const undisputed = last(sight("posted", disputed.slice(0, 4)));
    expect(undisputed).to.not.have.property("dispute");
  });

  it("have one event a step, in the order of the steps", () => {
    const list = events("requested", assigned(), "declined", "draw-started", assigned(), "accepted", posted, "settled");
    expect(short(sight("settled", list))).to.deep.equal([
      "pay done",
      "assigned done",
      "evaluating done",
      "posted done",
    ]);
  });
});
