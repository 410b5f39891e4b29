/**
 * What this browser did for a request before the chain knew of it: times and sizes, none of it secret. Kept so that a reload, or a look a week
 * later, still shows the first steps.
 */
import * as z from "zod";

import { fromBase64, toBase64 } from "./base64.ts";
import type { SeenEvent } from "./journey.ts";
import type { Run } from "./run.ts";

const KEY = "cloakwork.runs";
/** More are forgotten, oldest first. */
const MOST = 60;

const step = z.enum(["keys", "encrypt", "upload", "pay"]);
const hex = z.custom<`0x${string}`>((value) => typeof value === "string" && /^0x[0-9a-f]+$/i.test(value));

const record = z.object({
  chainId: z.int(),
  hub: z.string(),
  requestId: z.string(),
  events: z.array(
    z.object({
      step: z.enum(["encrypt", "upload", "pay"]),
      state: z.enum(["active", "done"]),
      at: z.number(),
      seenAt: z.number(),
      detail: z.string(),
      bytes: z.number().optional(),
      digest: hex.optional(),
      hash: hex.optional(),
      gas: z.string().optional(),
    }),
  ),
  crossings: z.array(z.object({ step, name: z.string(), size: z.number(), sample: z.string(), digest: hex })),
});

type RunRecord = z.infer<typeof record>;

/** Which request a record is about. */
export interface RunKey {
  readonly chainId: number;
  readonly hub: string;
  readonly requestId: bigint;
}

function readAll(): RunRecord[] {
  try {
    const parsed = z.array(record).safeParse(JSON.parse(localStorage.getItem(KEY) ?? "[]"));
    return parsed.success ? parsed.data : [];
  } catch {
    return [];
  }
}

const isAbout = ({ chainId, hub, requestId }: RunRecord, key: RunKey): boolean =>
  chainId === key.chainId && hub === key.hub && requestId === key.requestId.toString();

/** Keeps what was done here for a request. Where storage is full or forbidden nothing is kept, and nothing else fails. */
export function keepRun(key: RunKey, run: Pick<Run, "events" | "crossings">): void {
  const events: RunRecord["events"] = [];
  for (const { event, seenAt } of run.events) {
    const { step: id, state, at, detail, bytes, digest, hash, gas } = event;
    if ((id !== "encrypt" && id !== "upload" && id !== "pay") || state === "failed") continue;
    events.push({ step: id, state, at, seenAt, detail, bytes, digest, hash, gas: gas?.toString() });
  }
  const crossings: RunRecord["crossings"] = [];
  for (const crossing of run.crossings) {
    const known = step.safeParse(crossing.step);
    if (known.success) crossings.push({ ...crossing, step: known.data, sample: toBase64(crossing.sample) });
  }
  const kept = { chainId: key.chainId, hub: key.hub, requestId: key.requestId.toString(), events, crossings };
  try {
    localStorage.setItem(KEY, JSON.stringify([...readAll().filter((each) => !isAbout(each, key)), kept].slice(-MOST)));
  } catch {
    return;
  }
}

/** What was done here for a request, if it was sent from this browser. */
export function findRun(key: RunKey): Pick<Run, "events" | "crossings"> | undefined {
  const found = readAll().find((each) => isAbout(each, key));
  return (
    found && {
      events: found.events.map(({ step: id, state, at, seenAt, detail, bytes, digest, hash, gas }): SeenEvent => ({
        seenAt,
        event: {
          step: id,
          state,
          at,
          detail,
          ...(bytes !== undefined && { bytes }),
          ...(digest !== undefined && { digest }),
          ...(hash !== undefined && { hash }),
          ...(gas !== undefined && { gas: BigInt(gas) }),
        },
      })),
      crossings: found.crossings.map((crossing) => ({ ...crossing, sample: fromBase64(crossing.sample) })),
    }
  );
}
