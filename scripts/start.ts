/**
 * `npm start`: the local network with the web app in front of it and a funded play wallet. Prints the address and stops cleanly on Ctrl-C. The
 * chain lives in this process: what happened on it ends with it.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { destination } from "pino";

import { CloakworkError } from "../offchain/errors.ts";
import { startLocalChain } from "./local-chain.ts";
import { startLocalNetwork } from "./network/local-network.ts";
import { requireNode24 } from "./require-node.ts";
import { serveWeb } from "./serve-web.ts";

requireNode24();

const HELP = `Brings up a local chain, a node, the digits model and the web app.

  npm start -- [--nodes N] [--port N] [--chain-port N]

  --nodes N       nodes that serve the model, 1 to 7 (default: 1); from 3 on a request can be answered by several
  --port N        port of the web app (default: a free one)
  --chain-port N  port of the chain's RPC (default: a free one)
`;

function port(text: string | undefined, name: string): number {
  const value = Number(text ?? "0");
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new CloakworkError(
    "START_PORT",
    `${name} is not a port: it takes a whole number from 0 to 65535.`,
    "Leave it out to take a free one.",
  );
}

function nodeCount(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 7) return value;
  throw new CloakworkError("START_NODES", "--nodes takes a whole number from 1 to 7.", "Leave it out to take one.");
}

/** Waits for Ctrl-C or a request to end; a second one ends at once. */
function interrupted(): { readonly signal: AbortSignal; readonly wait: Promise<void> } {
  const stop = new AbortController();
  const wait = new Promise<void>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      process.on(name, () => {
        if (stop.signal.aborted) process.exit(130);
        stop.abort(new CloakworkError("INTERRUPTED", "Stopped before everything was up.", "Start it again."));
        resolve();
      });
    }
  });
  return { signal: stop.signal, wait };
}

async function start(): Promise<void> {
  const { values } = parseArgs({
    options: {
      nodes: { type: "string", default: "1" },
      port: { type: "string" },
      "chain-port": { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const webPort = port(values.port, "--port");
  const nodes = nodeCount(values.nodes);
  const chainPort = port(values["chain-port"], "--chain-port");
  const { signal, wait } = interrupted();
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), "cloakwork-start-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  let last = "";
  const network = await startLocalNetwork({
    folder,
    chain: () => startLocalChain({ port: chainPort }),
    samples: 50,
    nodes,
    nodeLog: destination({ dest: path.join(folder, "node.log"), mkdir: true }),
    onStep: ({ detail, state }) => {
      const line = state === "done" ? `✓ ${detail}` : `  ${detail}`;
      if (line !== last) console.log(line);
      last = line;
    },
    signal,
  });
  stack.defer(() => network.stop());
  const [player, visitor] = network.accounts.users;
  const web = await serveWeb({
    port: webPort,
    settings: {
      chain: { id: network.chain.chainId, name: "Local chain", rpcUrl: network.chain.url, currency: "ETH" },
      deployment: network.deployment,
      storage: [network.node().address],
      playWallet: { privateKey: player.privateKey },
    },
  });
  stack.defer(() => web.close());
  console.log(`
  Open  ${web.url}

  Choose the play wallet, draw a digit, and watch what leaves your machine.
  From another terminal, as another account of this chain (its key is known to everybody):

  export CLOAKWORK_RPC=${network.chain.url} CLOAKWORK_DEPLOYMENT=${path.join(folder, "deployments")}
  export CLOAKWORK_PRIVATE_KEY=${visitor.privateKey} CLOAKWORK_HOME=${path.join(folder, "home")}
  npx cloakwork models
  npx cloakwork vault create && npx cloakwork infer 1 --input models/digits/sample.json

  Chain ${network.chain.url} · node ${network.node().address}/status · node log ${path.join(folder, "node.log")}
  Ctrl-C stops everything.
`);
  await wait;
  console.log("Stopping…");
}

try {
  await start();
  process.exit(0);
} catch (error) {
  if (!(error instanceof CloakworkError)) throw error;
  console.error(`${error.message}\n${error.next}`);
  process.exit(error.code === "INTERRUPTED" ? 130 : 1);
}
