/**
 * Configuration of a node, checked whole before anything starts.
 *
 * Order, later wins: defaults, the JSON file `node.json` in the data folder, environment variables `CLOAKWORK_NODE_<KEY>`, flags.
 */
import { z } from "zod";

import { MOST_THREADS } from "../fhe/kernel/threads/team.ts";
import { ConfigError } from "./errors.ts";

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

const httpUrl = z.url({ protocol: /^https?$/, error: "expected an http:// or https:// address" });

/** true or false, as a value or as text. */
const flag = z.union([z.boolean(), z.stringbool()], { error: "expected true or false" });

const settings = z.strictObject({
  /** JSON-RPC address of the chain. */
  rpc: httpUrl,
  /** Folder with all the node keeps: keys, queue, blobs. */
  data: z.string().min(1),
  /** Deployment file; by default the one the deploy script writes for the chain. */
  deployment: z.string().min(1).optional(),
  /** Address to listen on. Put a TLS proxy in front before you listen elsewhere than on 127.0.0.1. */
  host: z.string().default("127.0.0.1"),
  /** Port to listen on; 0 takes a free one. */
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  /** Address under which others reach this node, written on chain; by default the one it listens on. */
  publicUrl: httpUrl.optional(),
  /** Other nodes' blob addresses to ask for what is missing here. */
  peers: z.array(httpUrl).default([]),
  /** Largest blob taken, bytes. */
  maxBlobBytes: z.coerce
    .number()
    .int()
    .min(64 * 1024)
    .max(4 * GiB)
    .default(256 * MiB),
  /** All blobs together, bytes. */
  quotaBytes: z.coerce
    .number()
    .int()
    .min(MiB)
    .default(20 * GiB),
  /** Minutes without use after which a blob may make room for others once the quota is reached. What this node works with stays. */
  evictIdleMinutes: z.coerce.number().int().min(1).max(525_600).default(60),
  /** Days a user's keys stay after the last request of theirs that this node worked on. */
  keepKeysDays: z.coerce.number().int().min(1).max(3650).default(30),
  /** Bytes one client may upload a minute, and download a minute; at least `maxBlobBytes`. */
  uploadBytesPerMinute: z.coerce
    .number()
    .int()
    .min(64 * 1024)
    .default(512 * MiB),
  downloadBytesPerMinute: z.coerce
    .number()
    .int()
    .min(64 * 1024)
    .default(2 * GiB),
  /** Uploads at the same time, all clients together. */
  concurrentUploads: z.coerce.number().int().min(1).default(16),
  /** What evaluates plans of semantics `seal-4.1`: the SIMD kernel, or node-seal, which gives the same bytes in several times as long. */
  engine: z.enum(["seal", "simd"]).default("simd"),
  /** Evaluations at once, each in a worker thread of its own. */
  workers: z.coerce.number().int().min(1).max(64).default(1),
  /**
   * Threads that work together on one evaluation, with the same result. More than one shortens an evaluation while cores are idle; several requests at once are
   * better served by `workers`. Each worker has as many, a model.
   */
  threads: z.coerce.number().int().min(1).max(MOST_THREADS).default(1),
  /** How many users' keys stay ready in memory, a worker. */
  openKeySets: z.coerce.number().int().min(1).max(64).default(2),
  /** Seconds one evaluation may take before its worker is replaced. */
  evaluationSeconds: z.coerce.number().int().min(1).max(3600).default(120),
  /** Milliseconds between two looks at the chain. */
  pollMs: z.coerce.number().int().min(50).max(60_000).default(1000),
  /** Milliseconds between two looks for new grants of model owners. */
  grantsMs: z.coerce.number().int().min(100).max(600_000).default(10_000),
  /** Wei put at stake when the node registers. */
  stake: z.coerce
    .bigint()
    .min(0n)
    .default(10n ** 18n),
  /** Wei risked with each request of a model; at most the stake. */
  bond: z.coerce
    .bigint()
    .min(1n)
    .default(10n ** 17n),
  /** Share of other nodes' answers that are evaluated again and challenged if they are wrong, 0 to 1; "never" is 0. Takes evaluation time that nobody pays unless an answer is wrong. */
  challenge: z
    .union([z.literal("never").transform(() => 0), z.coerce.number().min(0).max(1)], {
      error: 'expected "never" or a share from 0 to 1',
    })
    .default(0),
  /** Most wei laid down for one challenge; a chain that asks for more gets none from this node. */
  challengeBond: z.coerce
    .bigint()
    .min(0n)
    .default(10n ** 17n),
  /** Whether to show audits that the chain has drawn, which is paid. Serving on a jury is a duty whatever is said here. */
  audits: flag.default(true),
  /** Whether to deliver callbacks that requesters ordered, where the pay exceeds the gas. */
  callbacks: flag.default(true),
  /** Ids of the models to serve; all that owners granted when empty. */
  models: z.array(z.coerce.bigint().min(1n)).default([]),
  logLevel: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
});

export const nodeConfig = settings
  .refine((config) => Math.min(config.uploadBytesPerMinute, config.downloadBytesPerMinute) >= config.maxBlobBytes, {
    path: ["uploadBytesPerMinute"],
    error: "one blob of `maxBlobBytes` must fit into a minute, for uploads and for downloads",
  })
  .refine((config) => config.bond <= config.stake, { path: ["bond"], error: "expected at most the stake" });

export type NodeConfig = z.output<typeof nodeConfig>;
/** What a file, the environment or flags may give: any part, as text or as values. */
export type NodeConfigInput = Partial<Record<keyof NodeConfig, unknown>>;

/** Settings that are lists: separated by commas in the environment. */
const LISTS = new Set<keyof NodeConfig>(["peers", "models"]);

const envName = (key: string) => `CLOAKWORK_NODE_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** Reads the settings an environment gives. A list is separated by commas. Unknown names with the prefix are faults, not ignored. */
export function configFromEnvironment(environment: Record<string, string | undefined>): NodeConfigInput {
  const keys = Object.keys(settings.shape) as (keyof NodeConfig)[];
  const known = new Map(keys.map((key) => [envName(key), key]));
  const faults: string[] = [];
  const found: NodeConfigInput = {};
  for (const [name, value] of Object.entries(environment)) {
    // The operator's key and passphrase are read where they are used and never become part of the configuration.
    if (!name.startsWith("CLOAKWORK_NODE_") || name.startsWith("CLOAKWORK_NODE_SECRET_") || value === undefined)
      continue;
    const key = known.get(name);
    if (!key) faults.push(`${name} is no setting; there are: ${[...known.keys()].join(", ")}`);
    else found[key] = LISTS.has(key) ? value.split(",").filter((item) => item !== "") : value;
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return found;
}

/**
 * Puts the sources together and checks them.
 *
 * @param sources in order, later wins; undefined values do not override
 * @throws ConfigError naming every key that is wrong, with what was expected
 */
export function loadNodeConfig(...sources: readonly NodeConfigInput[]): NodeConfig {
  const merged: Record<string, unknown> = {};
  for (const source of sources) {
    for (const [key, value] of Object.entries(source)) if (value !== undefined) merged[key] = value;
  }
  const parsed = nodeConfig.safeParse(merged);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map((issue) =>
      issue.code === "unrecognized_keys"
        ? `${issue.keys.join(", ")}: no such setting`
        : `${issue.path.join(".")}: ${issue.message}`,
    ),
  );
}
