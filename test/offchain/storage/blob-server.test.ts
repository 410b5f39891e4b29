import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import path from "node:path";

import { expect } from "chai";

import type { Bytes32 } from "../../../offchain/digest/hex.ts";
import { pattern, reference } from "../digest/reference.ts";
import { files } from "./helpers.ts";
import { Servers } from "./servers.ts";

const rootOf = (bytes: Buffer): Bytes32 => reference("blob", bytes, []).root as Bytes32;

const put = (url: string, root: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${url}/blobs/${root}`, {
    method: "PUT",
    body,
    headers: { "content-type": "application/octet-stream", ...headers },
  });

const refused = async (response: Response, status: number, code: string): Promise<void> => {
  const body = (await response.json()) as { code: string; message: string; next: string };
  expect([response.status, body.code]).to.deep.equal([status, code]);
  expect(body.message).to.match(/\.$/);
  expect(body.next).to.match(/\.$/);
  expect(response.headers.get("cache-control")).to.equal("no-store");
  expect(response.headers.get("access-control-allow-origin")).to.equal("*");
};

/** The connection is gone a moment before what came through it. */
async function untilEmpty(folder: string): Promise<void> {
  for (let i = 0; i < 100 && (await files(folder)).length > 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await files(folder)).to.deep.equal([]);
}

describe("Blob server", function () {
  this.timeout(20_000);
  const servers = new Servers();
  afterEach(() => servers.stop());

  /** Sends bytes as they are and returns all that comes back until the connection closes. */
  const raw = (url: string, text: string, then?: (write: (bytes: Uint8Array) => void) => void): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      let answer = "";
      socket.on("data", (data) => (answer += data.toString("latin1")));
      socket.on("error", () => undefined);
      socket.on("close", () => {
        resolve(answer);
      });
      socket.write(text);
      then?.((bytes) => socket.write(bytes));
    });

  it("takes a blob and serves it to any page and any cache, but runs nothing", async () => {
    const { url } = await servers.blobs();
    const bytes = pattern(600_000);
    const root = rootOf(bytes);
    const first = await put(url, root, new Uint8Array(bytes));
    expect(first.status).to.equal(201);
    expect(await first.json()).to.deep.equal({ root, size: 600_000 });
    expect((await put(url, root, new Uint8Array(bytes))).status).to.equal(200);

    const got = await fetch(`${url}/blobs/${root}`);
    expect(bytes.equals(new Uint8Array(await got.arrayBuffer()))).to.equal(true);
    const head = await fetch(`${url}/blobs/${root}`, { method: "HEAD" });
    expect(head.status).to.equal(200);
    for (const { headers } of [got, head]) {
      expect(Object.fromEntries(headers)).to.include({
        "content-length": "600000",
        "content-type": "application/octet-stream",
        "content-disposition": "attachment",
        "cache-control": "public, max-age=31536000, immutable",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
      });
    }
  });

  it("answers a preflight of the web app", async () => {
    const { url } = await servers.blobs();
    const response = await fetch(`${url}/blobs/${rootOf(pattern(1))}`, {
      method: "OPTIONS",
      headers: { origin: "https://app.example", "access-control-request-method": "PUT" },
    });
    expect(response.status).to.equal(204);
    expect(Object.fromEntries(response.headers)).to.include({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD, PUT",
      "access-control-allow-headers": "content-type",
    });
  });

  it("serves the empty blob", async () => {
    const { url } = await servers.blobs();
    const root = rootOf(Buffer.alloc(0));
    expect((await put(url, root, new Uint8Array(0))).status).to.equal(201);
    const got = await fetch(`${url}/blobs/${root}`);
    expect([got.status, (await got.arrayBuffer()).byteLength]).to.deep.equal([200, 0]);
  });

  it("refuses bytes with another root, and leaves nothing", async () => {
    const { url, folder, store } = await servers.blobs();
    await refused(await put(url, rootOf(pattern(5000)), new Uint8Array(pattern(5001))), 422, "BLOB_DIGEST_MISMATCH");
    expect(await files(folder)).to.deep.equal([]);
    expect(store.usedBytes).to.equal(0);
  });

  it("refuses what is too large by its announced length, before reading it", async () => {
    const { url, folder } = await servers.blobs({ maxBytes: 1_000_000 });
    await refused(await put(url, rootOf(pattern(1)), new Uint8Array(30_000_000)), 413, "BLOB_TOO_LARGE");
    expect(await files(folder)).to.deep.equal([]);
  });

  it("refuses uploads without a length", async () => {
    const { url } = await servers.blobs();
    const root = rootOf(pattern(4));
    const answer = await raw(
      url,
      `PUT /blobs/${root} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n`,
    );
    expect(answer).to.match(/^HTTP\/1.1 411 /);
    expect(answer).to.include("LENGTH_REQUIRED");
  });

  it("refuses other content types and paths that are no roots, whatever they are made of", async () => {
    const { url, folder } = await servers.blobs();
    const root = rootOf(pattern(1));
    expect((await put(url, root, new Uint8Array(1), { "content-type": "text/html" })).status).to.equal(415);
    const paths = [
      "0x00",
      root.slice(2),
      root.toUpperCase(),
      "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
      `${root}%00`,
      "..%5c..%5cwindows",
    ];
    for (const one of paths) {
      await refused(await fetch(`${url}/blobs/${one}`), 400, "BAD_ROOT");
      await refused(await put(url, one, new Uint8Array(1)), 400, "BAD_ROOT");
    }
    const outside = await raw(url, "GET /blobs/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(outside).to.match(/^HTTP\/1.1 404 /);
    expect(await files(folder)).to.deep.equal([]);
  });

  it("says 404 for what it does not have, to GET and to HEAD", async () => {
    const { url } = await servers.blobs();
    await refused(await fetch(`${url}/blobs/${rootOf(pattern(1))}`), 404, "BLOB_NOT_FOUND");
    expect((await fetch(`${url}/blobs/${rootOf(pattern(1))}`, { method: "HEAD" })).status).to.equal(404);
  });

  it("says 507 when its quota is used up", async () => {
    const { url, folder } = await servers.blobs({}, { quotaBytes: 1000 });
    await refused(await put(url, rootOf(pattern(1001)), new Uint8Array(pattern(1001))), 507, "STORAGE_FULL");
    expect(await files(folder)).to.deep.equal([]);
    expect((await put(url, rootOf(pattern(1000)), new Uint8Array(pattern(1000)))).status).to.equal(201);
  });

  it("breaks off before the last piece of a blob that changed on disk, then does not have it any more", async () => {
    const { url, store, folder } = await servers.blobs();
    const bytes = pattern(900_000);
    const { root } = await store.put(bytes);
    bytes[899_999] ^= 1;
    await writeFile(path.join(folder, "blobs", root.slice(2, 4), root.slice(2)), bytes);
    const outcome = await fetch(`${url}/blobs/${root}`)
      .then((response) => response.arrayBuffer())
      .then(
        () => "whole",
        () => "broken off",
      );
    expect(outcome).to.equal("broken off");
    expect((await fetch(`${url}/blobs/${root}`)).status).to.equal(404);
  });

  it("leaves nothing of an upload whose sender goes away", async () => {
    const { url, folder, store } = await servers.blobs();
    const root = rootOf(pattern(100_000));
    const controller = new AbortController();
    const body = new ReadableStream<Uint8Array>({
      start(stream) {
        stream.enqueue(new Uint8Array(pattern(50_000)));
        setTimeout(() => {
          controller.abort();
        }, 100);
      },
    });
    const init = { method: "PUT", body, duplex: "half", signal: controller.signal } as const;
    const headers = { "content-type": "application/octet-stream", "content-length": "100000" };
    const outcome = await fetch(`${url}/blobs/${root}`, { ...init, headers }).then(
      () => "answered",
      () => "aborted",
    );
    expect(outcome).to.equal("aborted");
    await untilEmpty(folder);
    expect(store.usedBytes).to.equal(0);
  });

  it("ends an upload through which nothing moves, and takes others afterwards", async () => {
    const { url, folder } = await servers.blobs({ stallMs: 150, concurrentUploads: 1 });
    const root = rootOf(pattern(10));
    const head = `PUT /blobs/${root} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\n`;
    const stalled = raw(url, `${head}abc`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await refused(await put(url, root, new Uint8Array(pattern(10))), 503, "SERVER_BUSY");
    await stalled;
    await untilEmpty(folder);
    expect((await put(url, root, new Uint8Array(pattern(10)))).status).to.equal(201);
  });

  it("ends an upload that trickles", async () => {
    const { url, folder } = await servers.blobs({ stallMs: 300 });
    const root = rootOf(pattern(1000));
    const head = `PUT /blobs/${root} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\n`;
    let sent = 0;
    let timer: NodeJS.Timeout | undefined;
    await raw(url, head, (write) => {
      timer = setInterval(() => {
        sent++;
        write(Uint8Array.of(1));
      }, 50);
    });
    clearInterval(timer);
    expect(sent).to.be.lessThan(500);
    await untilEmpty(folder);
  });

  it("lets one client hold no more than four uploads", async () => {
    const { url } = await servers.blobs({ stallMs: 400, concurrentUploads: 100 });
    const root = rootOf(pattern(10));
    const head = `PUT /blobs/${root} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\n`;
    const held = Array.from({ length: 4 }, () => raw(url, head));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const response = await put(url, root, new Uint8Array(pattern(10)));
    expect(response.headers.get("retry-after")).to.equal("2");
    await refused(response, 503, "SERVER_BUSY");
    await Promise.all(held);
  });

  it("lets go of a client that does not read", async () => {
    const { url, store } = await servers.blobs({ stallMs: 200, maxBytes: 40_000_000 });
    const { root } = await store.put(Buffer.alloc(30_000_000, 1));
    let received = 0;
    const closed = new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      socket.on("error", () => undefined);
      socket.on("close", () => {
        resolve();
      });
      socket.write(`GET /blobs/${root} HTTP/1.1\r\nHost: x\r\n\r\n`);
      // The end is seen only when somebody reads.
      setTimeout(() => socket.on("data", (data) => (received += data.length)), 1500);
    });
    await closed;
    expect(received).to.be.lessThan(30_000_000);
  });

  it("limits the bytes a client moves a minute, and says when to come back", async () => {
    const limits = { maxBytes: 1000, uploadBytesPerMinute: 1500, downloadBytesPerMinute: 1500 };
    const { url } = await servers.blobs(limits);
    const [one, two] = [pattern(1000), pattern(999)];
    expect((await put(url, rootOf(one), new Uint8Array(one))).status).to.equal(201);
    const response = await put(url, rootOf(two), new Uint8Array(two));
    expect(Number(response.headers.get("retry-after"))).to.be.within(15, 20);
    await refused(response, 429, "TOO_MANY_BYTES");

    expect((await fetch(`${url}/blobs/${rootOf(one)}`)).status).to.equal(200);
    await refused(await fetch(`${url}/blobs/${rootOf(one)}`), 429, "TOO_MANY_BYTES");
  });

  it("does not start with limits that some blobs could never pass", async () => {
    const outcome = await servers.blobs({ maxBytes: 100, uploadBytesPerMinute: 99 }).then(() => "started", String);
    expect(outcome).to.include("one blob a minute");
  });

  it("keeps what the disk said to itself", async () => {
    const { url, folder, store } = await servers.blobs();
    const { root } = await store.put(pattern(10));
    const { rm, mkdir } = await import("node:fs/promises");
    const place = path.join(folder, "blobs", root.slice(2, 4), root.slice(2));
    await rm(place);
    await mkdir(place);
    const response = await fetch(`${url}/blobs/${root}`);
    const text = await response.text();
    expect(response.status).to.equal(500);
    expect(text).to.include("REQUEST_FAILED").and.not.include(folder).and.not.include("EISDIR");
  });
});
