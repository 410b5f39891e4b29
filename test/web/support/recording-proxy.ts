/**
 * An HTTP proxy that keeps all that a browser sends. The browser is told to use it for everything, loopback included, so that what is kept is
 * everything, whichever part of the page sent it and wherever to.
 */
import { createServer, request as forwardTo, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as it left the browser. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RecordingProxy {
  readonly url: string;
  /** In the order they were complete. */
  readonly sent: readonly SentRequest[];
  /** Hosts of tunnels that were asked for and refused: what is encrypted cannot be read. */
  readonly tunnels: readonly string[];
  /** Origins that cannot be reached while they are in here. */
  readonly cut: Set<string>;
  readonly close: () => Promise<void>;
}

export async function startRecordingProxy(): Promise<RecordingProxy> {
  const sent: SentRequest[] = [];
  const tunnels: string[] = [];
  const cut = new Set<string>();
  const server = createServer((incoming, outgoing) => {
    const { method = "GET", url = "", headers } = incoming;
    if (cut.has(new URL(url).origin)) {
      incoming.resume();
      outgoing.writeHead(502).end();
      return;
    }
    const pieces: Buffer[] = [];
    const onward = forwardTo(url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => {
      if (!outgoing.headersSent) outgoing.writeHead(502);
      outgoing.end();
    });
    incoming.on("data", (piece: Buffer) => {
      pieces.push(piece);
      onward.write(piece);
    });
    incoming.on("end", () => {
      sent.push({ method, url, headers, body: Buffer.concat(pieces) });
      onward.end();
    });
  });
  server.on("connect", (incoming, socket) => {
    tunnels.push(incoming.url ?? "");
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    tunnels,
    cut,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
