"use client";

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useConnection } from "wagmi";

import { ETHER, type Hex } from "../../offchain/chain/types.ts";
import type { RequestAction } from "../../offchain/client/request-actions.ts";
import type { RequestRow } from "../lib/request-row.ts";
import { useKeptFocus } from "../lib/use-kept-focus.ts";
import type { TokenBalance } from "../worker/api.ts";
import { Button } from "./button.tsx";
import { ConnectFirst } from "./connect-first.tsx";
import { Empty } from "./empty.tsx";
import { Failure } from "./failure.tsx";
import { Price } from "./price.tsx";
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
      <Balances address={address} tokens={[ETHER, ...requests.data.map(({ price }) => price.token)]} />
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
      <p role="status" className="sr-only">
        {act.data && `Request ${act.variables.row.request.requestId}: ${DONE[act.variables.action]}`}
      </p>
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

/** Told to people who do not see the list change. */
const DONE: Readonly<Record<RequestAction, string>> = {
  settle: "settled.",
  refund: "closed; what is yours is in your balance.",
  cancel: "cancelled; the money is in your balance.",
};

const FAILED: Readonly<Record<RequestAction, string>> = {
  settle: "The request was not settled",
  refund: "The money was not taken back",
  cancel: "The request was not cancelled",
};

interface BalancesProps {
  readonly address: Hex;
  /** To look for, one may be there several times. */
  readonly tokens: readonly Hex[];
}

/** Money the contracts hold for the account, from refunds. */
function Balances({ address, tokens }: BalancesProps) {
  const worker = useWorker();
  const wanted = [...new Set(tokens)].sort();
  const balances = useQuery({
    queryKey: ["balance", address, wanted],
    queryFn: ({ signal }) => worker.call("balances", { account: address, tokens: wanted }, { signal }),
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
  });
  const kept = useKeptFocus<HTMLDivElement>(balances.data?.length);
  return (
    <div {...kept} className="space-y-6 outline-none empty:hidden">
      {balances.data?.map((balance) => (
        <Balance key={balance.token} balance={balance} onWithdrawn={() => balances.refetch()} />
      ))}
    </div>
  );
}

interface BalanceProps {
  readonly balance: TokenBalance;
  readonly onWithdrawn: () => Promise<unknown>;
}

function Balance({ balance: { token, amount, info }, onWithdrawn }: BalanceProps) {
  const worker = useWorker();
  const withdraw = useMutation({
    mutationFn: () => worker.call("withdraw", token),
    onSettled: onWithdrawn,
  });
  return (
    <div className="space-y-3 rounded-2xl border border-line bg-surface p-5">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p>
          <Price price={{ token, total: amount }} token={info} /> of yours is in the contract, from refunds.
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
