import type { ModelCard } from "../../offchain/client/types.ts";
import { availability, type Availability } from "../lib/model-card.ts";
import { StatusBadge, type Tone } from "./status-badge.tsx";

const states: Readonly<Record<Availability, { readonly tone: Tone; readonly words: string }>> = {
  open: { tone: "good", words: "Takes requests" },
  "no-node": { tone: "wait", words: "No node takes requests now" },
  paused: { tone: "wait", words: "Paused by its owner" },
  unknown: { tone: "idle", words: "State unknown" },
  retired: { tone: "idle", words: "Retired" },
};

/** Whether a model can be asked now. */
export function ModelStatusBadge({ card }: { readonly card: Pick<ModelCard, "model" | "nodes"> }) {
  const { tone, words } = states[availability(card)];
  return <StatusBadge tone={tone}>{words}</StatusBadge>;
}
