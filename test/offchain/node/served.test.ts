import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { blobRoot } from "../../../offchain/digest/merkle.ts";
import { canBeFetched } from "../../../offchain/node/disputes/served.ts";

const BYTES = Uint8Array.from({ length: 9_000 }, (_, i) => (i * 31) & 0xff);
const ROOT = blobRoot(BYTES);

describe("whether a result is served", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const look = (endpoints: readonly string[], milliseconds = 5_000, signal = new AbortController().signal) =>
    canBeFetched(endpoints, ROOT, { maxBytes: BYTES.length, milliseconds, signal });

  it("is seen by its last byte, at any of the nodes that gave it", async () => {
    const good = await serve((_asked, answer) => answer.end(BYTES));
    const other = await serve((_asked, answer) => answer.end(BYTES.with(8_999, 1)));
    const none = await serve((_asked, answer) => answer.writeHead(404).end());
    // Says that it has them, and stops one byte short.
    const short = await serve((_asked, answer) => answer.end(BYTES.subarray(0, 8_999)));
    const longer = await serve((_asked, answer) => answer.end(Buffer.concat([BYTES, BYTES])));
    expect(await look([none, other, good])).to.equal(true);
    for (const bad of [other, none, short, longer]) expect(await look([bad])).to.equal(false);
    expect(await look([])).to.equal(false);
  });

  it("is not waited for when bytes trickle", async () => {
    const slow = await serve((_asked, answer) => {
      let sent = 0;
      const drip = setInterval(() => answer.write(BYTES.subarray(sent, ++sent)), 20);
      answer.on("close", () => {
        clearInterval(drip);
      });
    });
    const begun = Date.now();
    expect(await look([slow], 300)).to.equal(false);
    expect(Date.now() - begun).to.be.below(5_000);
  });

  it("is left open when the node stops", async () => {
    const stopping = new AbortController();
    const silent = await serve(() => {
      stopping.abort(new Error("stopping"));
    });
    let thrown: unknown;
    await look([silent], 5_000, stopping.signal).catch((error: unknown) => (thrown = error));
    expect(thrown).to.include({ message: "stopping" });
  });
});
