/**
 * What the contracts hold, in TypeScript. Ids and amounts are bigints (amounts in the token's smallest unit, bonds and
 * stakes in wei), times are unix seconds, digests and addresses are hex strings as the chain prints them.
 */

import type { Hex } from "../digest/hex.ts";

/** `0x` and hexadecimal digits: digests (32 bytes), key set ids (32), addresses (20, checksummed), raw bytes. */
export type { Hex };

/** The token address that stands for ether. */
export const ETHER: Hex = "0x0000000000000000000000000000000000000000";

export type ModelStatus = "active" | "paused" | "retired";

/** One request's price: the owner's fee once, a node's fee once a replica, times the plan's units. */
export interface Terms {
  readonly token: Hex;
  readonly modelFee: bigint;
  readonly nodeFee: bigint;
}

/** One way to evaluate a version under encryption (IModelRegistry.Plan). */
export interface PlanRef {
  readonly planDigest: Hex;
  readonly weightsRoot: Hex;
  readonly packageRoot: Hex;
  readonly paramsDigest: Hex;
  /** e.g. `seal-4.1`; at most 31 ASCII characters. */
  readonly semantics: string;
  /** How many times the fees are charged; 1 for a latency plan. */
  readonly units: number;
}

/** What an owner publishes (IModelRegistry.Version). */
export interface VersionContent {
  readonly noiseRoot: Hex;
  readonly manifestRoot: Hex;
  readonly manifestUri: string;
  readonly plans: readonly PlanRef[];
}

/** A published version; versions count from 1. */
export interface ModelVersion extends VersionContent {
  readonly modelId: bigint;
  readonly version: number;
}

export interface Model {
  readonly modelId: bigint;
  readonly owner: Hex;
  readonly status: ModelStatus;
  /** Number of versions; the newest has this number. */
  readonly versions: number;
  readonly terms: Terms;
}

/** A node's right to serve a version: the sealed envelope with the version's keys. */
export interface Grant {
  readonly envelopeRoot: Hex;
  readonly envelopeUri: string;
}

/** A node that serves a version in an epoch. */
export interface ServingNode {
  readonly node: Hex;
  /** Wei it risks per duty, and its weight in draws. */
  readonly bond: bigint;
}

/** A node's latest time of service in a version's list. */
export interface Membership extends ServingNode {
  readonly fromEpoch: number;
  /** `undefined` while it has not resigned. */
  readonly untilEpoch: number | undefined;
}

export interface NodeInfo {
  readonly node: Hex;
  readonly stake: bigint;
  readonly locked: bigint;
  /** When the stake may leave; `undefined` while the node has not asked for exit. */
  readonly exitAt: number | undefined;
  /** P-256, uncompressed, 65 bytes. */
  readonly encryptionKey: Hex;
  readonly endpoint: string;
}

/** What a node's declines of one model come to (INodeRegistry.Standing). */
export interface NodeStanding {
  readonly modelId: bigint;
  /** Drawn for nothing of the model before, unix seconds; 0 when it never was suspended. */
  readonly suspendedUntil: number;
  /** Counted declines in a row. */
  readonly declines: number;
}

/** A stored key pack (IKeyRegistry.Pack). */
export interface KeyPackRef {
  readonly blobRoot: Hex;
  readonly residuesRoot: Hex;
  /** Bytes. */
  readonly size: number;
}

export interface KeySet {
  readonly keySetId: Hex;
  readonly owner: Hex;
  readonly revoked: boolean;
  readonly paramsDigest: Hex;
  /** All zeros when the set has no compact public key. */
  readonly compactPublicKeyRoot: Hex;
  /** Commitment to all packs, in order. */
  readonly packsDigest: Hex;
  readonly uri: string;
  readonly packs: readonly KeyPackRef[];
}

/** An encrypted input (IHubTypes.InputRef). */
export interface InputRef {
  readonly blobRoot: Hex;
  readonly residuesRoot: Hex;
  /** Bytes. */
  readonly size: number;
  readonly uri: string;
}

export interface Quote {
  readonly token: Hex;
  /** Model fee, to the owner. */
  readonly modelFee: bigint;
  /** To each node. */
  readonly nodeFee: bigint;
  readonly auditFee: bigint;
  /** What the request escrows in all. */
  readonly total: bigint;
}

/** What a requester signs. */
export interface RequestParams {
  readonly modelId: bigint;
  readonly version: number;
  readonly planIndex: number;
  readonly replicas: number;
  readonly keySetId: Hex;
  readonly input: InputRef;
  readonly token: Hex;
  readonly maxFee: bigint;
  readonly deadline: number;
}

/** Everything a request is about (IHubTypes.Binding); its EIP-712 digest is the request's binding. */
export interface Binding {
  readonly requestId: bigint;
  readonly requester: Hex;
  readonly modelId: bigint;
  readonly version: number;
  readonly planIndex: number;
  readonly planDigest: Hex;
  readonly weightsRoot: Hex;
  readonly noiseRoot: Hex;
  /** The leaf of the noise seed this request uses; counts the version's requests from 0. */
  readonly noiseIndex: number;
  readonly semantics: string;
  readonly keySetId: Hex;
  readonly keySetOwner: Hex;
  readonly packsDigest: Hex;
  /** The first `packCount` packs of the key set are bound. */
  readonly packCount: number;
  readonly inputBlobRoot: Hex;
  readonly inputResiduesRoot: Hex;
  readonly inputSize: number;
  readonly replicas: number;
}

export type RequestState =
  | "requested"
  | "assigned"
  | "accepted"
  | "committed"
  | "posted"
  | "rejected"
  | "challenged"
  | "settled"
  | "refunded";

export type DutyState =
  | "none"
  | "assigned"
  | "accepted"
  | "committed"
  | "posted"
  | "rejected"
  | "missed"
  | "declined"
  | "released"
  | "overruled";

export type RefundReason =
  | "deadline-passed"
  | "cancelled"
  | "no-node-left"
  | "input-rejected"
  | "input-unavailable"
  | "no-majority";

/** How a dispute ended (IHubTypes.Verdict). */
export type Verdict = "stands" | "replaced" | "unavailable" | "withheld";

/**
 * An answer to a request: a result, or that the parser refuses (kind 2, the code as size), or that input or keys cannot be had (kind 3), or that the
 * result of this size and digest is right, but nobody who gave it serves its bytes (kind 4).
 */
export interface Answer {
  readonly kind: 0 | 1 | 2 | 3 | 4;
  readonly size: number;
  /** All zeros for kinds 2 and 3. */
  readonly digest: Hex;
}

/** Largest result that travels in the event log, bytes; a larger one is a blob (docs/formats.md, section 10). */
export const MAX_INLINE_BYTES = 8192;

/** A result on chain (formats.md section 10). `data` is `0x` for kind 1 and wherever only the digest is stored. */
export interface ResultRef {
  /** 0: inline, 1: blob. */
  readonly kind: 0 | 1;
  readonly size: number;
  readonly digest: Hex;
  readonly data: Hex;
}

/** One node's part in a request. */
export interface Duty {
  readonly node: Hex;
  readonly state: DutyState;
  /** By when it has to accept (`assigned`), post or commit (`accepted`). */
  readonly dueBy: number;
  readonly bond: bigint;
}

/** A request as the hub holds it (IHubTypes.Request). */
export interface InferenceRequest {
  readonly requestId: bigint;
  readonly requester: Hex;
  readonly state: RequestState;
  readonly modelId: bigint;
  readonly version: number;
  readonly planIndex: number;
  readonly replicas: number;
  readonly noiseIndex: number;
  readonly deadline: number;
  readonly token: Hex;
  readonly payee: Hex;
  readonly modelFee: bigint;
  readonly nodeFee: bigint;
  readonly auditFee: bigint;
  /** EIP-712 digest of the request's Binding. */
  readonly binding: Hex;
  /** While `requested`: the entropy round that decides the draw. */
  readonly drawRound: number;
  readonly drawEpoch: number;
  readonly attempts: number;
  /** While `committed`: end of the reveals. While `posted` or `rejected`: when anybody may settle or refund; 0 after a dispute. */
  readonly until: number;
  /** Once `posted`: the entropy round that says whether the result is audited; 0 before. */
  readonly auditRound: number;
  /** The parser's code while `rejected`, else 0. */
  readonly rejectCode: number;
  /** Kind, size and digest of the result once posted; its inline data is in the `posted` event. */
  readonly result: Omit<ResultRef, "data"> | undefined;
  readonly duties: readonly Duty[];
}

/** Where an event came from. */
export interface EventOrigin {
  readonly blockNumber: number;
  readonly blockHash: Hex;
  readonly transactionHash: Hex;
  readonly logIndex: number;
}

/** What happens to a request, as the hub tells it. Discriminated by `type`. */
export type RequestEvent = EventOrigin & { readonly requestId: bigint } & (
    | {
        readonly type: "requested";
        readonly binding: Binding;
        readonly inputUri: string;
        readonly price: Quote;
        readonly deadline: number;
        readonly drawRound: number;
      }
    | { readonly type: "draw-started"; readonly drawRound: number; readonly drawEpoch: number }
    | {
        readonly type: "assigned";
        readonly node: Hex;
        readonly replica: number;
        readonly bond: bigint;
        readonly acceptBy: number;
      }
    | { readonly type: "accepted"; readonly node: Hex; readonly replica: number; readonly postBy: number }
    | { readonly type: "declined"; readonly node: Hex; readonly replica: number }
    | { readonly type: "missed"; readonly node: Hex; readonly replica: number; readonly penalty: bigint }
    | { readonly type: "rejected"; readonly node: Hex; readonly code: number; readonly until: number }
    | { readonly type: "posted"; readonly node: Hex; readonly result: ResultRef; readonly until: number }
    | { readonly type: "committed"; readonly node: Hex; readonly replica: number; readonly commitment: Hex }
    | { readonly type: "reveals-opened"; readonly until: number }
    | {
        readonly type: "revealed";
        readonly node: Hex;
        readonly replica: number;
        readonly answer: Answer;
        /** The bytes of an inline result, from who told that answer first; `0x` from others. */
        readonly data: Hex;
      }
    | { readonly type: "overruled"; readonly node: Hex; readonly replica: number; readonly penalty: bigint }
    | { readonly type: "held"; readonly until: number }
    | { readonly type: "challenged" }
    | { readonly type: "resolved"; readonly verdict: Verdict }
    | { readonly type: "settled"; readonly paidToNodes: bigint; readonly paidToOwner: bigint }
    | { readonly type: "refunded"; readonly amount: bigint; readonly reason: RefundReason }
  );

/** The contracts of one deployment. */
export interface DeployedContracts {
  readonly balances: Hex;
  readonly entropy: Hex;
  readonly modelRegistry: Hex;
  readonly modelAccess: Hex;
  readonly nodeRegistry: Hex;
  readonly keyRegistry: Hex;
  /** Code the hub runs for what it does not hold itself; never called. */
  readonly hubExtension: Hex;
  readonly hub: Hex;
  readonly disputes: Hex;
  readonly callbacks: Hex;
}

/** Where Cloakwork lives on a chain; read from `.cloakwork/deployments/<chainId>.json`. */
export interface Deployment {
  readonly version: 1;
  readonly chainId: number;
  /** First 8 bytes of SHA-256 over the ABI this deployment was made with. */
  readonly abi: Hex;
  /** Block of the first deployment transaction: where watching may start. */
  readonly fromBlock: number;
  readonly contracts: DeployedContracts;
}
