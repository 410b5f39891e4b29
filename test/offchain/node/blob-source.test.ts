import { readFile, writeFile } from "node:fs/promises";

import { expect } from "chai";

import { bytes32 } from "../../../offchain/digest/hex.ts";
import { blobRoot } from "../../../offchain/digest/merkle.ts";
import { createBlobSource } from "../../../offchain/node/blob-source.ts";
import { StorageError } from "../../../offchain/storage/errors.ts";
import { pattern } from "../digest/reference.ts";
import { Servers } from "../storage/servers.ts";

const BYTES = pattern(50_000);
const ROOT = bytes32(blobRoot(BYTES));

describe("where a node finds blobs", () => {
  const servers = new Servers();
  afterEach(() => servers.stop());
  const from = (...hints: string[]) => ({ maxBytes: 100_000, hints, signal: new AbortController().signal });

  it("brings what is too large for memory to a file of its own, once", async () => {
    const [here, there] = [await servers.blobs(), await servers.blobs()];
    await there.store.put(BYTES);
    const blobs = createBlobSource(here.store, [], 31337);
    const file = await blobs.file(ROOT, from(there.url));
    expect(BYTES.equals(await readFile(file))).to.equal(true);
    expect(await blobs.file(ROOT, from())).to.equal(file);
  });

  it("finds anew what was changed on the disk, once that was noticed", async () => {
    const [here, there] = [await servers.blobs(), await servers.blobs()];
    await there.store.put(BYTES);
    const blobs = createBlobSource(here.store, [there.url], 31337);
    const file = await blobs.file(ROOT, from());
    await blobs.verify(ROOT);
    await writeFile(file, BYTES.subarray(1));
    let thrown: unknown;
    await blobs.verify(ROOT).catch((error: unknown) => (thrown = error));
    expect(thrown).to.be.instanceOf(StorageError).with.property("code", "BLOB_CORRUPT");
    expect(BYTES.equals(await readFile(await blobs.file(ROOT, from())))).to.equal(true);
  });

  it("keeps and serves what was computed here, however full the store gets", async () => {
    const { store } = await servers.blobs({}, { quotaBytes: 120_000, evictIdleMs: 0 });
    const blobs = createBlobSource(store, [], 31337);
    await blobs.keep(BYTES, Date.now() + 60_000);
    await blobs.keep(BYTES, Date.now() + 60_000);
    await store.put(pattern(60_001));
    await store.put(pattern(60_002));
    expect(BYTES.equals(await blobs.get(ROOT, from()))).to.equal(true);
  });
});
