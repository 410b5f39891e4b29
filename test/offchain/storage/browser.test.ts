/** The HTTP store as a browser runs it: real Chromium, a page of one origin, stores of others, so that CORS and XMLHttpRequest are what they are. */
import { readFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import path from "node:path";

import { expect } from "chai";
import fastify, { type FastifyInstance } from "fastify";
import type { Browser, Page } from "playwright-core";

import { launchBrowser } from "../../web/support/browser.ts";
import { pattern, reference } from "../digest/reference.ts";
import { Servers } from "./servers.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const SIZE = 3_000_000;

/** Serves the sources as a bundler would deliver them, and a page that finds the packages they import. */
async function servePage(): Promise<{ url: string; app: FastifyInstance }> {
  const app = fastify({ forceCloseConnections: true });
  const imports = { "@noble/hashes/": "/node_modules/@noble/hashes/" };
  app.get("/", (_request, reply) =>
    reply.type("text/html").send(`<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>`),
  );
  app.get<{ Params: { "*": string } }>("/*", async ({ params }, reply) => {
    const source = await readFile(path.join(ROOT, path.normalize(`/${params["*"]}`)), "utf8");
    const script = params["*"].endsWith(".ts") ? stripTypeScriptTypes(source) : source;
    return reply.type("text/javascript").send(script);
  });
  return { url: await app.listen({ host: "127.0.0.1", port: 0 }), app };
}

describe("HTTP store in a browser", function () {
  this.timeout(120_000);
  const servers = new Servers();
  let browser: Browser;
  let page: Page;
  let app: FastifyInstance;

  before(async () => {
    browser = await launchBrowser();
    page = await browser.newPage();
    const served = await servePage();
    app = served.app;
    await page.goto(served.url);
  });
  afterEach(() => servers.stop());
  after(async () => {
    await browser.close();
    await app.close();
  });

  /** Runs in the page: puts the pattern, gets it again, and says what it saw. */
  const roundTrip = (endpoints: readonly string[]) =>
    page.evaluate(
      async ({ endpoints: urls, size }) => {
        const source = "/offchain/storage/http-store.ts";
        const { HttpStore } = (await import(source)) as typeof import("../../../offchain/storage/http-store.ts");
        const bytes = new Uint8Array(size);
        for (let i = 0; i < size; i++) bytes[i] = (7 + 31 * i + Math.floor(i / 256) * 5) % 256;
        const failures: string[] = [];
        const store = new HttpStore({
          endpoints: urls,
          backoffMs: 5,
          onFailure: ({ error }) => failures.push(error.code),
        });
        const sent: number[] = [];
        const received: (number | undefined)[] = [];
        try {
          const { root, created } = await store.put(bytes, { onProgress: (done) => sent.push(done) });
          const got = await store.get(root, {
            maxBytes: size,
            onProgress: (_done, total) => received.push(total),
          });
          const same = got.every((byte, i) => byte === bytes[i]);
          return { root, created, same, sent, total: received.at(-1), failures, code: undefined };
        } catch (error) {
          return { failures, code: (error as { code?: string }).code ?? String(error) };
        }
      },
      { endpoints, size: SIZE },
    );

  it("puts and gets across origins, with progress both ways", async () => {
    const { url, store } = await servers.blobs();
    const outcome = await roundTrip([url]);
    const { root } = reference("blob", pattern(SIZE), []);
    expect(outcome).to.deep.include({ root, created: true, same: true, total: SIZE, failures: [], code: undefined });
    expect(outcome.sent?.at(-1)).to.equal(SIZE);
    expect(await store.size(root as `0x${string}`)).to.equal(SIZE);
  });

  it("goes past stores that are full or not there, and reads from none that redirects", async () => {
    const full = await servers.blobs({}, { quotaBytes: 1000 });
    const open = await servers.blobs();
    const redirecting = await servers.answering((request, response) => {
      response.setHeader("access-control-allow-origin", "*").setHeader("access-control-allow-headers", "*");
      if (request.method === "OPTIONS") response.setHeader("access-control-allow-methods", "PUT").end();
      else if (request.method === "HEAD") response.writeHead(404).end();
      else response.writeHead(307, { location: `${open.url}${request.url!}` }).end();
    });
    const outcome = await roundTrip([full.url, await servers.nowhere(), redirecting, open.url]);
    expect(outcome).to.deep.include({ same: true, code: undefined });
    const putting = ["STORAGE_FULL", "ENDPOINT_UNREACHABLE"];
    const getting = ["BLOB_NOT_FOUND", "ENDPOINT_UNREACHABLE", "ENDPOINT_REFUSED"];
    expect(outcome.failures).to.deep.equal([...putting, ...getting]);
  });

  it("says why when nobody takes it", async () => {
    const strict = await servers.blobs({ maxBytes: 1000 });
    const outcome = await roundTrip([strict.url]);
    expect(outcome).to.deep.equal({ failures: ["BLOB_TOO_LARGE"], code: "BLOB_UNAVAILABLE" });
  });
});
