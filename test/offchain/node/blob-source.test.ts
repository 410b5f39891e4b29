import { readFile, writeFile } from "node:fs/promises";

import { expect } from "chai";

import { bytes32 } from "../../../offchain/digest/hex.ts";
import { blobRoot } from "../../../offchain/digest/merkle.ts";
import { createBlobSource } from "../../../offchain/node/blob-source.ts";
import { BlobUnavailableError, StorageError } from "../../../offchain/storage/errors.ts";
import { pattern } from "../digest/reference.ts";
import { Servers } from "../storage/servers.ts";

const BYTES = pattern(50_000);
const ROOT = bytes32(blobRoot(BYTES));

describe("where a node finds blobs", function () {
  this.timeout(20_000);
  const servers = new Servers();
  afterEach(() => servers.stop());
  const from = (...hints: string[]) => ({
    maxBytes: 100_000,
    hints,
    signal: new AbortController().signal,
    withinMs: 10_000,
  });

  it("brings what is too large for memory to a file of its own, once", async () => {
    const [here, there] = [await servers.blobs(), await servers.blobs()];
    await there.store.put(BYTES);
    const blobs = createBlobSource(here.store, [], 31337);
    const file = await blobs.file(ROOT, from(there.url));
    expect(BYTES.equals(await readFile(file))).to.equal(true);
    expect(await blobs.file(ROOT, from())).to.equal(file);
  });

  it("gives a blob piece by piece, fetched first if need be, and leaves no piece behind", async () => {
    const [here, there] = [await servers.blobs(), await servers.blobs()];
    await there.store.put(BYTES);
    const blobs = createBlobSource(here.store, [], 31337);
    for (const options of [from(there.url), from()]) {
      const seen: Uint8Array[] = [];
      const copied: Uint8Array[] = [];
      for await (const piece of blobs.pieces(ROOT, options)) {
        seen.push(piece);
        copied.push(piece.slice());
      }
      expect(BYTES.equals(Buffer.concat(copied))).to.equal(true);
      expect(seen.map(({ length }) => length)).to.deep.equal(seen.map(() => 0));
    }
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

  it("asks the next one when the first gives out bytes so slowly that they would come too late", async () => {
    const [here, there] = [await servers.blobs(), await servers.blobs()];
    await there.store.put(BYTES);
    const slow = await servers.trickling(BYTES);
    const blobs = createBlobSource(here.store, [], 31337);
    const started = Date.now();
    const found = await blobs.get(ROOT, { ...from(slow, there.url), withinMs: 4_000 });
    expect(BYTES.equals(found)).to.equal(true);
    expect(Date.now() - started).to.be.greaterThan(1_900);
  });

  it("gives up in time when nobody is faster, for a file as well", async () => {
    const { store } = await servers.blobs();
    const slow = await servers.trickling(BYTES);
    const blobs = createBlobSource(store, [], 31337);
    for (const look of ["get", "file"] as const) {
      const started = Date.now();
      let thrown: unknown;
      await blobs[look](ROOT, { ...from(slow), withinMs: 500 }).catch((error: unknown) => (thrown = error));
      expect(thrown).to.be.instanceOf(BlobUnavailableError);
      expect(Date.now() - started).to.be.within(450, 8_000);
    }
  });
});
