import { expect } from "chai";

import { configFromEnvironment, loadNodeConfig } from "../../../offchain/node/config.ts";
import { ConfigError } from "../../../offchain/node/errors.ts";

const least = { rpc: "http://127.0.0.1:8545", data: "/tmp/node" };

describe("node configuration", () => {
  it("needs an RPC address and a data folder, and has a default for everything else", () => {
    const config = loadNodeConfig(least);
    expect(config).to.include({ ...least, host: "127.0.0.1", port: 0, workers: 1, logLevel: "info" });
    expect(() => loadNodeConfig({})).to.throw(ConfigError, /rpc.*\n.*data/s);
  });

  it("lets flags win over the environment, and the environment over the file; what is undefined does not count", () => {
    const file = { ...least, port: 1, workers: 2, pollMs: 100 };
    const environment = configFromEnvironment({
      CLOAKWORK_NODE_PORT: "2",
      CLOAKWORK_NODE_POLL_MS: "200",
      PATH: "/bin",
    });
    const config = loadNodeConfig(file, environment, { port: 3, rpc: undefined });
    expect(config).to.include({ port: 3, pollMs: 200, workers: 2, rpc: least.rpc });
  });

  it("names every fault with what was expected", () => {
    try {
      loadNodeConfig({ ...least, rpc: "ftp://x", port: 70_000, workers: "two", ...{ colour: "red" } });
      expect.fail("accepted");
    } catch (error) {
      expect(error).to.be.instanceOf(ConfigError);
      const { message } = error as Error;
      for (const word of [
        "rpc: expected an http:// or https:// address",
        "port: ",
        "<=65535",
        "workers: ",
        "colour: no such setting",
      ])
        expect(message).to.include(word);
    }
  });

  it("refuses a misspelt environment variable instead of ignoring it", () => {
    expect(() => configFromEnvironment({ CLOAKWORK_NODE_PROT: "1" })).to.throw(ConfigError, /CLOAKWORK_NODE_PROT/);
  });

  it("takes a share of answers to look into, or never, and switches as text or values", () => {
    const given = (input: object): object => loadNodeConfig({ ...least, ...input });
    expect(given({})).to.include({ challenge: 0, audits: true, callbacks: true, challengeBond: 10n ** 17n });
    expect(given({ challenge: "never" })).to.include({ challenge: 0 });
    expect(given({ challenge: "0.25", audits: "false", callbacks: false })).to.include({
      challenge: 0.25,
      audits: false,
      callbacks: false,
    });
    for (const wrong of [{ challenge: 1.5 }, { challenge: "always" }, { audits: "perhaps" }])
      expect(() => given(wrong)).to.throw(ConfigError, /expected/);
  });

  it("leaves secrets out of the configuration", () => {
    expect(configFromEnvironment({ CLOAKWORK_NODE_SECRET_KEY: "0x01" })).to.deep.equal({});
  });
});
