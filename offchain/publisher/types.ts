/** What the owner's side takes and gives. */
import type { Signer } from "ethers";

import type { Deployment, Hex, Terms } from "../chain/types.ts";
import type { Bytes32 } from "../digest/hex.ts";
import type { CompileOptions } from "../fhe/plan/compile.ts";
import type { Manifest } from "../sealing/manifest.ts";
import type { NodeKey } from "../sealing/node-key.ts";
import type { BlobStore } from "../storage/store.ts";
import type { PublicationRecords } from "./record.ts";

/** A model as TensorFlow.js saves it. */
export interface ModelSource {
  /** The parsed `model.json`. */
  readonly modelJson: unknown;
  /** All weight files of its manifest, joined. */
  readonly weights: Uint8Array;
}

/** Inputs on which the model is measured under encryption. */
export interface Samples {
  /** n × elements, one input after the other, within the declared range. */
  readonly inputs: Float32Array | Float64Array;
  /** Index of the right class of each; when omitted, what the model says in the clear counts as right. */
  readonly labels?: ArrayLike<number>;
  /** What the samples are, for people, e.g. `the first 50 held-out digits`. */
  readonly data: string;
}

/** What people read about the model. */
export interface ModelDescription extends Pick<Manifest, "name" | "title" | "description" | "card" | "license"> {
  readonly input: Pick<Manifest["input"], "description" | "presentation">;
  readonly output: Pick<Manifest["output"], "description">;
}

/** A plan for batches, of the same model and measured on the same samples. */
export interface BatchPlanRequest {
  /** How many times the fees are charged for a batch, however many inputs it has. */
  readonly units: number;
  /** Bits of a coefficient of the result, 20 … 23; 23 when omitted. */
  readonly bits?: number;
}

/** A model on its way to the chain. */
export interface PublishRequest {
  readonly source: ModelSource;
  readonly compile: CompileOptions;
  readonly samples: Samples;
  /** Largest share of accuracy that encryption may cost, 0 … 1; 0.01 when omitted. */
  readonly maxDrop?: number;
  readonly description: ModelDescription;
  /** The price of a new model; of a new version, the model's own terms hold. */
  readonly terms: Terms;
  /** How many times the fees are charged; 1 when omitted. */
  readonly units?: number;
  /** Publish in the same version a plan for batches of one user's inputs too. */
  readonly batch?: BatchPlanRequest;
  /** Publish a new version of this model instead of a new model. */
  readonly modelId?: bigint;
  /** Nodes to authorise. */
  readonly nodes?: readonly Hex[];
}

/** What publishing needs of the world. */
export interface PublishPorts {
  /** The owner's account, connected to a provider. */
  readonly signer: Signer;
  readonly deployment: Deployment;
  readonly store: BlobStore;
  /** Base URL under which others find what is in the store; goes on chain. */
  readonly uri: string;
  /** Where publications are remembered, so that an interrupted one goes on where it stopped. */
  readonly records: PublicationRecords;
  /** The owner's own P-256 key: the keys of every version are sealed to it, for the nodes to come. */
  readonly owner: NodeKey;
}

export const PUBLISH_STEPS = ["import", "compile", "measure", "seal", "store", "register", "authorise"] as const;
export type PublishStep = (typeof PUBLISH_STEPS)[number];

/** How a step stands. The last event of a step replaces those before. */
export interface PublishEvent {
  readonly step: PublishStep;
  /** `kept`: done by an earlier run and still good. */
  readonly state: "active" | "done" | "kept";
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** One sentence. */
  readonly detail: string;
  /** Part done, 0 … 1. */
  readonly progress?: number;
  readonly bytes?: number;
  readonly hash?: Hex;
  readonly gas?: bigint;
  readonly node?: Hex;
}

export interface PublishOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: PublishEvent) => void;
}

/** A node that may serve the version. */
export interface Authorised {
  readonly node: Hex;
  readonly envelopeRoot: Bytes32;
  /** False when it was authorised already, with the key it has now. */
  readonly created: boolean;
}

/** A version on chain. */
export interface Published {
  readonly modelId: bigint;
  readonly version: number;
  readonly manifestRoot: Bytes32;
  readonly manifest: Manifest;
  readonly nodes: readonly Authorised[];
}
