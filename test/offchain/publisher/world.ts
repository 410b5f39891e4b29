/** A small real model, a real chain, a real store: what publishing is tested on. */
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import { Wallet } from "ethers";

import { getStakeRules, registerNode } from "../../../offchain/chain/nodes.ts";
import { openProvider } from "../../../offchain/chain/provider.ts";
import { ETHER, type Deployment, type Hex } from "../../../offchain/chain/types.ts";
import { Square } from "../../../offchain/fhe/graph/square-layer.ts";
import { RecordFiles } from "../../../offchain/publisher/record-files.ts";
import type { PublishPorts, PublishRequest } from "../../../offchain/publisher/types.ts";
import { generateNodeKey, importNodeKey, type NodeKey } from "../../../offchain/sealing/node-key.ts";
import { FileStore } from "../../../offchain/storage/file-store.ts";
import { deployCloakwork } from "../../../scripts/deploy/deploy-cloakwork.ts";
import { startLocalChain } from "../../../scripts/local-chain.ts";
import { predict, randomInput, randomSequential, saveModel } from "../fhe/graph/tfjs-models.ts";
import { temporaryFolder } from "../storage/helpers.ts";

/** The model, how to compile it, and inputs with what TensorFlow.js says of them. */
export async function smallModel(): Promise<
  Pick<PublishRequest, "source" | "compile" | "samples"> & { classes: number[] }
> {
  await tf.setBackend("cpu");
  const model = randomSequential(
    [layers.dense({ inputShape: [6], units: 4 }), new Square({}), layers.dense({ units: 3 })],
    7,
  );
  const { json, weights } = await saveModel(model);
  const inputs = Array.from({ length: 8 }, (_, i) => randomInput(model, i));
  const classes = inputs.map((input) => {
    const outputs = predict(model, input);
    return outputs.indexOf(Math.max(...outputs));
  });
  model.dispose();
  const flat = Float32Array.from(inputs.flat());
  return {
    source: { modelJson: JSON.parse(JSON.stringify(json)) as unknown, weights },
    compile: { calibration: flat, inputRange: { min: -1, max: 1 }, labels: ["a", "b", "c"], model: "small" },
    samples: { inputs: flat.slice(0, 3 * 6), data: "three random inputs" },
    classes,
  };
}

/** A request to publish it. */
export async function smallRequest(): Promise<PublishRequest> {
  const { source, compile, samples } = await smallModel();
  return {
    source,
    compile,
    samples,
    description: {
      name: "small",
      title: "A small model",
      description: "Maps six numbers to three.",
      card: "# Small\n",
      license: "Apache-2.0",
      input: { description: "Six numbers.", presentation: { kind: "vector" } },
      output: { description: "Three numbers." },
    },
    terms: { token: ETHER, modelFee: 5n, nodeFee: 7n },
  };
}

export interface World extends AsyncDisposable {
  readonly provider: Awaited<ReturnType<typeof openProvider>>;
  readonly deployment: Deployment;
  readonly wallet: (index: number) => Wallet;
  /** Fresh records and a fresh store for the owner, account 1. */
  readonly ports: (
    quotaBytes?: number,
  ) => Promise<PublishPorts & { readonly store: FileStore; readonly folder: string }>;
  /** Registers a node. */
  readonly node: (index: number) => Promise<{ readonly address: Hex; readonly key: NodeKey }>;
}

/** Starts everything; takes a few seconds. */
export async function startWorld(): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const chain = await startLocalChain();
  stack.defer(() => chain.stop());
  const provider = await openProvider(chain.url, chain.chainId);
  stack.defer(() => {
    provider.destroy();
  });
  const wallet = (index: number) => new Wallet(chain.accounts[index].privateKey, provider);
  const deployment = await deployCloakwork(wallet(0));
  const owner = await importNodeKey(await generateNodeKey());
  const resources = stack.move();
  return {
    provider,
    deployment,
    wallet,
    ports: async (quotaBytes) => {
      const { folder, dispose } = await temporaryFolder();
      resources.defer(dispose);
      const store = await FileStore.open(`${folder}/blobs`, quotaBytes === undefined ? {} : { quotaBytes });
      const records = new RecordFiles(`${folder}/records`);
      return { signer: wallet(1), deployment, store, uri: "http://127.0.0.1:1", records, owner, folder };
    },
    node: async (index) => {
      const key = await importNodeKey(await generateNodeKey());
      const { minimumStake } = await getStakeRules(provider, deployment.contracts);
      const info = { encryptionKey: key.publicKey.point, endpoint: "http://127.0.0.1:1", stake: minimumStake };
      await (await registerNode(wallet(index), deployment.contracts, info)).wait();
      return { address: wallet(index).address as Hex, key };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
