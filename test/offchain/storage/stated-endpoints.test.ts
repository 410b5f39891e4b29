import { expect } from "chai";

import { isPrivateHost, usableEndpoints } from "../../../offchain/storage/stated-endpoints.ts";

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

describe("usableEndpoints", () => {
  it("keeps plain public addresses, without a slash at their end", () => {
    const stated = ["https://node.example/", "gopher://node.example", "https://a:b@node.example", "http://10.0.0.1"];
    expect(usableEndpoints(stated, 1)).to.deep.equal(["https://node.example"]);
  });

  it("keeps private ones on a local chain", () => {
    expect(usableEndpoints(["http://127.0.0.1:1", "ftp://127.0.0.1"], 31337)).to.deep.equal(["http://127.0.0.1:1"]);
  });
});
