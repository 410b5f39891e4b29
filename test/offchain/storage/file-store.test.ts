import * as nodeFs from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";

import type { Bytes32 } from "../../../offchain/digest/hex.ts";
import type { FileSystem } from "../../../offchain/storage/disk.ts";
import { FileStore } from "../../../offchain/storage/file-store.ts";
import { pattern, reference } from "../digest/reference.ts";
import { failure, files, pieces, temporaryFolder } from "./helpers.ts";

const rootOf = (bytes: Buffer): Bytes32 => reference("blob", bytes, []).root as Bytes32;
const anything = { maxBytes: 1e9 };

describe("File store", function () {
  this.timeout(20_000);
  let folder: string;
  let dispose: () => Promise<void>;

  beforeEach(async () => {
    ({ folder, dispose } = await temporaryFolder());
  });
  afterEach(() => dispose());

  const place = (root: Bytes32) => path.join("blobs", root.slice(2, 4), root.slice(2));

  /** A file system that fails at one call with a system error. */
  const failing = (code: string, at: "write" | "sync" | "rename" | "open" | "mkdir", after = 0): FileSystem => {
    let calls = 0;
    const fail = () => {
      if (calls++ >= after) throw Object.assign(new Error(`${code}: injected`), { code });
    };
    return {
      ...nodeFs,
      open: async (file, flags, mode) => {
        if (at === "open" && flags === "wx") fail();
        const handle = await nodeFs.open(file, flags, mode);
        if (flags !== "wx") return handle;
        return new Proxy(handle, {
          get(target, name) {
            if ((name === "writeFile" && at === "write") || (name === "sync" && at === "sync")) fail();
            const member: unknown = Reflect.get(target, name);
            return typeof member === "function" ? (member.bind(target) as unknown) : member;
          },
        });
      },
      rename: async (from, to) => {
        if (at === "rename") fail();
        await nodeFs.rename(from, to);
      },
      mkdir: (async (...args: Parameters<typeof nodeFs.mkdir>) => {
        if (at === "mkdir" && String(args[0]).includes(`${path.sep}blobs${path.sep}`)) fail();
        return nodeFs.mkdir(...args);
      }) as typeof nodeFs.mkdir,
    };
  };

  it("keeps bytes under the root a second implementation gives, and gives them back", async () => {
    const store = await FileStore.open(folder);
    for (const size of [0, 1, 1024, 300_000]) {
      const bytes = pattern(size);
      const root = rootOf(bytes);
      expect(await store.has(root)).to.equal(false);
      expect(await store.put(bytes)).to.deep.equal({ root, size, created: true });
      expect(await store.put(pieces(bytes, 1000))).to.deep.equal({ root, size, created: false });
      expect(await store.has(root)).to.equal(true);
      expect(await store.size(root)).to.equal(size);
      expect(bytes.equals(await store.get(root, anything))).to.equal(true);
    }
    expect(store.usedBytes).to.equal(301_025);
    expect((await FileStore.open(folder)).usedBytes).to.equal(301_025);
    expect((await files(folder)).filter((file) => file.startsWith("tmp"))).to.deep.equal([]);
  });

  it("says what is missing", async () => {
    const store = await FileStore.open(folder);
    const root = rootOf(pattern(5));
    await failure(store.get(root, anything), "BLOB_NOT_FOUND");
    expect(await store.size(root)).to.equal(undefined);
    expect(await store.remove(root)).to.equal(false);
  });

  it("lets no name near a path that is not a root", async () => {
    const store = await FileStore.open(folder);
    const names = ["../../etc/passwd", "0x..", `0x${"../".repeat(21)}a`, "", `0x${"a".repeat(63)}/`];
    for (const name of names as Bytes32[]) {
      await failure(store.get(name, anything), "HEX_FORMAT");
      await failure(store.size(name), "HEX_FORMAT");
      await failure(store.remove(name), "HEX_FORMAT");
    }
  });

  it("refuses bytes with another root than expected, and leaves nothing", async () => {
    const store = await FileStore.open(folder);
    const expected = rootOf(pattern(2000));
    await failure(store.put(pattern(2001), { expected }), "BLOB_DIGEST_MISMATCH");
    expect(await files(folder)).to.deep.equal([]);
    expect(store.usedBytes).to.equal(0);
  });

  it("refuses a blob beyond the limits while it streams, and leaves nothing", async () => {
    const store = await FileStore.open(folder, { maxBlobBytes: 5000 });
    let read = 0;
    function* endless(): Generator<Uint8Array> {
      for (;;) {
        read += 1000;
        yield new Uint8Array(1000);
      }
    }
    await failure(store.put(endless()), "BLOB_TOO_LARGE");
    expect(read).to.equal(6000);
    await failure(store.put(pattern(3000), { maxBytes: 2999 }), "BLOB_TOO_LARGE");
    expect(await files(folder)).to.deep.equal([]);
    expect(store.usedBytes).to.equal(0);
    const { root } = await store.put(pattern(5000));
    await failure(store.get(root, { maxBytes: 4999 }), "BLOB_TOO_LARGE");
    expect((await store.get(root, { maxBytes: 5000 })).length).to.equal(5000);
  });

  it("refuses beyond its quota, also for puts at the same time, and goes on afterwards", async () => {
    const store = await FileStore.open(folder, { quotaBytes: 10_000 });
    const slow = async function* (seed: number) {
      for (let i = 0; i < 6; i++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        yield new Uint8Array(1000).fill(seed);
      }
    };
    const outcomes = await Promise.allSettled([store.put(slow(1)), store.put(slow(2))]);
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused.length).to.be.within(1, 2);
    for (const { reason } of refused) expect(reason).to.have.property("code", "STORAGE_FULL");
    expect(store.usedBytes).to.equal((2 - refused.length) * 6000);
    const kept = await files(folder);
    expect(kept.length).to.equal(2 - refused.length);

    await store.put(pattern(4000));
    const room = 10_000 - store.usedBytes;
    await failure(store.put(new Uint8Array(room + 1)), "STORAGE_FULL");
    await store.put(new Uint8Array(room));
    expect(store.usedBytes).to.equal(10_000);
  });

  it("frees its quota when a blob is removed", async () => {
    const store = await FileStore.open(folder, { quotaBytes: 1000 });
    const { root } = await store.put(new Uint8Array(1000));
    await failure(store.put(Uint8Array.of(1)), "STORAGE_FULL");
    expect(await store.remove(root)).to.equal(true);
    expect(await store.has(root)).to.equal(false);
    await store.put(new Uint8Array(1000).fill(1));
  });

  it("makes room by what nobody used lately, holds or reads, and remembers the last use over a restart", async () => {
    const options = { quotaBytes: 3000, evictIdleMs: 60_000 };
    const before = await FileStore.open(folder, options);
    const stored: Bytes32[] = [];
    for (const seed of [1, 2, 3]) stored.push((await before.put(new Uint8Array(1000).fill(seed))).root);
    const [oldest, held, read] = stored;
    const ago = Date.now() / 1000 - 7200;
    for (const root of stored) await nodeFs.utimes(path.join(folder, place(root)), ago, ago);

    const store = await FileStore.open(folder, options);
    store.hold(held, Date.now() + 60_000);
    await store.get(read, anything);
    const { root: fresh } = await store.put(new Uint8Array(1000).fill(4));
    expect(await Promise.all([...stored, fresh].map((root) => store.has(root)))).to.deep.equal([
      false,
      true,
      true,
      true,
    ]);
    expect(store.usedBytes).to.equal(3000);
    await failure(store.put(new Uint8Array(1000).fill(5)), "STORAGE_FULL");
    expect(await store.has(fresh)).to.equal(true);

    const after = await FileStore.open(folder, options);
    await after.put(new Uint8Array(1000).fill(6));
    expect(await after.has(held), "a hold is not remembered").to.equal(false);
    expect(await after.has(read), "a use is").to.equal(true);
    expect(await after.has(oldest)).to.equal(false);
  });

  for (const [code, at, after, expected] of [
    ["ENOSPC", "write", 3, "STORAGE_FULL"],
    ["EDQUOT", "sync", 0, "STORAGE_FULL"],
    ["ENOSPC", "open", 0, "STORAGE_FULL"],
    ["ENOSPC", "mkdir", 0, "STORAGE_FULL"],
    ["ENOSPC", "rename", 0, "STORAGE_FULL"],
    ["EIO", "write", 0, "STORAGE_IO"],
    ["EROFS", "open", 0, "STORAGE_IO"],
  ] as const) {
    it(`tells ${code} at ${at} as ${expected}, and leaves nothing`, async () => {
      const store = await FileStore.open(folder, { fs: failing(code, at, after) });
      await failure(store.put(pieces(pattern(10_000), 1000)), expected);
      expect(await files(folder)).to.deep.equal([]);
      expect(store.usedBytes).to.equal(0);
    });
  }

  it("leaves nothing of a put whose source fails or that is cancelled, and reports the reason as it is", async () => {
    const store = await FileStore.open(folder);
    const reason = new Error("the sender went away");
    function* broken(): Generator<Uint8Array> {
      yield pattern(5000);
      throw reason;
    }
    const failed = await store.put(broken()).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failed).to.equal(reason);

    const controller = new AbortController();
    const cancelled = await store
      .put(pieces(pattern(50_000), 1000), {
        signal: controller.signal,
        onProgress: (done) => {
          if (done >= 10_000) controller.abort();
        },
      })
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(cancelled).to.have.property("name", "AbortError");
    expect(await files(folder)).to.deep.equal([]);
    expect(store.usedBytes).to.equal(0);
  });

  it("takes the same blob from many puts at once, and counts it once", async () => {
    const store = await FileStore.open(folder);
    const bytes = pattern(200_000);
    const stored = await Promise.all(Array.from({ length: 12 }, (_, i) => store.put(pieces(bytes, 10_000 + i))));
    expect(new Set(stored.map(({ root }) => root))).to.deep.equal(new Set([rootOf(bytes)]));
    expect(stored.filter(({ created }) => created).length).to.equal(1);
    expect(store.usedBytes).to.equal(200_000);
    expect(await files(folder)).to.deep.equal([place(rootOf(bytes))]);
    expect(bytes.equals(await store.get(rootOf(bytes), anything))).to.equal(true);
  });

  it("never gives out bytes that changed on disk: sets them aside, and takes them anew", async () => {
    const store = await FileStore.open(folder);
    const bytes = pattern(700_000);
    const { root } = await store.put(bytes);
    const file = path.join(folder, place(root));
    for (const damage of ["flip", "cut", "grow", "empty"]) {
      const changed = Buffer.from(bytes);
      changed[699_999] ^= 1;
      const content = {
        flip: changed,
        cut: bytes.subarray(1),
        grow: Buffer.concat([bytes, Buffer.of(0)]),
        empty: Buffer.alloc(0),
      }[damage]!;
      await nodeFs.writeFile(file, content);
      let given = 0;
      const { bytes: stream } = await store.openBlob(root, anything);
      const reading = (async () => {
        for await (const piece of stream) given += piece.length;
      })();
      await failure(reading, "BLOB_CORRUPT");
      expect(given, damage).to.be.lessThan(Math.max(1, content.length));
      await failure(store.get(root, anything), "BLOB_NOT_FOUND");
      await store.put(bytes);
      expect((await store.get(root, anything)).length).to.equal(700_000);
    }
    expect(await files(folder)).to.deep.equal([place(root), path.join("damaged", root.slice(2))]);
  });

  it("mends a damaged copy when the blob is put again", async () => {
    const store = await FileStore.open(folder);
    const { root } = await store.put(pattern(5000));
    await nodeFs.writeFile(path.join(folder, place(root)), "x");
    await store.put(pattern(5000));
    expect(pattern(5000).equals(await store.get(root, anything))).to.equal(true);
  });

  it("clears away what died an hour ago, and leaves what may still be written", async () => {
    await FileStore.open(folder);
    await nodeFs.writeFile(path.join(folder, "tmp", "dead"), "x");
    await nodeFs.writeFile(path.join(folder, "tmp", "alive"), "x");
    const long = new Date(Date.now() - 61 * 60 * 1000);
    await nodeFs.utimes(path.join(folder, "tmp", "dead"), long, long);
    await FileStore.open(folder);
    expect(await files(folder)).to.deep.equal([path.join("tmp", "alive")]);
  });

  it("opens no folder where a file is", async () => {
    await nodeFs.writeFile(path.join(folder, "file"), "x");
    await failure(FileStore.open(path.join(folder, "file")), "STORAGE_IO");
  });

  it("reports progress and stops reading when cancelled", async () => {
    const store = await FileStore.open(folder);
    const { root } = await store.put(pattern(1_000_000));
    const controller = new AbortController();
    const seen: number[] = [];
    const outcome = await store
      .get(root, {
        ...anything,
        signal: controller.signal,
        onProgress: (done, total) => {
          expect(total).to.equal(1_000_000);
          seen.push(done);
          controller.abort();
        },
      })
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(outcome).to.have.property("name", "AbortError");
    expect(seen.length).to.equal(1);
  });
});
