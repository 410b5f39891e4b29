import { expect } from "chai";

import { endpointsOf, isPrivateHost, storeAt } from "../../../offchain/client/endpoints.ts";
import type { Deployment } from "../../../offchain/chain/types.ts";
import { ClientError } from "../../../offchain/client/errors.ts";

const on = (chainId: number, endpoints: readonly string[] = []) => ({
  endpoints,
  deployment: { chainId } as Deployment,
});

describe("isPrivateHost", () => {
  const host = (url: string) => new URL(url).hostname;

  it("knows this machine and private networks, however they are written", () => {
    for (const url of [
      "http://localhost:80",
      "http://LOCALHOST",
      "http://a.localhost",
      "http://localhost.",
      "http://127.0.0.1",
      "http://127.1",
      "http://2130706433",
      "http://0x7f.0.0.1",
      "http://0.0.0.0",
      "http://10.1.2.3",
      "http://172.16.0.1",
      "http://172.31.255.255",
      "http://192.168.1.1",
      "http://169.254.169.254",
      "http://100.64.0.1",
      "http://[::1]",
      "http://[::]",
      "http://[fd00::1]",
      "http://[fe80::1]",
      "http://[::ffff:127.0.0.1]",
      "http://[::ffff:10.0.0.1]",
      "http://printer.local",
      "http://metadata.google.internal",
    ]) {
      expect(isPrivateHost(host(url)), url).to.equal(true);
    }
  });

  it("lets public hosts through", () => {
    for (const url of [
      "https://node.example.org",
      "http://8.8.8.8",
      "http://172.32.0.1",
      "http://172.15.0.1",
      "http://100.128.0.1",
      "http://11.0.0.1",
      "http://[2001:db8::1]",
      "http://[::ffff:8.8.8.8]",
      "http://localhost.example.org",
    ]) {
      expect(isPrivateHost(host(url)), url).to.equal(false);
    }
  });
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
