"use client";

import Link from "next/link";

import type { RequestAction } from "../../offchain/client/request-actions.ts";

import { formatMoment } from "../lib/format.ts";
import { standingOf, type RequestRow } from "../lib/request-row.ts";
import { actionLabel, badgeOf, noteOf } from "../lib/request-words.ts";
import { useKeptFocus } from "../lib/use-kept-focus.ts";
import { useNow } from "../lib/use-now.ts";
import { Button } from "./button.tsx";
import { Complaint } from "./complaint.tsx";
import { Price } from "./price.tsx";
import { Skeleton } from "./skeleton.tsx";
import { StatusBadge } from "./status-badge.tsx";

interface RequestListProps {
  readonly rows: readonly RequestRow[];
  /** The request and action under way. */
  readonly busy: { readonly requestId: bigint; readonly action: RequestAction } | undefined;
  readonly onAct: (row: RequestRow, action: RequestAction) => void;
}

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
  const { request, title, price, token, askedAt, actions, complaint } = row;
  const standing = standingOf(row);
  const { tone, words } = badgeOf(row);
  const kept = useKeptFocus<HTMLLIElement>(actions.join());
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
        {under ? "Confirm in the wallet" : actionLabel(action, row)}
      </Button>
    );
  };
  return (
    <li
      {...kept}
      className="grid gap-x-6 gap-y-3 py-5 outline-none zones:grid-cols-[4rem_minmax(0,1fr)_7rem_7rem_15rem] zones:items-center"
    >
      <p className="font-mono text-small text-muted">No. {request.requestId.toString()}</p>
      <div className="min-w-0 space-y-0.5">
        <p>
          <Link href={href} className="font-strong underline decoration-line underline-offset-4 hover:text-accent">
            {title ?? `Model ${request.modelId}`}
          </Link>
        </p>
        <StatusBadge tone={tone}>{words}</StatusBadge>
        <p className="text-small text-muted">{noteOf(row, now)}</p>
      </div>
      <div className="flex flex-wrap gap-x-2 text-small zones:contents">
        <p className="text-muted">
          <span className="zones:sr-only">Asked </span>
          {formatMoment(askedAt, now)}
          <span aria-hidden className="zones:hidden">
            {" "}
            ·
          </span>
        </p>
        <p>
          <span className="sr-only">for </span>
          <Price price={price} token={token} />
        </p>
      </div>
      <div className="flex flex-wrap gap-2 zones:justify-end">
        {actions.map((action) => act(action))}
        {complaint && <Complaint requestId={request.requestId} complaint={complaint} disabled={busy !== undefined} />}
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
