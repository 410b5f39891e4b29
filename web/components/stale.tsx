"use client";

import { RefreshCw } from "lucide-react";

import { formatMoment } from "../lib/format.ts";
import { Button } from "./button.tsx";

/** Said above data that could not be brought up to date: from when it is, and how to ask again. */
export function Stale({
  since,
  reason,
  onRetry,
}: {
  readonly since: number;
  readonly reason: string;
  readonly onRetry: () => void;
}) {
  return (
    <div
      role="status"
      className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg bg-wait-soft px-4 py-2.5 text-small"
    >
      <p className="min-w-0 flex-1">
        As of {formatMoment(since)}. {reason}
      </p>
      <Button size="small" onClick={onRetry}>
        <RefreshCw aria-hidden className="size-4" />
        Ask again
      </Button>
    </div>
  );
}
