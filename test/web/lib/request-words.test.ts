import { expect } from "chai";

import type { DutyState, InferenceRequest, RefundReason, RequestState } from "../../../offchain/chain/types.ts";
import { possibleActions } from "../../../offchain/client/request-actions.ts";
import type { ComplaintStanding } from "../../../offchain/client/withheld.ts";
import { actionLabel, badgeOf, noteOf } from "../../../web/lib/request-words.ts";

const NOW = 1_000;
const DEADLINE = 2_000;

interface Case {
  readonly replicas?: 1 | 3 | 5 | 7;
  readonly now?: number;
  readonly head?: number;
  readonly until?: number;
  readonly duties?: readonly DutyState[];
  readonly code?: number;
  readonly blob?: boolean;
  readonly reason?: RefundReason;
  readonly complaint?: ComplaintStanding["state"];
}

function rowOf(state: RequestState, one: Case = {}) {
  const { replicas = 1, now = NOW, head = 20, until = 1_500, duties = [], code = 0, blob = false, reason } = one;
  const complaint = one.complaint && { state: one.complaint, bond: 5n, atRisk: 3n };
  const request = {
    state,
    replicas,
    deadline: DEADLINE,
    until,
    drawRound: 10,
    rejectCode: code,
    result: { kind: blob ? 1 : 0, size: 1, digest: "0x" },
    duties: duties.map((each) => ({ state: each })),
  } as unknown as InferenceRequest;
  return { request, now, actions: possibleActions(request, now, head), refundReason: reason, complaint };
}

const badge = (state: RequestState, one?: Case) => badgeOf(rowOf(state, one)).words;
const note = (state: RequestState, one?: Case) => noteOf(rowOf(state, one), NOW * 1_000);
const label = (state: RequestState, one?: Case) => {
  const row = rowOf(state, one);
  return row.actions.map((action) => actionLabel(action, row));
};

describe("web/lib/request-words", () => {
  it("speak of one node, or of as many as were asked for", () => {
    expect(note("assigned")).to.match(/^There is time until .+; after that you can take your money back\.$/);
    expect(note("posted")).to.match(/^The node is paid when you settle, or after .+ without you\.$/);
    expect(note("settled")).to.match(/^The node and the model’s owner/);
    for (const replicas of [3, 5, 7] as const) {
      expect(note("assigned", { replicas })).to.match(
        new RegExp(`^${replicas} nodes have time until .+more than half`),
      );
      expect(note("requested", { replicas, head: 5 })).to.match(new RegExp(`until the ${replicas} nodes are drawn`));
      expect(note("committed", { replicas })).to.match(new RegExp(`^The ${replicas} nodes tell`));
      expect(note("posted", { replicas })).to.match(/^The nodes that gave it are paid/);
      expect(note("settled", { replicas })).to.match(/^The nodes that gave the answer/);
    }
  });

  it("offer to cancel until the draw, and say afterwards that it was cancelled", () => {
    expect(label("requested", { head: 5 })).to.deep.equal(["Cancel"]);
    expect(note("requested", { head: 5 })).to.match(/^You can cancel until a node is drawn/);
    expect(label("requested", { head: 20 })).to.deep.equal([]);
    expect(badge("refunded", { reason: "cancelled" })).to.equal("Cancelled");
    expect(note("refunded", { reason: "cancelled" })).to.match(/^You cancelled it/);
  });

  it("say why the money went back", () => {
    expect(badge("refunded", { reason: "no-majority" })).to.equal("Refunded");
    expect(note("refunded", { reason: "no-majority" })).to.match(/balance: no answer was given by more than half/);
    expect(note("refunded", { reason: "input-unavailable" })).to.match(/could not be fetched/);
    expect(note("refunded")).to.equal("The money went back to your balance.");
  });

  it("take the money back where nobody answered, and go on without the late where some did", () => {
    const late = { now: DEADLINE + 1 };
    expect([badge("accepted", late), ...label("accepted", late)]).to.deep.equal([
      "No answer in time",
      "Take the money back",
    ]);
    const silent = { ...late, replicas: 3, duties: ["accepted", "assigned", "missed"] } as const;
    expect(label("assigned", silent)).to.deep.equal(["Take the money back"]);
    const some = { ...late, replicas: 3, duties: ["committed", "accepted", "committed"] } as const;
    expect(label("assigned", some)).to.deep.equal(["Go on without the late"]);
    expect(note("assigned", some)).to.match(/^Not all nodes answered in time\. Without the late/);
    const unrevealed = { replicas: 3, until: NOW - 1 } as const;
    expect([badge("committed", unrevealed), ...label("committed", unrevealed)]).to.deep.equal([
      "No answer in time",
      "Go on without the late",
    ]);
  });

  it("tell what was refused, by whom", () => {
    expect(badge("rejected", { code: 11 })).to.equal("Input refused");
    expect(note("rejected", { code: 11 })).to.match(/^The node refused it: the encrypted input holds .+\(code 11\)\./);
    expect(note("rejected", { code: 121, replicas: 5 })).to.match(/^More than half of the nodes refused it: the keys /);
  });

  it("wait for a jury, and name no time that is over once it has spoken", () => {
    expect(badge("challenged")).to.equal("In dispute");
    expect(note("challenged")).to.match(/^A jury of other nodes/);
    expect(note("posted", { until: 0 })).to.equal("The node is paid when you settle.");
  });

  it("ask for a batch to be read before it is paid for", () => {
    expect(note("posted", { blob: true })).to.match(/Read it first/);
    expect(note("challenged", { blob: true, complaint: "judging" })).to.match(/^You said that nobody serves/);
  });
});
