import { expect } from "chai";

import { CloakworkError } from "../../../offchain/errors.ts";
import { connect, WorkerError, type Remote } from "../../../web/worker/connect.ts";
import type { CallContext, Channel, Methods } from "../../../web/worker/protocol.ts";
import { serve, type RemoteWallet } from "../../../web/worker/serve.ts";

class NoLuck extends CloakworkError {}

function methods(wallet: RemoteWallet) {
  return {
    add: ({ a, b }: { a: bigint; b: bigint }) => Promise.resolve(a + b),
    count: async (to: number, { progress, signal }: CallContext<number>) => {
      for (let i = 1; i <= to; i++) {
        if (signal.aborted) throw new Error("told to stop");
        progress(i);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return "done";
    },
    fail: () => Promise.reject(new NoLuck("NO_LUCK", "It did not work.", "Try again.")),
    break: () => Promise.reject(new TypeError("x is undefined")),
    sign: (what: string) => wallet.request({ method: "personal_sign", params: [what] }),
  } satisfies Methods;
}

/** Page and worker on the two ends of a channel that clones, as a worker's does. */
function pair(askWallet: (question: { method: string; params?: readonly unknown[] }) => Promise<unknown>) {
  const { port1, port2 } = new MessageChannel();
  serve(channelOf(port1), methods);
  const remote: Remote<ReturnType<typeof methods>> = connect(channelOf(port2), askWallet);
  return {
    remote,
    close: () => {
      port1.close();
      port2.close();
    },
  };
}

/** One end of a channel in the form `serve` and `connect` take. */
function channelOf(port: MessagePort): Channel<unknown, never> {
  return {
    postMessage: (message) => {
      port.postMessage(message);
    },
    addEventListener: (_, listener) => {
      port.addEventListener("message", listener as (event: Event) => void);
      port.start();
    },
  };
}

describe("web/worker: page and worker", () => {
  const yes = () => Promise.resolve("0xsigned");

  async function rejection(promise: Promise<unknown>): Promise<WorkerError> {
    try {
      await promise;
    } catch (error) {
      if (error instanceof WorkerError) return error;
      throw error;
    }
    throw new Error("it was expected to fail");
  }

  it("calls a method and clones what goes through, bigints too", async () => {
    const { remote, close } = pair(yes);
    expect(await remote.call("add", { a: 2n ** 70n, b: 1n })).to.equal(2n ** 70n + 1n);
    close();
  });

  it("tells progress in order before the result", async () => {
    const { remote, close } = pair(yes);
    const seen: number[] = [];
    expect(await remote.call("count", 5, { onProgress: (value) => seen.push(value) })).to.equal("done");
    expect(seen).to.deep.equal([1, 2, 3, 4, 5]);
    close();
  });

  it("stops a method by its signal, and says so whatever the method threw", async () => {
    const { remote, close } = pair(yes);
    const controller = new AbortController();
    const error = await rejection(
      remote.call("count", 10_000, {
        signal: controller.signal,
        onProgress: (value) => {
          if (value === 3) controller.abort();
        },
      }),
    );
    expect(error.code).to.equal("ABORTED");
    close();
  });

  it("stops a method whose signal was aborted before the call", async () => {
    const { remote, close } = pair(yes);
    expect((await rejection(remote.call("count", 50, { signal: AbortSignal.abort() }))).code).to.equal("ABORTED");
    close();
  });

  it("brings our errors over with code and advice, and others with words around them", async () => {
    const { remote, close } = pair(yes);
    const own = await rejection(remote.call("fail", undefined));
    expect([own.code, own.message, own.next]).to.deep.equal(["NO_LUCK", "It did not work.", "Try again."]);
    const foreign = await rejection(remote.call("break", undefined));
    expect(foreign.code).to.equal("UNEXPECTED");
    expect(foreign.message).to.contain("x is undefined");
    close();
  });

  it("refuses a method that is not in the table, inherited names among them", async () => {
    const { remote, close } = pair(yes);
    const loose = remote as unknown as Remote<Record<string, (argument: undefined) => Promise<unknown>>>;
    expect((await rejection(loose.call("toString", undefined))).code).to.equal("UNEXPECTED");
    close();
  });

  it("asks the page's wallet and gives its answer to the method", async () => {
    const asked: unknown[] = [];
    const { remote, close } = pair((question) => {
      asked.push(question);
      return Promise.resolve("0xsigned");
    });
    expect(await remote.call("sign", "0xabcd")).to.equal("0xsigned");
    expect(asked).to.deep.equal([{ method: "personal_sign", params: ["0xabcd"] }]);
    close();
  });

  it("carries a refusal of the wallet with its code", async () => {
    const { port1, port2 } = new MessageChannel();
    let code: unknown;
    serve(channelOf(port1), (wallet) => ({
      ask: async () => {
        try {
          await wallet.request({ method: "eth_sendTransaction" });
        } catch (error) {
          code = (error as { code?: unknown }).code;
        }
      },
    }));
    const remote = connect<{ ask: (argument: undefined) => Promise<void> }>(channelOf(port2), () =>
      Promise.reject(Object.assign(new Error("declined"), { code: 4001 })),
    );
    await remote.call("ask", undefined);
    expect(code).to.equal(4001);
    port1.close();
    port2.close();
  });
});
