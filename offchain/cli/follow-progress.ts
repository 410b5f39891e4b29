import type { KeyProgress, Step, TimelineEvent } from "../client/types.ts";
import { formatBytes, formatTime, shorten } from "./format.ts";
import type { Output } from "./output.ts";
import { startProgress, type Progress } from "./progress.ts";

const TITLES: Readonly<Record<Step, string>> = {
  encrypt: "Encrypt",
  upload: "Upload",
  pay: "Pay",
  assigned: "Assign a node",
  evaluating: "Evaluate",
  posted: "Post",
  decrypted: "Decrypt",
};

/** Parts done are told this often, milliseconds; a store takes dozens of pieces a second. */
const PART_EVERY = 250;

/** Shows the steps of a request as they come. */
export interface FollowProgress {
  readonly onKeys: (progress: KeyProgress) => void;
  readonly onEvent: (event: TimelineEvent) => void;
  readonly end: Progress["end"];
}

/** @param withKeys whether keys may be made first */
export function followProgress(output: Output, withKeys: boolean): FollowProgress {
  const steps = Object.entries(TITLES).map(([key, title]) => ({ key, title }));
  const progress = startProgress(output, withKeys ? [{ key: "keys", title: "Keys" }, ...steps] : steps);
  let toldAt = 0;
  const isTooSoon = (part: number | undefined): boolean => {
    if (part === undefined || part >= 1) return false;
    const now = Date.now();
    if (now - toldAt < PART_EVERY) return true;
    toldAt = now;
    return false;
  };
  return {
    onKeys: (event) => {
      const { stage, detail, done, total } = event;
      const part =
        stage !== "done" && done !== undefined && total !== undefined && total > 0 ? done / total : undefined;
      if (isTooSoon(part)) return;
      output.event("keys", event);
      progress.update("keys", stage === "done" ? "done" : "active", detail, part);
    },
    onEvent: (event) => {
      if (event.state === "active" && isTooSoon(event.progress)) return;
      output.event("step", event);
      progress.update(event.step, event.state, `${event.detail}${factsOf(event)}`, event.progress);
    },
    end: progress.end,
  };
}

function factsOf({ state, bytes, gas, hash, until, node }: TimelineEvent): string {
  const list = [
    bytes === undefined ? "" : formatBytes(bytes),
    gas === undefined ? "" : `${gas} gas`,
    hash === undefined ? "" : shorten(hash),
    node === undefined ? "" : `node ${shorten(node)}`,
    state === "active" && until !== undefined ? `until ${formatTime(until)}` : "",
  ].filter((fact) => fact !== "");
  return list.length === 0 ? "" : ` (${list.join(", ")})`;
}
