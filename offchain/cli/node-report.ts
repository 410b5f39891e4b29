/** What a running node says of itself at `/status`. It comes from a stranger's machine: measured, checked, and shown as text only. */
import { z } from "zod";

const MAX_BYTES = 1 << 20;
const PATIENCE = 5_000;

/** Letters, digits and signs; what could move a cursor or turn a line becomes a question mark. */
const text = z
  .string()
  .max(1_000)
  .transform((words) => words.replace(/[^\x20-\x7e\u00a1-\u200d\u2010-\u2027\u2030-\u2065\u2070-\ufefe]/g, "?"));
const count = z.int().nonnegative();

const report = z.object({
  version: z.literal(1),
  node: text,
  block: count.optional(),
  startedAt: text,
  models: z.array(z.object({ id: text, version: count, name: text })).max(1_000),
  jobs: z.record(text, count),
  recent: z.array(z.object({ request: text, state: text, note: text })).max(100),
  storedBytes: count,
});

export type NodeReport = z.output<typeof report>;

/**
 * Asks a node.
 *
 * @param endpoint its base URL
 * @returns undefined when it does not answer, or with something else
 * @throws only the signal's reason
 */
export async function askNode(endpoint: string, signal: AbortSignal): Promise<NodeReport | undefined> {
  try {
    const both = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
    const response = await fetch(`${endpoint}/status`, { signal: both, redirect: "error" });
    const parsed = report.safeParse(JSON.parse(await limited(response)));
    return response.ok && parsed.success ? parsed.data : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

async function limited(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let body = "";
  for await (const piece of response.body ?? []) {
    body += decoder.decode(piece, { stream: true });
    if (body.length > MAX_BYTES) throw new RangeError("a node's report is not this long");
  }
  return body + decoder.decode();
}
