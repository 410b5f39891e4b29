import { expect } from "chai";

import type { Bytes32 } from "../../../offchain/digest/hex.ts";
import { BlobUnavailableError, type EndpointFailure } from "../../../offchain/storage/errors.ts";
import { HttpStore, type HttpStoreOptions } from "../../../offchain/storage/http-store.ts";
import { pattern, reference } from "../digest/reference.ts";
import { failure, files, pieces } from "./helpers.ts";
import { Servers } from "./servers.ts";

const rootOf = (bytes: Buffer): Bytes32 => reference("blob", bytes, []).root as Bytes32;
const anything = { maxBytes: 1e9 };
const BYTES = pattern(300_000);
const ROOT = rootOf(BYTES);

describe("HTTP store", function () {
  this.timeout(20_000);
  const servers = new Servers();
  afterEach(() => servers.stop());

  const storeOf = (endpoints: string[], options: Partial<HttpStoreOptions> = {}) => {
    const failures: EndpointFailure[] = [];
    const store = new HttpStore({ endpoints, backoffMs: 5, onFailure: (one) => failures.push(one), ...options });
    return { store, failures, codes: () => failures.map(({ error }) => error.code) };
  };

  /** A server that serves these bytes whatever it is asked for. */
  const liar = (bytes: Uint8Array) =>
    servers.answering((_request, response) => {
      response.end(bytes);
    });

  it("puts and gets through a real server, with progress to the last byte", async () => {
    const { url, store: files } = await servers.blobs();
    const { store, failures } = storeOf([`${url}/`]);
    const sent: number[] = [];
    const stored = await store.put(BYTES, {
      onProgress: (done, total) => {
        expect(total).to.equal(300_000);
        sent.push(done);
      },
    });
    expect(stored).to.deep.equal({ root: ROOT, size: 300_000, created: true });
    expect(sent.at(-1)).to.equal(300_000);
    expect(sent.length).to.be.greaterThan(3);
    expect(await files.has(ROOT)).to.equal(true);

    const received: number[] = [];
    const got = await store.get(ROOT, {
      maxBytes: 300_000,
      onProgress: (done, total) => {
        expect(total).to.equal(300_000);
        received.push(done);
      },
    });
    expect(BYTES.equals(got)).to.equal(true);
    expect(received.at(-1)).to.equal(300_000);
    expect(await store.size(ROOT)).to.equal(300_000);
    expect(await store.has(ROOT)).to.equal(true);
    expect(failures).to.deep.equal([]);
  });

  it("does not send what the server has already", async () => {
    const { url } = await servers.blobs();
    const { store } = storeOf([url]);
    await store.put(pieces(BYTES, 7000));
    let asked = 0;
    expect(await store.put(BYTES, { onProgress: () => asked++ })).to.deep.equal({
      root: ROOT,
      size: 300_000,
      created: false,
    });
    expect(asked).to.equal(0);
  });

  it("leaves a server that serves other bytes, says which, and takes them from the next", async () => {
    const flipped = Buffer.from(BYTES);
    flipped[123] ^= 1;
    const lying = await liar(flipped);
    const { url, store: honest } = await servers.blobs();
    await honest.put(BYTES);
    const { store, failures } = storeOf([lying, url]);
    expect(BYTES.equals(await store.get(ROOT, anything))).to.equal(true);
    expect(failures.map(({ endpoint, error }) => [endpoint, error.code])).to.deep.equal([
      [lying, "BLOB_DIGEST_MISMATCH"],
    ]);
  });

  it("takes no bytes from servers that cut, pad, or answer with an error page", async () => {
    const bad = [
      await liar(BYTES.subarray(0, -1)),
      await liar(Buffer.concat([BYTES, Buffer.of(0)])),
      await liar(Buffer.from("<html>Welcome to the hotel wifi</html>")),
    ];
    const { store } = storeOf(bad);
    const error = await failure(store.get(ROOT, anything), "BLOB_UNAVAILABLE");
    if (!(error instanceof BlobUnavailableError)) return expect.fail("another error");
    const { failures } = error;
    expect(failures.map(({ endpoint }) => endpoint)).to.deep.equal(bad);
    expect(failures.map(({ error: one }) => one.code)).to.deep.equal(Array(3).fill("BLOB_DIGEST_MISMATCH"));
    for (const endpoint of bad) expect(error.message).to.include(endpoint);
  });

  it("copies into another store, past a server that lies, and tells when that store is full", async () => {
    const good = await servers.blobs();
    await good.store.put(BYTES);
    const { store, codes } = storeOf([await liar(Buffer.from(BYTES).fill(1, 5, 9)), good.url]);
    const into = await servers.blobs();
    expect(await store.copyTo(into.store, ROOT, anything)).to.deep.equal({ root: ROOT, size: 300_000, created: true });
    expect(BYTES.equals(await into.store.get(ROOT, anything))).to.equal(true);
    expect(codes()).to.deep.equal(["BLOB_DIGEST_MISMATCH"]);

    const small = await servers.blobs({}, { quotaBytes: 100_000 });
    const honest = storeOf([good.url]).store;
    await failure(honest.copyTo(small.store, ROOT, anything), "STORAGE_FULL");
    await failure(honest.copyTo(small.store, ROOT, { maxBytes: 1000 }), "BLOB_UNAVAILABLE");
    expect(await files(small.folder)).to.deep.equal([]);
  });

  it("stops reading a server that sends without end, and one that announces too much", async () => {
    let sent = 0;
    const endless = await servers.answering((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(10_000))) sent += 10_000;
      };
      response.on("drain", more);
      more();
    });
    const large = await servers.answering((_request, response) => {
      response.writeHead(200, { "content-length": "9000000000" });
      response.write("x");
    });
    const { store, codes } = storeOf([endless, large]);
    await failure(store.get(ROOT, { maxBytes: 100_000 }), "BLOB_UNAVAILABLE");
    expect(codes()).to.deep.equal(["BLOB_TOO_LARGE", "BLOB_TOO_LARGE"]);
    const atStop = sent;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sent - atStop).to.be.lessThan(10_000_000);
  });

  it("joins what comes in pieces of single bytes", async () => {
    const bytes = pattern(150_000);
    const dribbling = await servers.answering((_request, response) => {
      // Every write is a chunk of its own on the wire.
      for (const byte of bytes) response.write(Uint8Array.of(byte));
      response.end();
    });
    expect(bytes.equals(await storeOf([dribbling]).store.get(rootOf(bytes), anything))).to.equal(true);
  });

  it("says not found only when every server says so", async () => {
    const [one, two] = [await servers.blobs(), await servers.blobs()];
    const { store } = storeOf([one.url, two.url]);
    await failure(store.get(ROOT, anything), "BLOB_NOT_FOUND");
    expect(await store.size(ROOT)).to.equal(undefined);
    expect(await store.has(ROOT)).to.equal(false);

    const unsure = storeOf([one.url, await servers.nowhere()]).store;
    await failure(unsure.get(ROOT, anything), "BLOB_UNAVAILABLE");
    await failure(unsure.has(ROOT), "BLOB_UNAVAILABLE");
  });

  it("asks again after a passing failure, as often as it was told, and not after a lasting one", async () => {
    let asked = 0;
    const flaky = await servers.answering((request, response) => {
      asked++;
      if (asked === 1) request.socket.destroy();
      else if (asked === 2) response.writeHead(503).end();
      else response.end(BYTES);
    });
    expect(BYTES.equals(await storeOf([flaky]).store.get(ROOT, anything))).to.equal(true);
    expect(asked).to.equal(3);

    for (const [status, times] of [
      [500, 3],
      [429, 3],
      [403, 1],
      [404, 1],
      [301, 1],
    ] as const) {
      let count = 0;
      const refusing = await servers.answering((_request, response) => {
        count++;
        response.writeHead(status).end();
      });
      const outcome = await storeOf([refusing])
        .store.get(ROOT, anything)
        .then(
          () => "served",
          () => "refused",
        );
      expect([status, outcome, count]).to.deep.equal([status, "refused", times]);
    }
  });

  it("waits as long as a server asks, but not for ever", async () => {
    let asked = 0;
    const busy = await servers.answering((_request, response) => {
      if (asked++ === 0) response.writeHead(429, { "retry-after": "1" }).end();
      else response.end(BYTES);
    });
    const start = performance.now();
    await storeOf([busy]).store.get(ROOT, anything);
    expect(performance.now() - start).to.be.within(950, 8000);
  });

  it("follows no redirect", async () => {
    const { url, store: honest } = await servers.blobs();
    await honest.put(BYTES);
    const redirecting = await servers.answering((_request, response) => {
      response.writeHead(302, { location: `${url}/blobs/${ROOT}` }).end();
    });
    const { store, codes } = storeOf([redirecting], { attempts: 1 });
    await failure(store.get(ROOT, anything), "BLOB_UNAVAILABLE");
    expect(codes()).to.deep.equal(["ENDPOINT_REFUSED"]);
  });

  it("gives up a server that stalls, at any point, and goes on with the next", async () => {
    const silent = await servers.answering(() => undefined);
    const halfway = await servers.answering((_request, response) => {
      response.writeHead(200, { "content-length": String(BYTES.length) });
      response.write(BYTES.subarray(0, 1000));
    });
    const { url, store: honest } = await servers.blobs();
    await honest.put(BYTES);
    const { store, codes } = storeOf([silent, halfway, url], { stallMs: 150, attempts: 1 });
    expect(BYTES.equals(await store.get(ROOT, anything))).to.equal(true);
    expect(codes()).to.deep.equal(["TRANSFER_STALLED", "TRANSFER_STALLED"]);
  });

  it("gives up a server that gives its bytes out one by one, although it never stalls", async () => {
    const small = pattern(4_000);
    const { url, store: files } = await servers.blobs();
    await files.put(small);
    // A second, and as long as 4,000 bytes take at 16 kB/s.
    const { store, codes } = storeOf([await servers.trickling(small), url], { stallMs: 1_000, attempts: 1 });
    const started = Date.now();
    expect(small.equals(await store.get(rootOf(small), { maxBytes: 4_000 }))).to.equal(true);
    expect(Date.now() - started).to.be.within(1_200, 15_000);
    expect(codes()).to.deep.equal(["TRANSFER_STALLED"]);
  });

  it("stops at once when cancelled: while it waits, while it reads, while it sends", async () => {
    const outcome = async (run: (signal: AbortSignal) => Promise<unknown>) => {
      const controller = new AbortController();
      setTimeout(() => {
        controller.abort(new Error("no longer wanted"));
      }, 100);
      const start = performance.now();
      const message = await run(controller.signal).then(
        () => "done",
        (error: unknown) => (error as Error).message,
      );
      expect(performance.now() - start).to.be.lessThan(3000);
      return message;
    };
    const refusing = await servers.answering((_request, response) => response.writeHead(503).end());
    const silent = await servers.answering((request, response) => {
      if (request.method === "HEAD") response.writeHead(404).end();
    });
    const slow = storeOf([refusing], { backoffMs: 60_000 }).store;
    const stuck = storeOf([silent]).store;
    expect(await outcome((signal) => slow.get(ROOT, { ...anything, signal }))).to.equal("no longer wanted");
    expect(await outcome((signal) => stuck.get(ROOT, { ...anything, signal }))).to.equal("no longer wanted");
    expect(await outcome((signal) => stuck.put(BYTES, { signal }))).to.equal("no longer wanted");
  });

  it("puts at the first server that takes it, past full, refusing and unreachable ones", async () => {
    const full = await servers.blobs({}, { quotaBytes: 1000 });
    const strict = await servers.blobs({ maxBytes: 1000 });
    const open = await servers.blobs();
    const nowhere = await servers.nowhere();
    const { store, failures } = storeOf([full.url, strict.url, nowhere, open.url]);
    expect((await store.put(BYTES)).created).to.equal(true);
    expect(failures.map(({ endpoint, error }) => [endpoint, error.code])).to.deep.equal([
      [full.url, "STORAGE_FULL"],
      [strict.url, "BLOB_TOO_LARGE"],
      [nowhere, "ENDPOINT_UNREACHABLE"],
    ]);
    expect(await open.store.has(ROOT)).to.equal(true);
    expect(await files(full.folder)).to.deep.equal([]);
    const error = await failure(storeOf([full.url, strict.url]).store.put(BYTES), "BLOB_UNAVAILABLE");
    expect(error.message).to.include("is full").and.include("this large");
  });

  it("sends nothing with another root than expected, or beyond the limit", async () => {
    const { url, folder } = await servers.blobs();
    const { store } = storeOf([url]);
    await failure(store.put(BYTES, { expected: rootOf(pattern(1)) }), "BLOB_DIGEST_MISMATCH");
    await failure(store.put(pieces(BYTES, 1000), { maxBytes: 299_999 }), "BLOB_TOO_LARGE");
    expect(await files(folder)).to.deep.equal([]);
  });

  it("takes plain http and https addresses alone, and roots alone", async () => {
    const bad = [
      "",
      "blobs.example",
      "ftp://x",
      "file:///etc",
      "javascript:1",
      "https://u:p@x",
      "https://x/?a",
      "https://x/#a",
    ];
    for (const endpoint of bad) {
      expect(() => new HttpStore({ endpoints: [endpoint] }), endpoint)
        .to.throw()
        .with.property("code", "ENDPOINT_INVALID");
    }
    expect(() => new HttpStore({ endpoints: [] })).to.throw(RangeError);
    const { store } = storeOf([await servers.nowhere()]);
    await failure(store.get("0x../../admin", anything), "HEX_FORMAT");
    await failure(store.size("0x1"), "HEX_FORMAT");
  });
});
