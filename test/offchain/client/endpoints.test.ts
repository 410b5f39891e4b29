import { expect } from "chai";

import { endpointsOf, storeAt } from "../../../offchain/client/endpoints.ts";
import type { Deployment } from "../../../offchain/chain/types.ts";
import { ClientError } from "../../../offchain/client/errors.ts";

const on = (chainId: number, endpoints: readonly string[] = []) => ({
  endpoints,
  deployment: { chainId } as Deployment,
});

describe("endpointsOf", () => {
  it("asks the person's own stores first, each store once", () => {
    const endpoints = endpointsOf(on(1, ["https://mine.example/"]), [
      "https://node.example",
      "https://mine.example",
      "https://node.example/",
    ]);
    expect(endpoints).to.deep.equal(["https://mine.example", "https://node.example"]);
  });

  it("leaves out what strangers wrote that is no plain URL", () => {
    const stated = [
      "",
      "nonsense",
      "ftp://a.example",
      "https://user:pass@a.example",
      "https://a.example/?x=1",
      "file:///etc",
    ];
    expect(endpointsOf(on(1), stated)).to.deep.equal([]);
  });

  it("does not let the chain point into private networks, except on a local chain", () => {
    const stated = ["http://127.0.0.1:8080", "http://192.168.0.1"];
    expect(endpointsOf(on(1), stated)).to.deep.equal([]);
    expect(endpointsOf(on(31337), stated)).to.deep.equal(stated);
    expect(endpointsOf(on(1, ["http://127.0.0.1:8080"]), stated)).to.deep.equal(["http://127.0.0.1:8080"]);
  });

  it("says so when there is no store to ask", () => {
    expect(() => storeAt([], "the plan"))
      .to.throw(ClientError)
      .with.property("code", "NO_ENDPOINT");
  });
});
