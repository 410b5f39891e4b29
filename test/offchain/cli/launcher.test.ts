import { expect } from "chai";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const BIN = path.resolve(import.meta.dirname, "../../../bin/cloakwork.mjs");

/** A Node of this machine that is older than the command needs. */
async function olderNode(): Promise<string | undefined> {
  const places = [...(process.env.PATH ?? "").split(path.delimiter), "/usr/local/bin", "/usr/bin"];
  for (const place of new Set(places)) {
    const node = path.join(place, "node");
    if (!existsSync(node)) continue;
    const { stdout } = await run(node, ["--version"]);
    if (Number(/^v(\d+)/.exec(stdout)?.[1]) < 24) return node;
  }
  return undefined;
}

describe("the command under an older Node", () => {
  it("says which one it needs and how to get it", async function () {
    const node = await olderNode();
    if (node === undefined) {
      console.log("    This machine has no Node older than 24 to try.");
      this.skip();
    }
    const failed: unknown = await run(node, [BIN, "--version"], { env: {} }).catch((error: unknown) => error);
    expect(failed).to.include({ code: 1, stdout: "" });
    const { stderr } = failed as { stderr: string };
    expect(stderr).to.match(/^cloakwork needs Node 24 or newer, and this is v\d+\.\d+\.\d+\.\n/);
    expect(stderr).to.include("npx cloakwork");
  });
});
