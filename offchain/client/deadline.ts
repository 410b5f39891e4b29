import type { HubParameters } from "../chain/requests.ts";

/** A request is mined a little after its deadline was chosen, and clocks differ: seconds kept from both ends. */
const MARGIN = 30;

/**
 * Seconds a request may take until the money can be taken back: time for two nodes to accept and answer, as one of them may let its time
 * pass, and for several to reveal what they answered, within what the hub takes.
 *
 * @param replicas nodes asked for
 * @param wanted the person's own choice, seconds; brought within what the hub takes
 */
export function patienceOf(
  { acceptWindow, postWindow, revealWindow, minimumTime, maximumTime }: HubParameters,
  replicas: number,
  wanted?: number,
): number {
  const seconds = wanted ?? 2 * (acceptWindow + postWindow) + (replicas > 1 ? revealWindow : 0) + minimumTime;
  return Math.round(Math.max(minimumTime + MARGIN, Math.min(seconds, maximumTime - MARGIN)));
}
