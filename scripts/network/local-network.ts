/**
 * Everything Cloakwork is, on one machine: a chain, the contracts, a node, the digits model sealed to it. Real throughout; only the accounts are
 * known to everybody. `npm run demo`, `npm start` and the end-to-end tests stand on it.
 */
import { mkdir } from "node:fs/promises";
import path from "node:path";

import type { DestinationStream } from "pino";

import { writeDeployment } from "../../offchain/chain/node/deployment-file.ts";
import type { NodeConfigInput } from "../../offchain/node/config.ts";
import type { RunningNode } from "../../offchain/node/daemon.ts";
import type { EngineName } from "../../offchain/node/evaluation/evaluator.ts";
import { publishModel } from "../../offchain/publisher/publish.ts";
import type { Published, PublishPorts } from "../../offchain/publisher/types.ts";
import type { DeploymentParameters } from "../deploy/parameters.ts";
import type { LocalChain } from "../local-chain.ts";
import { digitsRequest } from "./digits-model.ts";
import { startFleet, untilServing, type Fleet, type FleetStep } from "./fleet.ts";
import { ownerPorts } from "./owner-ports.ts";

export interface LocalNetworkOptions {
  /** Folder for the nodes' data, the publisher's records and the deployment file. */
  readonly folder: string;
  /** Starts the chain, which is stopped with the rest; one inside this process when omitted. */
  readonly chain?: () => Promise<LocalChain>;
  /** Held-out digits measured under encryption before publishing. */
  readonly samples: number;
  /** What evaluates: the SIMD kernel, on the plan compiled for it, or node-seal, on a plan it speaks. `simd` when omitted. */
  readonly engine?: EngineName;
  readonly parameters?: DeploymentParameters;
  /** Nodes that serve the model, at most 7; one when omitted. Settings are those of all of them. */
  readonly nodes?: number;
  readonly node?: NodeConfigInput;
  readonly nodeLog?: DestinationStream;
  readonly onStep?: (step: NetworkStep) => void;
  readonly signal?: AbortSignal;
}

/** What is being done, for a person who waits. */
export interface NetworkStep extends Pick<FleetStep, "state" | "detail"> {
  readonly name: FleetStep["name"] | "publish" | "serve";
}

export interface LocalNetwork extends Omit<Fleet, typeof Symbol.asyncDispose> {
  readonly published: Published;
  /** What its owner published it with. */
  readonly publisher: PublishPorts;
  /** The first node's daemon, while it runs. */
  readonly node: () => RunningNode;
  readonly stop: () => Promise<void>;
}

/** Seconds to wait until the published model is served. */
const SERVE_SECONDS = 60;

/** @throws CloakworkError of whatever could not start; what had started is stopped then */
export async function startLocalNetwork(options: LocalNetworkOptions): Promise<LocalNetwork> {
  const { folder, signal, nodes: count = 1 } = options;
  const step = (name: NetworkStep["name"], state: NetworkStep["state"], detail: string): void =>
    options.onStep?.({ name, state, detail });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await using stack = new AsyncDisposableStack();
  const fleet = stack.use(
    await startFleet({
      folder,
      members: Array.from({ length: count }, () => ({})),
      ...(options.parameters ? { parameters: options.parameters } : {}),
      ...(options.chain ? { chain: options.chain } : {}),
      config: { pollMs: 250, engine: options.engine ?? "simd", ...options.node },
      ...(options.nodeLog ? { log: options.nodeLog } : {}),
      ...(options.onStep ? { onStep: options.onStep } : {}),
      ...(signal ? { signal } : {}),
    }),
  );
  const { provider, deployment, accounts, nodes } = fleet;
  writeDeployment(path.join(folder, "deployments"), deployment);

  signal?.throwIfAborted();
  step("publish", "active", "Publishing the digits model");
  const publisher = await ownerPorts(fleet, folder);
  const published = await publishModel(
    { ...digitsRequest(options.samples, options.engine), nodes: nodes.map(({ address }) => address) },
    publisher,
    {
      ...(signal ? { signal } : {}),
      onEvent: ({ detail }) => {
        step("publish", "active", detail);
      },
    },
  );
  step("publish", "done", `Model ${published.modelId} version ${published.version} is on chain.`);

  const [who, verb] = count === 1 ? ["The node", "serves"] : [`All ${count} nodes`, "serve"];
  step("serve", "active", `Waiting until ${who.toLowerCase()} ${verb} the model`);
  await untilServing(fleet, published.modelId, count, { seconds: SERVE_SECONDS, signal });
  step("serve", "done", `${who} ${verb} the model.`);

  const resources = stack.move();
  let stopped: Promise<void> | undefined;
  return {
    chain: fleet.chain,
    provider,
    deployment,
    accounts,
    nodes,
    published,
    publisher,
    node: () => nodes[0].daemon(),
    stop: () => (stopped ??= resources.disposeAsync()),
  };
}
