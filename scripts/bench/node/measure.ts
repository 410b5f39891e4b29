/** One user's requests to a node that serves one model, over a local chain. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { parseEther, Wallet } from "ethers";

import { writeDeployment } from "../../../offchain/chain/node/deployment-file.ts";
import { openProvider } from "../../../offchain/chain/provider.ts";
import { getQuote } from "../../../offchain/chain/requests.ts";
import { ETHER } from "../../../offchain/chain/types.ts";
import { choosePlan } from "../../../offchain/client/choose-plan.ts";
import { infer } from "../../../offchain/client/infer.ts";
import { localWallet } from "../../../offchain/client/local-wallet.ts";
import type { ClientContext } from "../../../offchain/client/types.ts";
import { FileVaultStore } from "../../../offchain/client/vault/file-store.ts";
import { Vault } from "../../../offchain/client/vault/vault.ts";
import { publishModel } from "../../../offchain/publisher/publish.ts";
import { RecordFiles } from "../../../offchain/publisher/record-files.ts";
import type { PublishRequest } from "../../../offchain/publisher/types.ts";
import { generateNodeKey, importNodeKey } from "../../../offchain/sealing/node-key.ts";
import { HttpStore } from "../../../offchain/storage/http-store.ts";
import { deployCloakwork } from "../../deploy/deploy-cloakwork.ts";
import { startChainProcess } from "../../network/chain-process.ts";
import { untilServing } from "../../network/fleet.ts";
import { subjectOf, type Subject } from "../inference/subject.ts";
import { startDaemon } from "./daemon.ts";

export interface NodeOptions {
  /** A sample model. */
  readonly model: string;
  /** Requests for one input each, one after the other. */
  readonly requests: number;
  /** Inputs of a batch asked for after them; 0 publishes no plan for batches. */
  readonly batch: number;
}

/** Memory of the node's process, in MB of 10^6 bytes. */
export interface NodeFigures {
  readonly model: string;
  readonly residentMb: {
    /** It serves blobs and knows no model. */
    readonly started: number;
    /** The model is loaded; nobody has asked. */
    readonly serving: number;
    /** A moment after each answer. */
    readonly answered: readonly number[];
    /** A moment after the answer to the batch. */
    readonly batch?: number;
  };
  readonly peakMb: { readonly serving: number; readonly all: number };
}

/** Inputs on which the model is measured before it is published. */
const MEASURED = 2;
/** Milliseconds after an answer in which the node settles what is left to do. */
const MOMENT = 2_000;
const PASSPHRASE = "a bench's passphrase";

/** Measures a node that serves a sample model. */
export async function measureNode({ model, requests, batch }: NodeOptions): Promise<NodeFigures> {
  const folder = await mkdtemp(path.join(tmpdir(), "cloakwork-bench-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true }));
  const chain = await startChainProcess();
  stack.defer(() => chain.stop());
  const provider = await openProvider(chain.url, chain.chainId);
  stack.defer(() => {
    provider.destroy();
  });
  const [deployer, owner, asking, node] = chain.accounts;
  const deployment = await deployCloakwork(new Wallet(deployer.privateKey, provider));
  const deployments = path.join(folder, "deployments");
  writeDeployment(deployments, deployment);
  const daemon = stack.use(await startDaemon({ folder: path.join(folder, "node"), deployments, chain, account: node }));
  const started = daemon.memory().resident;

  const subject = await subjectOf(model, Math.max(MEASURED, requests, batch));
  const { modelId, version, manifest } = await publishModel(
    { ...publicationOf(subject, batch > 0), nodes: [node.address] },
    {
      signer: new Wallet(owner.privateKey, provider),
      deployment,
      store: new HttpStore({ endpoints: [daemon.endpoint] }),
      uri: daemon.endpoint,
      records: new RecordFiles(path.join(folder, "publications")),
      owner: await importNodeKey(await generateNodeKey()),
    },
  );
  await untilServing({ provider, deployment }, modelId, 1);
  await sleep(MOMENT);
  const serving = daemon.memory();

  const context: ClientContext = {
    provider,
    deployment,
    endpoints: [],
    vault: await Vault.create(new FileVaultStore(path.join(folder, "vault.json")), PASSPHRASE),
    wallet: localWallet(new Wallet(asking.privateKey, provider)),
  };
  const ask = async (inputs: readonly Float32Array[]): Promise<number> => {
    const planIndex = choosePlan(manifest, inputs.length);
    const price = await getQuote(provider, deployment.contracts, modelId, version, planIndex);
    const values = Float64Array.from(inputs.flatMap((input) => [...input]));
    await infer(context, { modelId, version, planIndex, values, price });
    await sleep(MOMENT);
    return daemon.memory().resident;
  };
  const answered: number[] = [];
  for (const input of subject.inputs.slice(0, requests)) answered.push(await ask([input]));
  const batched = batch > 0 ? { batch: await ask(subject.inputs.slice(0, batch)) } : {};
  return {
    model,
    residentMb: { started, serving: serving.resident, answered, ...batched },
    peakMb: { serving: serving.peak, all: daemon.memory().peak },
  };
}

function publicationOf({ model, source, options, inputs, labels }: Subject, batch: boolean): PublishRequest {
  const measured = inputs.slice(0, MEASURED);
  return {
    source,
    compile: { ...options, model, semantics: "hoisted-1" },
    samples: {
      inputs: Float32Array.from(measured.flatMap((input) => [...input])),
      labels: labels.subarray(0, MEASURED),
      data: "the first inputs held out",
    },
    // Two inputs tell nothing of accuracy.
    maxDrop: 1,
    description: {
      name: model,
      title: model,
      description: "A sample model.",
      card: `# ${model}\n`,
      license: "Apache-2.0",
      input: { description: "An input of the sample model.", presentation: { kind: "vector" } },
      output: { description: "Its outputs." },
    },
    terms: { token: ETHER, modelFee: parseEther("0.001"), nodeFee: parseEther("0.001") },
    ...(batch ? { batch: { units: 1 } } : {}),
  };
}
