"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";

import type { Run } from "../lib/run.ts";
import { Failure } from "./failure.tsx";
import { useWorker } from "./worker-provider.tsx";

/** Codes of failures after payment where the money is the requester's to take back. */
const REFUNDABLE: ReadonlySet<string> = new Set(["REQUEST_OVERDUE", "REQUEST_REJECTED"]);

/** Why a run ended without an answer, and the one way on. */
export function RunFailure({ run, onAgain }: { readonly run: Run; readonly onAgain: () => void }) {
  const worker = useWorker();
  const queries = useQueryClient();
  const refund = useMutation({
    mutationFn: (requestId: bigint) => worker.call("actOnRequest", { requestId, action: "refund" }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["balance"] }),
  });
  const { failure, requestId } = run;
  if (failure === undefined) return null;
  if (refund.isSuccess) {
    return (
      <Failure
        title="Your money is back"
        consequence="It is in your balance at the contract, and can be withdrawn from the list of requests."
        action={{ label: "Ask again", onClick: onAgain }}
      />
    );
  }
  const canRefund = requestId !== undefined && REFUNDABLE.has(failure.code);
  return (
    <Failure
      title={failure.message.replace(/\.$/, "")}
      consequence={refund.error ? `${refund.error.message} The money is still yours to take back.` : failure.next}
      action={
        canRefund
          ? {
              label: refund.isPending ? "Confirm in the wallet" : "Take the money back",
              onClick: () => {
                refund.mutate(requestId);
              },
            }
          : { label: "Start again", onClick: onAgain }
      }
    />
  );
}
