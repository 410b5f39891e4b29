/** Where this copy of the app points: chain, contracts, storage. Loaded at run time, so that one build serves every deployment. */
import * as z from "zod";

const hex = (bytes: number) =>
  z.custom<`0x${string}`>(
    (value) => typeof value === "string" && new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`).test(value),
    `expected 0x and ${bytes * 2} hexadecimal digits`,
  );

const url = z.url({ protocol: /^https?$/ });

const schema = z
  .object({
    chain: z.object({
      id: z.int().positive(),
      name: z.string().min(1),
      rpcUrl: url,
      /** Block explorer; without one the app shows transactions itself. */
      explorerUrl: url.optional(),
      currency: z.string().min(1).default("ETH"),
    }),
    /** What `scripts/deploy.ts` wrote for this chain. */
    deployment: z.object({
      version: z.literal(1),
      chainId: z.int().positive(),
      abi: hex(8),
      fromBlock: z.int().nonnegative(),
      contracts: z.object({
        balances: hex(20),
        entropy: hex(20),
        modelRegistry: hex(20),
        modelAccess: hex(20),
        nodeRegistry: hex(20),
        keyRegistry: hex(20),
        hubExtension: hex(20),
        hub: hex(20),
        disputes: hex(20),
        callbacks: hex(20),
      }),
    }),
    /** Endpoints that serve and take content-addressed blobs, tried in order. */
    storage: z.array(url).min(1),
    /** A funded key of the local chain, for people who want to try without a wallet of their own. */
    playWallet: z.object({ privateKey: hex(32) }).optional(),
  })
  .refine((value) => value.deployment.chainId === value.chain.id, {
    message: "is for another chain than `chain`",
    path: ["deployment", "chainId"],
  })
  .refine((value) => value.playWallet === undefined || value.chain.id === 31337, {
    message: "a play wallet exists on chain 31337 only",
    path: ["playWallet"],
  });

/** The settings of one copy of the app. */
export type Settings = z.infer<typeof schema>;

/** The settings could not be loaded or are not what the app expects. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/**
 * Checks the settings whole.
 *
 * @param value what `/config.json` holds
 * @throws SettingsError naming each wrong key and what was expected
 */
export function parseSettings(value: unknown): Settings {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map((issue) => `${issue.path.join(".") || "settings"}: ${issue.message}`);
  throw new SettingsError(reasons.join("; "));
}

/**
 * Fetches the settings of this deployment.
 *
 * @throws SettingsError when they are missing or wrong
 */
export async function loadSettings(signal?: AbortSignal): Promise<Settings> {
  const response = await fetch("/config.json", { cache: "no-store", ...(signal && { signal }) });
  if (!response.ok) throw new SettingsError(`/config.json answered ${response.status}`);
  return parseSettings(await response.json());
}
