"use client";

import { LoaderCircle } from "lucide-react";

import { formatDuration } from "../lib/format.ts";
import { stepTitle, type JourneyStep } from "../lib/journey.ts";
import { useNow } from "../lib/use-now.ts";
import { Progress } from "./timeline.tsx";

/**
 * The step under way, where the person has just pressed the button. On a phone the timeline is screens below it; beside the zones it is in sight. Who hears the page is told by the
 * timeline.
 */
export function Underway({ steps }: { readonly steps: readonly JourneyStep[] }) {
  const step = steps.find(({ state }) => state === "active");
  const now = useNow(step?.startedAt === undefined ? undefined : 250);
  if (step === undefined) return null;
  return (
    <div aria-hidden className="flex gap-3 rounded-lg bg-wait-soft p-3 zones:hidden">
      <LoaderCircle className="mt-0.5 size-5 shrink-0 animate-spin text-wait" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-strong">{stepTitle(step)}</span>
          {step.startedAt !== undefined && (
            <span className="font-mono text-small tabular-nums text-muted">
              {formatDuration(Math.max(0, now - step.startedAt))}
            </span>
          )}
        </p>
        {step.progress !== undefined && <Progress step={step} />}
        {step.text !== undefined && <p className="text-small text-muted">{step.text}</p>}
      </div>
    </div>
  );
}
