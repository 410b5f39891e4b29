/** The node's HTTP side: blobs for everybody, status, health and metrics for the operator. */
import Fastify, { type FastifyInstance } from "fastify";

import { blobServer, type BlobServerOptions } from "../storage/blob-server.ts";
import type { NodeMetrics } from "./metrics.ts";
import type { NodeStatus } from "./status.ts";

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly blobs: BlobServerOptions;
  readonly metrics: NodeMetrics;
  readonly status: () => NodeStatus;
  /** Why the node cannot work now, or undefined when it can. */
  readonly unhealthy: () => string | undefined;
}

/** @returns the listening server; `address` is where it can be reached */
export async function startServer(options: ServerOptions): Promise<{ server: FastifyInstance; address: string }> {
  const { blobs, metrics } = options;
  const server = Fastify({ logger: false, forceCloseConnections: true });
  await server.register(blobServer, blobs);
  server.get("/status", () => options.status());
  server.get("/health", async (_request, reply) => {
    const reason = options.unhealthy();
    return await reply
      .code(reason === undefined ? 200 : 503)
      .send(reason === undefined ? { ok: true } : { ok: false, reason });
  });
  server.get(
    "/metrics",
    async (_request, reply) => await reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  const address = await server.listen({ host: options.host, port: options.port });
  return { server, address };
}
