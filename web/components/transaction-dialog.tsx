"use client";

import { useTransaction, useTransactionReceipt } from "wagmi";

import { formatBytes, formatCount } from "../lib/format.ts";
import { Amount } from "./amount.tsx";
import { Dialog } from "./dialog.tsx";
import { Digest } from "./digest.tsx";
import { Failure } from "./failure.tsx";
import { useSettings } from "./settings-provider.tsx";
import { Skeleton } from "./skeleton.tsx";

interface TransactionDialogProps {
  readonly hash: `0x${string}`;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

/** A transaction as the chain has it, for chains without an explorer. */
export function TransactionDialog({ hash, open, onOpenChange }: TransactionDialogProps) {
  const { chain } = useSettings();
  const enabled = { query: { enabled: open } };
  const transaction = useTransaction({ hash, chainId: chain.id, ...enabled });
  const receipt = useTransactionReceipt({ hash, chainId: chain.id, ...enabled });
  const { data } = transaction;
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Transaction"
      description={`As ${chain.name} has it. Everybody can read this.`}
    >
      {transaction.isError ? (
        <Failure
          title="The chain did not give the transaction"
          consequence="What was paid is not changed by that; only the look at it failed."
          detail={transaction.error.message}
          action={{ label: "Ask again", onClick: () => void transaction.refetch() }}
        />
      ) : (
        <dl className="divide-y divide-line text-small">
          <Fact term="Hash">
            <Digest value={hash} what="transaction hash" />
          </Fact>
          <Fact term="From">{data && <Digest value={data.from} what="sender" />}</Fact>
          <Fact term="To">{data && (data.to ? <Digest value={data.to} what="recipient" /> : "a new contract")}</Fact>
          <Fact term="Paid">{data && <Amount wei={data.value} />}</Fact>
          <Fact term="Data">
            {data && <span className="font-mono">{formatBytes((data.input.length - 2) / 2)}</span>}
          </Fact>
          <Fact term="Block">
            {receipt.data && <span className="font-mono">{formatCount(receipt.data.blockNumber)}</span>}
          </Fact>
          <Fact term="Gas">
            {receipt.data && <span className="font-mono">{formatCount(receipt.data.gasUsed)}</span>}
          </Fact>
          <Fact term="Outcome">
            {receipt.data &&
              (receipt.data.status === "success" ? (
                "carried out"
              ) : (
                <span className="text-fail">reverted: nothing changed but the gas</span>
              ))}
          </Fact>
        </dl>
      )}
    </Dialog>
  );
}

function Fact({ term, children }: { readonly term: string; readonly children: React.ReactNode }) {
  return (
    <div className="flex min-h-10 items-center justify-between gap-4">
      <dt className="text-muted">{term}</dt>
      <dd>{children ?? <Skeleton className="h-4 w-28" />}</dd>
    </div>
  );
}
