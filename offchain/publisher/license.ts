/** Lets an account have a version's weights: the version's keys sealed to the account's own key, the envelope stored, its root put on chain. */
import { getLicence, licenseModel } from "../chain/licences.ts";
import type { Hex } from "../chain/types.ts";
import { bytes32, type Bytes32 } from "../digest/hex.ts";
import { sealEnvelope } from "../sealing/envelope.ts";
import { nodePublicKey } from "../sealing/node-key.ts";
import { requireProvider } from "./ports.ts";
import type { PublicationRecord } from "./record.ts";
import { requireOwner } from "./register.ts";
import type { PublishPorts } from "./types.ts";
import { withVersionKeys, type VersionName } from "./version-secrets.ts";

/** Who gets a licence. */
export interface Licensee {
  readonly account: Hex;
  /** The account's public key, P-256, 0x04 ‖ x ‖ y. Whoever has its other half has the weights: it must be the licensee's. */
  readonly point: Hex;
}

export const LICENSE_STEPS = ["seal", "store", "register"] as const;

/** How licensing stands. The last event of a step replaces those before. */
export interface LicenseEvent {
  readonly step: (typeof LICENSE_STEPS)[number];
  /** `kept`: done earlier and still good. */
  readonly state: "active" | "done" | "kept";
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** One sentence. */
  readonly detail: string;
  readonly bytes?: number;
  readonly hash?: Hex;
  readonly gas?: bigint;
}

export interface LicenseOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: LicenseEvent) => void;
}

/** A licence that stands. */
export interface Licensed {
  readonly licensee: Hex;
  readonly envelopeRoot: Bytes32;
  /** False when the account was licensed already, with the same key, and the envelope is where it was. */
  readonly created: boolean;
}

/**
 * Licenses an account for a version that was published from here. A licence that stands, sealed to the same key, is left as it is; for another
 * key, or where the store lost the envelope, a new envelope takes its place.
 *
 * @throws PublishError `PUBLISH_OWNER`, `PUBLISH_NOT_FOUND`; NodeKeyError when the key is none; EnvelopeError when the record was sealed to
 *   another owner's key or is not of this version; StorageError; CloakworkError decoded by `decodeContractError`; the signal's reason
 */
export async function licenseAccount(
  ports: PublishPorts,
  name: VersionName,
  { account, point }: Licensee,
  { signal, onEvent }: LicenseOptions = {},
): Promise<Licensed> {
  const { signer, deployment, store, uri } = ports;
  const { contracts } = deployment;
  const { modelId, version } = name;
  const tell = (
    step: LicenseEvent["step"],
    state: LicenseEvent["state"],
    detail: string,
    more: Partial<LicenseEvent> = {},
  ): void => onEvent?.({ step, state, at: Date.now(), detail, ...more });
  const provider = requireProvider(ports);
  const recipient = await nodePublicKey(point);
  await requireOwner(provider, deployment, modelId, (await signer.getAddress()) as Hex);
  return await withVersionKeys(ports, name, async (keys, record) => {
    signal?.throwIfAborted();
    const standing = await getLicence(provider, contracts, modelId, version, account);
    const made = licencesOf(record).find((one) => sameHex(one.licensee, account) && sameHex(one.point, point));
    if (made !== undefined && standing?.envelopeRoot === made.envelopeRoot && (await store.has(made.envelopeRoot))) {
      tell("register", "kept", "The account has the licence already.");
      return { licensee: account, envelopeRoot: made.envelopeRoot, created: false };
    }
    tell("seal", "active", "Sealing the version's keys to the licensee.");
    const envelope = await sealEnvelope(keys, [recipient]);
    tell("seal", "done", "Sealed the version's keys to the licensee.", { bytes: envelope.length });
    tell("store", "active", "Storing the envelope.");
    const { root } = await store.put(envelope, signal === undefined ? {} : { signal });
    tell("store", "done", "The envelope is stored.", { bytes: envelope.length });
    signal?.throwIfAborted();
    tell("register", "active", "Registering the licence.");
    const sent = await licenseModel(signer, contracts, modelId, version, account, {
      envelopeRoot: root,
      envelopeUri: uri,
    });
    tell("register", "active", "Waiting for the transaction.", { hash: sent.hash });
    const { gasUsed } = await sent.wait();
    const others = licencesOf(record).filter((one) => !sameHex(one.licensee, account));
    await ports.records.write({ ...record, licences: [...others, { licensee: account, point, envelopeRoot: root }] });
    tell("register", "done", "The account has the licence.", { hash: sent.hash, gas: gasUsed });
    return { licensee: account, envelopeRoot: bytes32(root), created: true };
  });
}

function licencesOf({ licences = [] }: PublicationRecord): NonNullable<PublicationRecord["licences"]> {
  return licences;
}

const sameHex = (a: Hex, b: Hex): boolean => a.toLowerCase() === b.toLowerCase();
