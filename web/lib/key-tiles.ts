/** The textures of key sets that left this browser, so that the same keys are recognised at every request that uses them. */
import * as z from "zod";

import { fromBase64, toBase64 } from "./base64.ts";
import type { Crossing } from "./run.ts";

const KEY = "cloakwork.key-tiles";

const tiles = z.record(
  z.string(),
  z.object({ name: z.string(), size: z.number(), sample: z.string(), digest: z.string().startsWith("0x") }),
);

function readAll(): z.infer<typeof tiles> {
  try {
    const parsed = tiles.safeParse(JSON.parse(localStorage.getItem(KEY) ?? "{}"));
    return parsed.success ? parsed.data : {};
  } catch {
    return {};
  }
}

/** Keeps the texture of a key set. Where storage is full or forbidden nothing is kept, and nothing else fails. */
export function keepKeyTile(keySetId: string, { name, size, sample, digest }: Crossing): void {
  try {
    localStorage.setItem(
      KEY,
      JSON.stringify({ ...readAll(), [keySetId]: { name, size, sample: toBase64(sample), digest } }),
    );
  } catch {
    return;
  }
}

/** The texture of a key set, if it left from this browser. */
export function findKeyTile(keySetId: string): Crossing | undefined {
  const all = readAll();
  if (!Object.hasOwn(all, keySetId)) return undefined;
  const { name, size, sample, digest } = all[keySetId];
  return { step: "keys", name, size, sample: fromBase64(sample), digest: digest as `0x${string}` };
}
