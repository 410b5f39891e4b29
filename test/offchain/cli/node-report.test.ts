import { expect } from "chai";

import { askNode } from "../../../offchain/cli/node-report.ts";
import { Servers } from "../storage/servers.ts";

const REPORT = {
  version: 1,
  node: "0x0",
  startedAt: "2026-01-01T00:00:00Z",
  models: [{ id: "1", version: 1, name: "digits", plans: 1 }],
  jobs: { posted: 2 },
  recent: [],
  storedBytes: 5,
};

describe("askNode", function () {
  this.timeout(20_000);
  const servers = new Servers();
  const { signal } = new AbortController();
  after(() => servers.stop());

  const answering = (body: string, status = 200) =>
    servers.answering((_request, response) => {
      response.writeHead(status).end(body);
    });

  it("gives what a node says of itself", async () => {
    const report = await askNode(await answering(JSON.stringify(REPORT)), signal);
    expect(report?.models).to.deep.equal([{ id: "1", version: 1, name: "digits" }]);
  });

  it("makes text harmless that could move the cursor or turn the line", async () => {
    const models = [{ id: "1", version: 1, name: "\u001b[2Jdigits\u202e\u009b\nX é", plans: 1 }];
    const report = await askNode(await answering(JSON.stringify({ ...REPORT, models })), signal);
    expect(report?.models[0].name).to.equal("?[2Jdigits???X é");
  });

  it("takes nothing that is too long, no report, an error, or nobody's", async () => {
    for (const body of ["", "[]", "{}", JSON.stringify({ ...REPORT, jobs: { a: -1 } }), `"${"x".repeat(2 << 20)}"`]) {
      expect(await askNode(await answering(body), signal), body.slice(0, 20)).to.equal(undefined);
    }
    expect(await askNode(await answering(JSON.stringify(REPORT), 500), signal)).to.equal(undefined);
    expect(await askNode(await servers.nowhere(), signal)).to.equal(undefined);
  });
});
