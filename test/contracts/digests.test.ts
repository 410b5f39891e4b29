import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { expect } from "chai";

import { deployTesting } from "./support/fixture.ts";
import { bytes32 } from "./support/values.ts";

interface Tree {
  readonly kind: string;
  readonly size: number;
  readonly bytes: string;
  readonly root: string;
}

const vectors = JSON.parse(readFileSync("test/vectors/digests.json", "utf8")) as { trees: readonly Tree[] };
const blobs = vectors.trees.filter(({ kind }) => kind === "blob");

describe("Digests", () => {
  const harness = () => deployTesting("DigestsHarness");

  it("has blob vectors of many shapes to compare with", () => {
    expect(blobs.length).to.be.greaterThan(8);
  });

  for (const { size, bytes, root } of blobs) {
    it(`computes the root of a blob of ${size} bytes`, async () => {
      const contract = await harness();
      expect(await contract.getFunction("blobRoot")(bytes)).to.equal(root);
    });
  }

  it("names a key set by owner, salt and parameter digest", async () => {
    const contract = await harness();
    const owner = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
    const hash = createHash("sha256")
      .update("cloakwork/keyset/1")
      .update(Buffer.from(owner.slice(2), "hex"));
    for (const part of [bytes32("salt"), bytes32("params")]) hash.update(Buffer.from(part.slice(2), "hex"));
    const id = (await contract.getFunction("keySetId")(owner, bytes32("salt"), bytes32("params"))) as string;
    expect(id).to.equal(`0x${hash.digest("hex")}`);
  });
});
