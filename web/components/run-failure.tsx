"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";

import type { Run } from "../lib/run.ts";
import { Failure } from "./failure.tsx";
import { useWorker } from "./worker-provider.tsx";

/** Codes of failures after payment where the money is the requester's to take back. */
const REFUNDABLE: ReadonlySet<string> = new Set(["REQUEST_OVERDUE", "REQUEST_REJECTED"]);

interface RunFailureProps {
  readonly run: Run;
  readonly onAgain: () => void;
  /** Called when the request goes on after all: without nodes that were late, with those that answered. */
  readonly onGoesOn: () => void;
}

/** Why a run ended without an answer, and the one way on. */
export function RunFailure({ run, onAgain, onGoesOn }: RunFailureProps) {
  const worker = useWorker();
  const queries = useQueryClient();
  const router = useRouter();
  const refund = useMutation({
    mutationFn: (requestId: bigint) => worker.call("actOnRequest", { requestId, action: "refund" }),
    onSuccess: async (done) => {
      await queries.invalidateQueries({ queryKey: ["balance"] });
      if ("amount" in done && done.amount === 0n) onGoesOn();
    },
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
          : failure.code === "RESULT_UNAVAILABLE"
            ? {
                label: "Complain from the list of requests",
                onClick: () => {
                  router.push("/requests/");
                },
              }
            : { label: "Start again", onClick: onAgain }
      }
    />
  );
}
