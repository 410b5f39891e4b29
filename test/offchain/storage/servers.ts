import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import fastify, { type FastifyInstance } from "fastify";

import { blobServer, type BlobServerOptions } from "../../../offchain/storage/blob-server.ts";
import { FileStore, type FileStoreOptions } from "../../../offchain/storage/file-store.ts";
import { temporaryFolder } from "./helpers.ts";

/** Starts and stops what one test needs. */
export class Servers {
  readonly #stops: (() => Promise<void>)[] = [];

  /** A real blob server over a real folder. */
  async blobs(
    options: Partial<BlobServerOptions> = {},
    files: FileStoreOptions = {},
  ): Promise<{ url: string; store: FileStore; folder: string; app: FastifyInstance }> {
    const { folder, dispose } = await temporaryFolder();
    this.#stops.push(dispose);
    const store = await FileStore.open(folder, files);
    const app = fastify({ forceCloseConnections: true });
    const limits = {
      maxBytes: 4_000_000,
      uploadBytesPerMinute: 1e9,
      downloadBytesPerMinute: 1e9,
      concurrentUploads: 8,
    };
    await app.register(blobServer, { store, ...limits, ...options });
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    this.#stops.push(() => app.close());
    return { url, store, folder, app };
  }

  /** A server that answers as it is told. */
  async answering(listener: RequestListener): Promise<string> {
    const server: Server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#stops.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** A server that gives out bytes one by one, never so slowly that nothing moves. */
  trickling(bytes: Uint8Array): Promise<string> {
    return this.answering((_request, response) => {
      response.writeHead(200, { "content-length": bytes.length });
      let sent = 0;
      const timer = setInterval(() => response.write(bytes.subarray(sent, ++sent)), 50);
      response.on("close", () => {
        clearInterval(timer);
      });
    });
  }

  /** An address where nobody listens. */
  async nowhere(): Promise<string> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.reverse()) await stop();
    this.#stops.length = 0;
  }
}
