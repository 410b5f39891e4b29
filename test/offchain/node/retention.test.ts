import { expect } from "chai";
import { pino } from "pino";

import type { Hex, RequestState } from "../../../offchain/chain/types.ts";
import { CloakworkError } from "../../../offchain/errors.ts";
import { AnswerStore, resultAnswer } from "../../../offchain/node/answers.ts";
import { CaseStore } from "../../../offchain/node/disputes/cases.ts";
import { JobStore, type JobState } from "../../../offchain/node/jobs.ts";
import { forgetFinished } from "../../../offchain/node/retention.ts";

const DAY = 24 * 60 * 60 * 1000;
const NOW = 100 * DAY;
const bindingOf = (id: bigint): Hex => `0x${id.toString(16).padStart(64, "0")}`;

describe("what a node forgets", () => {
  /** One request: how old its job is and its deadline, in days, how it stands here and on chain. */
  interface Given {
    readonly job?: JobState;
    readonly kase?: "watching" | "disputed" | "ended";
    readonly ended?: number;
    readonly deadline?: number;
    readonly chain?: RequestState | "lost";
  }

  /** @returns whether job, case and answers of the request are still there */
  async function after(given: Given): Promise<readonly boolean[]> {
    const { job = "ended", kase, ended = 8, deadline = 8, chain = "settled" } = given;
    using jobs = new JobStore(":memory:");
    using cases = new CaseStore(":memory:");
    using answers = new AnswerStore(":memory:");
    const [id, other] = [5n, 6n];
    for (const one of [id, other]) {
      jobs.add(one, 0, 0);
      answers.keep(bindingOf(one), "replica", resultAnswer(Uint8Array.of(1)));
      answers.keep(bindingOf(one), "juror", resultAnswer(Uint8Array.of(2)));
    }
    jobs.move(id, job, {}, NOW - ended * DAY);
    if (kase) {
      cases.add(id, 0, "no");
      cases.update(id, { state: kase });
    }
    const look = (asked: bigint) =>
      chain === "lost"
        ? Promise.reject(new CloakworkError("RPC_UNREACHABLE", "No chain.", "Wait."))
        : Promise.resolve({ state: chain, deadline: (NOW - deadline * DAY) / 1000, binding: bindingOf(asked) });
    const count = await forgetFinished({ jobs, cases, answers, look, log: pino({ level: "silent" }) }, NOW);
    const left = [
      jobs.get(id) !== undefined,
      kase !== undefined && cases.get(id) !== undefined,
      (["replica", "juror"] as const).some((role) => answers.get(bindingOf(id), role) !== undefined),
    ];
    expect(count).to.equal(left[0] ? 0 : 1);
    expect([jobs.get(other)?.state, answers.get(bindingOf(other), "juror")?.kind]).to.deep.equal(["drawing", 0]);
    return left;
  }

  it("is all of a request a week after its deadline, once it is settled or refunded", async () => {
    expect(await after({ kase: "ended" })).to.deep.equal([false, false, false]);
    expect(await after({ chain: "refunded" })).to.deep.equal([false, false, false]);
  });

  it("is nothing of one that may still be disputed, is under way here, or is younger", async () => {
    for (const state of ["posted", "rejected", "challenged", "committed"] as const) {
      expect(await after({ kase: "ended", chain: state }), state).to.deep.equal([true, true, true]);
    }
    for (const kase of ["watching", "disputed"] as const) {
      expect(await after({ kase }), kase).to.deep.equal([true, true, true]);
    }
    expect(await after({ job: "posted", kase: "ended" })).to.deep.equal([true, true, true]);
    expect(await after({ ended: 7 })).to.deep.equal([true, false, true]);
    expect(await after({ deadline: 7 })).to.deep.equal([true, false, true]);
  });

  it("is nothing while the chain cannot be asked", async () => {
    expect(await after({ chain: "lost" })).to.deep.equal([true, false, true]);
  });
});
