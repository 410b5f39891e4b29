"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";

import { REFUNDABLE, type Run } from "../lib/run.ts";
import { Failure } from "./failure.tsx";
import { useWorker } from "./worker-provider.tsx";

interface RunFailureProps {
  readonly run: Run;
  readonly onAgain: () => void;
  /** Follows the request again: it is refunded now, or goes on after all, without nodes that were late. */
  readonly onGoesOn: () => void;
}

/** Why a run ended without an answer, and the one way on. */
export function RunFailure({ run, onAgain, onGoesOn }: RunFailureProps) {
  const worker = useWorker();
  const queries = useQueryClient();
  const router = useRouter();
  const refund = useMutation({
    mutationFn: (requestId: bigint) => worker.call("actOnRequest", { requestId, action: "refund" }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["balance"] });
      onGoesOn();
    },
  });
  const { failure, requestId } = run;
  if (failure === undefined) return null;
  if (failure.code === "REQUEST_REFUNDED") {
    return (
      <Failure
        calm
        title="Your money is back"
        consequence={`${failure.message} ${failure.next}`}
        action={{
          label: "See your balance",
          onClick: () => {
            router.push("/requests/");
          },
        }}
        other={{ label: "Ask again", onClick: onAgain }}
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
