"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useConnection } from "wagmi";

import type { RequestAction } from "../../offchain/client/request-actions.ts";
import type { RequestRow } from "../lib/request-row.ts";
import { Amount } from "./amount.tsx";
import { Button } from "./button.tsx";
import { ConnectFirst } from "./connect-first.tsx";
import { Empty } from "./empty.tsx";
import { Failure } from "./failure.tsx";
import { PageTitle } from "./page-title.tsx";
import { RequestList, RequestListSkeleton } from "./request-list.tsx";
import { Stale } from "./stale.tsx";
import { useWorker } from "./worker-provider.tsx";

/** Everything the connected account asked for, from what the chain says. */
export function RequestsPage() {
  const { address, isReconnecting } = useConnection();
  return (
    <>
      <PageTitle title="Requests">
        Read from the chain, whichever device they were made on. An answer opens where its key is.
      </PageTitle>
      {address !== undefined ? (
        <OwnRequests address={address} />
      ) : isReconnecting ? (
        <RequestListSkeleton />
      ) : (
        <ConnectFirst title="Connect a wallet to see its requests">
          Nothing is sent by connecting; the account says which requests are yours.
        </ConnectFirst>
      )}
    </>
  );
}

function OwnRequests({ address }: { readonly address: `0x${string}` }) {
  const worker = useWorker();
  const queries = useQueryClient();
  const requests = useQuery({
    queryKey: ["requests", address],
    queryFn: ({ signal }) => worker.call("requests", address, { signal }),
    refetchInterval: 5_000,
  });
  const act = useMutation({
    mutationFn: ({ row, action }: { readonly row: RequestRow; readonly action: RequestAction }) =>
      worker.call("actOnRequest", { requestId: row.request.requestId, action }),
    onSettled: () =>
      queries
        .invalidateQueries({ queryKey: ["requests"] })
        .then(() => queries.invalidateQueries({ queryKey: ["balance"] })),
  });

  if (requests.data === undefined) {
    return requests.isError ? (
      <Failure
        title="Your requests could not be read from the chain"
        consequence="They are not affected: what you paid is held by the contract, and answers stay where they are."
        detail={requests.error.message}
        action={{ label: "Ask again", onClick: () => void requests.refetch() }}
      />
    ) : (
      <RequestListSkeleton />
    );
  }
  return (
    <div className="space-y-6">
      <Balance address={address} />
      {requests.isError && (
        <Stale since={requests.dataUpdatedAt} reason={requests.error.message} onRetry={() => void requests.refetch()} />
      )}
      {act.error && (
        <Failure
          title={FAILED[act.variables.action]}
          consequence={act.error.message}
          action={{
            label: "Close",
            onClick: () => {
              act.reset();
            },
          }}
        />
      )}
      {requests.data.length === 0 ? (
        <Empty
          title="This account has asked for nothing yet"
          action={
            <Button asChild weight="filled">
              <Link href="/">Choose a model</Link>
            </Button>
          }
        >
          Requests appear here as soon as they are paid for.
        </Empty>
      ) : (
        <RequestList
          rows={requests.data}
          busy={
            act.isPending ? { requestId: act.variables.row.request.requestId, action: act.variables.action } : undefined
          }
          onAct={(row, action) => {
            act.mutate({ row, action });
          }}
        />
      )}
    </div>
  );
}

const FAILED: Readonly<Record<RequestAction, string>> = {
  settle: "The request was not settled",
  refund: "The money was not taken back",
  cancel: "The request was not cancelled",
};

/** Money the contracts hold for the account, from refunds. */
function Balance({ address }: { readonly address: `0x${string}` }) {
  const worker = useWorker();
  const balance = useQuery({
    queryKey: ["balance", address],
    queryFn: ({ signal }) => worker.call("balance", address, { signal }),
    refetchInterval: 10_000,
  });
  const withdraw = useMutation({
    mutationFn: () => worker.call("withdraw", undefined),
    onSettled: () => balance.refetch(),
  });
  const { data } = balance;
  if (data === undefined || data === 0n) return null;
  return (
    <div className="space-y-3 rounded-2xl border border-line bg-surface p-5">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p>
          <Amount wei={data} /> of yours is in the contract, from refunds.
        </p>
        <Button
          weight="filled"
          disabled={withdraw.isPending}
          onClick={() => {
            withdraw.mutate();
          }}
        >
          {withdraw.isPending ? "Confirm in the wallet" : "Withdraw it"}
        </Button>
      </div>
      {withdraw.error && (
        <p role="alert" className="text-small text-fail">
          {withdraw.error.message} The amount is still yours.
        </p>
      )}
    </div>
  );
}
