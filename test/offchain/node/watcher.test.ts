import { expect } from "chai";
import { pino } from "pino";

import type { Hex, RequestEvent } from "../../../offchain/chain/types.ts";
import { CaseStore } from "../../../offchain/node/disputes/cases.ts";
import { JobStore } from "../../../offchain/node/jobs.ts";
import { createMetrics } from "../../../offchain/node/metrics.ts";
import { record, type Recording } from "../../../offchain/node/watcher.ts";

const NODE: Hex = `0x${"11".repeat(20)}`;
const HASH: Hex = `0x${"22".repeat(32)}`;
const WHERE = { requestId: 7n, blockNumber: 1, blockHash: HASH, logIndex: 0, transactionHash: HASH } as const;

describe("events of the hub", () => {
  function recording(): Recording & Disposable {
    const [jobs, cases] = [new JobStore(":memory:"), new CaseStore(":memory:")];
    return {
      chain: { node: NODE },
      jobs,
      cases,
      models: { get: () => undefined },
      looksInto: () => false,
      metrics: createMetrics(),
      log: pino({ level: "silent" }),
      [Symbol.dispose]() {
        jobs[Symbol.dispose]();
        cases[Symbol.dispose]();
      },
    };
  }
  const challenged: RequestEvent = { ...WHERE, type: "challenged" };

  it("bring an answer back that was taken for undisputed just before it was challenged", () => {
    using to = recording();
    to.cases.add(7n, 100, "no");
    to.cases.update(7n, { state: "ended", note: "nobody disputed it" });
    record(to, challenged);
    expect(to.cases.get(7n)?.state).to.equal("disputed");
    expect(to.cases.open().map(({ requestId }) => requestId)).to.deep.equal([7n]);
  });

  it("change nothing about answers that are watched, or are none of this node's", () => {
    using to = recording();
    to.cases.add(8n, 100, "wanted");
    record(to, { ...challenged, requestId: 8n });
    record(to, challenged);
    expect(to.cases.get(8n)).to.include({ state: "watching", looking: "wanted" });
    expect(to.cases.get(7n)).to.equal(undefined);
  });
});
