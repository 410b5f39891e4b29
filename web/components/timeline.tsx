"use client";

import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, Check, LoaderCircle, X } from "lucide-react";
import type { ReactNode } from "react";

import { cn } from "../lib/cn.ts";
import { formatCount, formatDuration } from "../lib/format.ts";
import { announcement, STEP_WORDS, stepTitle, type JourneyStep, type StepPlace } from "../lib/journey.ts";
import { useNow } from "../lib/use-now.ts";
import { CipherTile } from "./cipher-tile.tsx";
import { TransactionLink } from "./transaction-link.tsx";

interface TimelineProps {
  readonly steps: readonly JourneyStep[];
  /** Shown within a step: the one thing to do about it. */
  readonly actions?: Partial<Record<JourneyStep["id"], ReactNode>>;
}

/**
 * The way of a request, on the boundary itself: each step stands on the side where it happens, and what crosses is drawn where it arrives.
 * Lies within a `Boundary`, whose line runs through it.
 */
export function Timeline({ steps, actions = {} }: TimelineProps) {
  const ticking = steps.some(({ state, startedAt }) => state === "active" && startedAt !== undefined);
  const now = useNow(ticking ? 250 : undefined);
  return (
    <>
      <p role="status" aria-live="polite" className="sr-only">
        {announcement(steps)}
      </p>
      <ol
        aria-label="Steps of this request"
        className="relative border-t-2 border-ink px-5 py-6 zones:border-0 zones:px-0 zones:pb-8 zones:pt-2"
      >
        {steps.map((step, i) => (
          <Step key={step.id} step={step} now={now} last={i === steps.length - 1} action={actions[step.id]} />
        ))}
      </ol>
    </>
  );
}

interface StepProps {
  readonly step: JourneyStep;
  readonly now: number;
  readonly last: boolean;
  readonly action: ReactNode;
}

function Step({ step, now, last, action }: StepProps) {
  const { place } = STEP_WORDS[step.id];
  const left = place === "device" || place === "outwards";
  const elapsed =
    step.state === "active" && step.startedAt !== undefined ? Math.max(0, now - step.startedAt) : step.elapsed;
  const objects = step.objects ?? [];
  return (
    <li
      aria-current={step.state === "active" ? "step" : undefined}
      className="relative grid grid-cols-[1.75rem_1fr] gap-x-4 pb-6 last:pb-0 zones:grid-cols-[1fr_1.75rem_1fr] zones:gap-x-6 zones:py-3 zones:last:pb-3"
    >
      {!last && (
        <span aria-hidden className="absolute bottom-0 left-3.5 top-7 w-px -translate-x-1/2 bg-line zones:hidden" />
      )}
      <Marker place={place} state={step.state} loss={isLoss(step)} />
      <div
        className={cn(
          "min-w-0 pt-0.5 zones:row-start-1",
          left ? "zones:col-start-1 zones:pl-8 zones:text-right" : "zones:col-start-3 zones:pr-8",
        )}
      >
        <p className={cn("flex flex-wrap items-baseline gap-x-2", left && "zones:justify-end")}>
          <span className={cn(step.state === "todo" ? "text-muted" : "font-strong", isLoss(step) && "text-fail")}>
            {stepTitle(step)}
          </span>
          {place === "device" && <span className="text-small text-muted zones:hidden">on this device</span>}
          <Facts step={step} elapsed={elapsed} />
        </p>
        {step.progress !== undefined && step.state === "active" && <Progress step={step} />}
        {step.text !== undefined && <p className="text-small text-muted">{step.text}</p>}
        {step.advice !== undefined && <p className="text-small text-wait">{step.advice}</p>}
        {action !== undefined && (
          <div className={cn("flex flex-wrap gap-2 pt-2", left && "zones:justify-end")}>{action}</div>
        )}
      </div>
      {objects.length > 0 && (
        <div
          className={cn(
            "col-start-2 flex flex-wrap gap-x-8 gap-y-3 pt-3",
            // What is made on the device stays on its side; what crosses is drawn where it arrives.
            place === "device" && "zones:col-start-1 zones:justify-end zones:pl-8",
            place === "outwards" && "zones:col-start-3 zones:row-start-1 zones:pr-8 zones:pt-0",
            place === "inwards" && "zones:col-start-1 zones:row-start-1 zones:justify-end zones:pl-8 zones:pt-0",
          )}
        >
          {objects.map((object) => (
            <CipherTile
              key={object.name}
              {...object}
              crossing={place === "inwards" ? "in" : place === "outwards" ? "out" : undefined}
            />
          ))}
        </div>
      )}
    </li>
  );
}

function Facts({ step, elapsed }: { readonly step: JourneyStep; readonly elapsed: number | undefined }) {
  const facts: ReactNode[] = [];
  if (elapsed !== undefined) facts.push(formatDuration(elapsed));
  if (step.gas !== undefined) facts.push(`${formatCount(step.gas)} gas`);
  return (
    <span className="flex flex-wrap items-baseline gap-x-2 font-mono text-small text-muted">
      {facts.map((fact, i) => (
        <span key={i} className="whitespace-nowrap tabular-nums">
          {fact}
        </span>
      ))}
      {step.transaction !== undefined && <TransactionLink hash={step.transaction} what={stepTitle(step)} />}
    </span>
  );
}

/** How far a step has come. */
export function Progress({ step }: { readonly step: JourneyStep }) {
  const percent = Math.round((step.progress ?? 0) * 100);
  return (
    <div
      role="progressbar"
      aria-label={stepTitle(step)}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      className="my-2 h-1 w-full overflow-hidden rounded bg-line"
    >
      <div style={{ width: `${percent}%` }} className="h-full bg-ink transition-[width] duration-150" />
    </div>
  );
}

const places: Readonly<Record<StepPlace, { readonly wide?: typeof ArrowRight; readonly narrow?: typeof ArrowRight }>> =
  {
    device: {},
    outwards: { wide: ArrowRight, narrow: ArrowUp },
    network: {},
    inwards: { wide: ArrowLeft, narrow: ArrowDown },
  };

/** What the person gave up is no failure. */
function isLoss({ state, refunded }: JourneyStep): boolean {
  return state === "failed" && refunded !== "cancelled";
}

interface MarkerProps {
  readonly place: StepPlace;
  readonly state: JourneyStep["state"];
  readonly loss: boolean;
}

function Marker({ place, state, loss }: MarkerProps) {
  const { wide: Wide, narrow: Narrow } = places[place];
  return (
    <span
      aria-hidden
      className={cn(
        "relative flex size-7 items-center justify-center rounded-full border-2 zones:col-start-2 zones:row-start-1",
        state === "todo" && "border-edge bg-surface text-muted",
        state === "active" && "border-wait bg-surface text-wait",
        (state === "done" || state === "elsewhere") && "border-ink bg-ink text-page",
        state === "failed" && (loss ? "border-fail bg-fail text-page" : "border-edge bg-surface text-ink"),
      )}
    >
      {state === "active" ? (
        <LoaderCircle className="size-4 animate-spin" />
      ) : state === "failed" ? (
        <X className="size-4" />
      ) : Wide && Narrow ? (
        <>
          <Wide className="hidden size-4 zones:block" />
          <Narrow className="size-4 zones:hidden" />
        </>
      ) : state === "todo" ? null : (
        <Check className="size-4" />
      )}
    </span>
  );
}
