/** A server between a node and everybody else that passes on what it is asked, but for blobs the node is to withhold. */
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface Front extends AsyncDisposable {
  readonly url: string;
  /** Where the node itself is, once it is known. */
  target: string;
  /** Blobs of this size are not given out. */
  withheld: number | undefined;
}

/** Listens before the node is there, so that the node can say on chain that it is reached here. */
export async function startFront(): Promise<Front> {
  const server = createServer((incoming, outgoing) => {
    const { method, headers, url } = incoming;
    const passed = request(`${front.target}${url}`, { method, headers }, (answer) => {
      if (Number(answer.headers["content-length"]) === front.withheld) {
        answer.resume();
        outgoing.writeHead(404).end();
        return;
      }
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const front: Front = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: "",
    withheld: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return front;
}
