"use client";

import Link from "next/link";

import type { RequestAction } from "../../offchain/client/request-actions.ts";

import { formatMoment } from "../lib/format.ts";
import { standingOf, type RequestRow, type Standing } from "../lib/request-row.ts";
import { useNow } from "../lib/use-now.ts";
import { Button } from "./button.tsx";
import { Price } from "./price.tsx";
import { Skeleton } from "./skeleton.tsx";
import { StatusBadge, type Tone } from "./status-badge.tsx";

interface RequestListProps {
  readonly rows: readonly RequestRow[];
  /** The request and action under way. */
  readonly busy: { readonly requestId: bigint; readonly action: RequestAction } | undefined;
  readonly onAct: (row: RequestRow, action: RequestAction) => void;
}

const badges: Readonly<Record<Standing, { readonly tone: Tone; readonly words: string }>> = {
  waiting: { tone: "wait", words: "Under way" },
  disputed: { tone: "wait", words: "In dispute" },
  answered: { tone: "good", words: "Answered" },
  settled: { tone: "good", words: "Answered and settled" },
  late: { tone: "fail", words: "No answer in time" },
  refused: { tone: "fail", words: "Input refused" },
  refunded: { tone: "idle", words: "Refunded" },
};

/** One's requests, newest first, each with how it stands and what can be done about it. */
export function RequestList({ rows, busy, onAct }: RequestListProps) {
  const now = useNow(10_000);
  return (
    <ul className="divide-y divide-line border-y border-line">
      {rows.map((row) => (
        <Row key={row.request.requestId.toString()} row={row} now={now} busy={busy} onAct={onAct} />
      ))}
    </ul>
  );
}

interface RowProps extends Pick<RequestListProps, "busy" | "onAct"> {
  readonly row: RequestRow;
  readonly now: number;
}

function Row({ row, now, busy, onAct }: RowProps) {
  const { request, title, price, token, askedAt, actions } = row;
  const standing = standingOf(row);
  const { tone, words } = badges[standing];
  const href = `/model/?id=${request.modelId}&request=${request.requestId}`;
  const act = (action: RequestAction) => {
    const under = busy?.requestId === request.requestId && busy.action === action;
    return (
      <Button
        key={action}
        size="small"
        disabled={busy !== undefined}
        onClick={() => {
          onAct(row, action);
        }}
      >
        {under ? "Confirm in the wallet" : LABELS[action]}
      </Button>
    );
  };
  return (
    <li className="grid gap-x-6 gap-y-3 py-5 zones:grid-cols-[4rem_minmax(0,1fr)_7rem_7rem_15rem] zones:items-center">
      <p className="font-mono text-small text-muted">No. {request.requestId.toString()}</p>
      <div className="min-w-0 space-y-0.5">
        <p>
          <Link href={href} className="font-strong underline decoration-line underline-offset-4 hover:text-accent">
            {title ?? `Model ${request.modelId}`}
          </Link>
        </p>
        <StatusBadge tone={tone}>{words}</StatusBadge>
        <p className="text-small text-muted">{noteOf(standing, row, now)}</p>
      </div>
      <p className="text-small text-muted">{formatMoment(askedAt, now)}</p>
      <p className="text-small">
        <Price price={price} token={token} />
      </p>
      <div className="flex flex-wrap gap-2 zones:justify-end">
        {actions.map((action) => act(action))}
        {standing !== "refunded" && (
          <Button asChild size="small">
            <Link href={href}>
              {standing === "answered" || standing === "settled" ? "Read the answer" : "Look at it"}
            </Link>
          </Button>
        )}
      </div>
    </li>
  );
}

const LABELS: Readonly<Record<RequestAction, string>> = {
  cancel: "Cancel",
  settle: "Settle",
  refund: "Take the money back",
};

function noteOf(standing: Standing, { request: { deadline, until }, actions }: RequestRow, now: number): string {
  const by = formatMoment(deadline * 1_000, now);
  switch (standing) {
    case "waiting":
      return actions.includes("cancel")
        ? `You can cancel until a node is drawn, and take your money back after ${by}.`
        : `There is time until ${by}; after that you can take your money back.`;
    case "disputed":
      return "Other nodes evaluate the model again. What they find is the answer, or your money comes back.";
    case "answered":
      return `The node is paid when you settle, or after ${formatMoment(until * 1_000, now)} without you.`;
    case "late":
      return `Nothing came by ${by}. The money is yours to take back.`;
    case "refused":
      return "The node could not read the encrypted input. The money is yours to take back.";
    case "settled":
      return "The node and the model’s owner have been paid.";
    case "refunded":
      return "The money went back to your balance.";
  }
}

/** The list before the chain has answered. */
export function RequestListSkeleton() {
  return (
    <div role="status" className="divide-y divide-line border-y border-line">
      <span className="sr-only">Reading your requests from the chain</span>
      {[0, 1, 2].map((i) => (
        <div key={i} className="flex flex-wrap items-center justify-between gap-4 py-5">
          <div className="space-y-2">
            <Skeleton className="h-5 w-48" />
            <Skeleton className="h-4 w-64" />
          </div>
          <Skeleton className="h-9 w-36" />
        </div>
      ))}
    </div>
  );
}
